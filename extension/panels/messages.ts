/** What the request panel and the extension say to one another; both sides are built from this. */

export type HttpMethod = "POST" | "GET";

/** What the page keeps across a reload of the window. */
export interface PanelState {
  readonly service: string;
  readonly workspaceId: string;
  readonly method: HttpMethod;
  readonly body: string;
  /** The body was typed or filled in; an empty one asks for a sample. */
  readonly touched: boolean;
}

export type FromPage =
  | { readonly kind: "ready"; readonly wantsSample: boolean }
  | { readonly kind: "sample" }
  | { readonly kind: "dataset" }
  | { readonly kind: "send"; readonly method: HttpMethod; readonly body: string; readonly key: string }
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
}

/** What callers of a service must show. */
export type CallerCredential = "" | "keys" | "tokens";

export type ToPage =
  | { readonly kind: "service"; readonly uri: string; readonly state: string; readonly shows: CallerCredential }
  | { readonly kind: "sample"; readonly body: string; readonly reason: string }
  | { readonly kind: "answer"; readonly answer: DisplayedAnswer }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "cancelled" };

/** Texts of the page in the person's language. */
export interface Texts {
  readonly title: string;
  readonly method: string;
  readonly send: string;
  readonly cancel: string;
  readonly body: string;
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
