/** What the request panel and the extension say to one another; both sides are built from this. */

import type { BodyForm, BodyProposals, RequestBody, RequestPart } from "../protocol";
import { withText } from "../text/joinWords";

export const METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY", "TRACE"] as const;
export type HttpMethod = (typeof METHODS)[number];

/** Where requests go unless somebody says otherwise. */
export const SCORE = "/score";

/** A request as the page holds it. */
export interface PanelBody extends Omit<RequestBody, "source" | "method"> {
  readonly method: HttpMethod;
  /** Path and query of the address: `/score?verbose=1`. */
  readonly target: string;
  /** `Name: value`, a line each. */
  readonly headers: string;
  /** Of a form of several parts; its body is empty then. */
  readonly parts: readonly RequestPart[];
  /** Goes where a redirect leads, unless its file says otherwise. */
  readonly follows: boolean;
}

/** What the page keeps across a reload of the window. */
export interface PanelState {
  readonly service: string;
  readonly workspaceId: string;
  /** Requests go to this endpoint, of which the service is a version. */
  readonly endpoint?: string;
  readonly method: HttpMethod;
  readonly body: string;
  /** Where the body is from; empty for what was typed. States of older releases lack this and what follows. */
  readonly reason?: string;
  readonly contentType?: string;
  readonly encoding?: RequestBody["encoding"];
  readonly fileField?: string;
  readonly target?: string;
  readonly headers?: string;
  readonly parts?: readonly RequestPart[];
  readonly follows?: boolean;
  readonly view?: ResponseView;
  /** The body was typed or withText in; an empty one asks for a sample. */
  readonly touched: boolean;
}

export type FromPage =
  | { readonly kind: "ready"; readonly wantsSample: boolean }
  | { readonly kind: "hasKeyboard" }
  | { readonly kind: "sample" }
  | { readonly kind: "dataset" }
  | { readonly kind: "file"; readonly fileField: string }
  /** A file for a part of the form. */
  | { readonly kind: "partFile"; readonly index: number }
  /** A request of an .http file, or one that was sent before. */
  | { readonly kind: "open" }
  | { readonly kind: "history" }
  /** Another environment for the variables of `.http` files. */
  | { readonly kind: "environment" }
  | { readonly kind: "save"; readonly request: PanelBody }
  /** The newest answer with its request, as a test. */
  | { readonly kind: "record" }
  /** The body of the newest answer, to a file. */
  | { readonly kind: "saveAnswer" }
  | {
      readonly kind: "send";
      readonly request: PanelBody;
      readonly key: string;
      /** Where it is no JSON, in words; empty for a body that is. */
      readonly fault: string;
    }
  | { readonly kind: "load"; readonly request: PanelBody; readonly key: string; readonly settings: LoadSettings }
  | { readonly kind: "stopLoad" }
  /** What may stand behind this beginning of the body. */
  | { readonly kind: "propose"; readonly before: string; readonly target: string }
  | { readonly kind: "form"; readonly body: string; readonly target: string }
  /** Go to the line of this frame of the newest failure. */
  | { readonly kind: "line"; readonly frame: number }
  | { readonly kind: "cancel" }
  | { readonly kind: "copy"; readonly text: string };

/** What a body is, for the person. */
export type BodyKind = "json" | "text" | "form" | "file";

/** A form whose parts are known; another one is sent as the bytes that it is. */
export function isForm({ contentType, parts, body }: Pick<PanelBody, "contentType" | "parts" | "body">): boolean {
  return /^multipart\/form-data/i.test(contentType) && (parts.length > 0 || body === "");
}

/** The two parts of what is typed as the address. */
export function routeAndQuery(target: string): { readonly route: string; readonly query: string } {
  const [path = "", ...rest] = target.trim().split("?");
  const route = path === "" ? SCORE : path.startsWith("/") ? path : `/${path}`;
  return { route, query: rest.join("?") };
}

/** Headers that were typed; what is not a header is for the server to refuse. */
export function typedHeaders(text: string): Record<string, string> {
  const lines = withText(text.split("\n").map((line) => line.trim()));
  return Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.trim(), value.join(":").trim()];
    }),
  );
}

/** The same the other way round. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

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
  /** An image as a `data:` address; empty for any other body. */
  readonly image: string;
  readonly table: DisplayedTable | null;
  /** What must be said of the body beside showing it; often empty. */
  readonly note: string;
  readonly canBeSaved: boolean;
  readonly canBeRecorded: boolean;
  /** What to do about a refusal by the service itself; empty otherwise. */
  readonly advice: string;
  /** What the script raised; empty when it raised nothing. */
  readonly exception: string;
  /** Where, in the person's files, innermost first. */
  readonly frames: readonly { readonly place: string; readonly code: string }[];
  /** Lines of the log that the request left. */
  readonly log: string;
}

/** Rows of a response. */
export interface DisplayedTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How many requests, and how they follow one another. */
export interface LoadSettings {
  readonly connections: number;
  /** Requests in a second; 0 for as many as are answered. */
  readonly rate: number;
  /** Seconds. */
  readonly duration: number;
}

/** Figures of many requests, so far or in all. */
export interface DisplayedLoad {
  readonly isOver: boolean;
  readonly status: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** How often what went wrong. */
  readonly errors: readonly string[];
}

/** How a response with rows is shown. */
export type ResponseView = "text" | "table";

/** What callers of a service must show. */
export type CallerCredential = "" | "keys" | "tokens";

export type ToPage =
  | {
      readonly kind: "service";
      readonly uri: string;
      /** How its state looks (`Status.look`). */
      readonly look: string;
      readonly stateName: string;
      readonly shows: CallerCredential;
    }
  /** What nobody asked for leaves alone what was typed meanwhile. */
  | { readonly kind: "sample"; readonly request: PanelBody; readonly send: boolean; readonly asked: boolean }
  | { readonly kind: "partFile"; readonly index: number; readonly path: string; readonly fileName: string }
  /** The environment that is chosen, in words; empty where there are none. */
  | { readonly kind: "environment"; readonly label: string }
  | { readonly kind: "answer"; readonly answer: DisplayedAnswer }
  | { readonly kind: "load"; readonly load: DisplayedLoad }
  | { readonly kind: "proposals"; readonly before: string; readonly proposals: BodyProposals }
  | { readonly kind: "form"; readonly form: BodyForm }
  /** More of a response that is still coming. */
  | { readonly kind: "part"; readonly summary: string; readonly text: string }
  /** What the log says of the request that was answered last. */
  | { readonly kind: "log"; readonly log: string }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "cancelled" }
  /** The person does not want to send it. */
  | { readonly kind: "kept" };
