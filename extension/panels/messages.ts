/** What the request panel and the extension say to one another; both sides are built from this. */

import type { RequestBody } from "../protocol";
import type { FaultKind } from "./jsonFault";

export type HttpMethod = "POST" | "GET";

/** A request as the page holds it. */
export type PanelBody = Omit<RequestBody, "source">;

/** What the page keeps across a reload of the window. */
export interface PanelState {
  readonly service: string;
  readonly workspaceId: string;
  readonly method: HttpMethod;
  readonly body: string;
  /** Where the body is from; empty for what was typed. States of older releases lack this and what follows. */
  readonly reason?: string;
  readonly contentType?: string;
  readonly encoding?: RequestBody["encoding"];
  readonly fileField?: string;
  /** The body was typed or filled in; an empty one asks for a sample. */
  readonly touched: boolean;
}

export type FromPage =
  | { readonly kind: "ready"; readonly wantsSample: boolean }
  | { readonly kind: "sample" }
  | { readonly kind: "dataset" }
  | { readonly kind: "file"; readonly fileField: string }
  | {
      readonly kind: "send";
      readonly request: PanelBody;
      readonly key: string;
      /** Where it is no JSON, in words; empty for a body that is. */
      readonly fault: string;
    }
  /** Go to the line of this frame of the newest failure. */
  | { readonly kind: "line"; readonly frame: number }
  | { readonly kind: "cancel" }
  | { readonly kind: "copy"; readonly text: string };

/** The key that a request shows: what was typed, or null for the service's own. */
export function typedKey(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** An answer ready to be shown: texts only. */
export interface DisplayedAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** `200 OK · 8.1 ms` */
  readonly summary: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** What to do about a refusal by the service itself; empty otherwise. */
  readonly advice: string;
  /** What the script raised; empty when it raised nothing. */
  readonly exception: string;
  /** Where, in the person's files, innermost first. */
  readonly frames: readonly { readonly place: string; readonly code: string }[];
  /** Lines of the log that a failed request left. */
  readonly log: string;
}

/** What callers of a service must show. */
export type CallerCredential = "" | "keys" | "tokens";

export type ToPage =
  | {
      readonly kind: "service";
      readonly uri: string;
      readonly state: string;
      readonly stateName: string;
      readonly shows: CallerCredential;
    }
  | { readonly kind: "sample"; readonly request: PanelBody }
  | { readonly kind: "answer"; readonly answer: DisplayedAnswer }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "cancelled" }
  /** The person does not want to send it. */
  | { readonly kind: "kept" };

/** Texts of the page in the person's language. */
export interface Texts {
  readonly title: string;
  readonly method: string;
  readonly send: string;
  readonly cancel: string;
  readonly body: string;
  readonly plainBody: string;
  readonly query: string;
  readonly file: string;
  readonly binary: string;
  readonly faults: Readonly<Record<FaultKind, string>>;
  /** With line, column and what is wrong for {0}, {1} and {2}. */
  readonly invalid: string;
  readonly failure: string;
  readonly goToLine: string;
  readonly log: string;
  readonly key: string;
  readonly token: string;
  readonly ownKey: string;
  readonly ownToken: string;
  readonly sample: string;
  readonly dataset: string;
  readonly answer: string;
  readonly headers: string;
  readonly copy: string;
  readonly waiting: string;
  readonly cancelled: string;
  readonly hint: string;
  readonly none: string;
}
