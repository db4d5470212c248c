/** What the page of a log and the extension say to one another; both sides are built from this. */

import type { LogCursor, LogEvent, LogFilter } from "../protocol";
import type { LogGap } from "./rows";

export type Filter = Required<LogFilter>;

/** Rows that a page holds; the full log has what came before. */
export const MOST_ROWS = 100_000;

/** What a page keeps, so that it comes back after a reload of the window. */
export interface LogPageState {
  readonly services: readonly string[];
  readonly workspaceId: string;
  readonly filter: Filter;
  readonly follow: boolean;
}

/** The number of what a page shows first; each other filter or service has the next one. */
export const FIRST_ROUND = 1;

export type FromLogPage =
  | { readonly kind: "ready" }
  | { readonly kind: "hasKeyboard" }
  /** Shows what these services wrote, from now on. `round` is that of the answer. */
  | { readonly kind: "show"; readonly round: number; readonly state: LogPageState }
  | { readonly kind: "earlier"; readonly round: number; readonly before: readonly LogCursor[] }
  /** The end of what was left out, from and to these places. */
  | { readonly kind: "gap"; readonly round: number; readonly gap: LogGap }
  /** A batch was drawn. */
  | { readonly kind: "drawn"; readonly watch: string; readonly batch: number }
  | { readonly kind: "open"; readonly file: string; readonly line: number }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "choose" }
  | { readonly kind: "fullLog"; readonly service: string }
  | { readonly kind: "keep"; readonly state: LogPageState };

export type ToLogPage =
  /** The end of the log, in place of what was shown. */
  | { readonly kind: "page"; readonly round: number; readonly part: LogPart }
  | { readonly kind: "earlier"; readonly round: number; readonly part: LogPart }
  /** In the order in which it was asked for. */
  | { readonly kind: "gap"; readonly round: number; readonly part: LogPart }
  | {
      readonly kind: "new";
      readonly round: number;
      readonly watch: string;
      readonly batch: number;
      readonly events: readonly LogEvent[];
      /** Where lines were left out before these. */
      readonly leftOutFrom: readonly LogCursor[];
      readonly leftOutTo: readonly LogCursor[];
      readonly gone: readonly string[];
      /** Why no more come, with the field of the filter that is meant; empty while they do. */
      readonly refused: string;
      readonly refusedField: string;
    }
  /** Nothing is shown in place of what was: a filter that cannot be used, with its field, or another failure. */
  | { readonly kind: "refused"; readonly round: number; readonly field: string; readonly message: string }
  /** The extension wants other services or another filter. */
  | { readonly kind: "change"; readonly services?: readonly string[]; readonly filter?: Partial<Filter> }
  /** The server was started again, a service is there again, or its log was begun anew. */
  | { readonly kind: "again" };

export interface LogPart {
  readonly events: readonly LogEvent[];
  readonly earlier: readonly LogCursor[];
  readonly earliest: number;
  readonly gone: readonly string[];
  /** Lines before these that are no longer kept. */
  readonly lost: number;
}

export const EVERYTHING: Filter = {
  level: "debug",
  include: "",
  exclude: "",
  regex: false,
  requestId: "",
  hideHealth: false,
  previous: false,
  collapse: false,
};

/** What a page shows when it is opened. */
export const USUAL: Filter = { ...EVERYTHING, hideHealth: true };
