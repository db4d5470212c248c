/** What a page and the extension say to one another; both sides are built from this. */
import type { PageContent, PageRef } from "./content";
import type { LimitsValues } from "./limitsForm";
import type { TrafficValues } from "./trafficForm";

/** The content as the page gets it: what pressing something does is a number that the extension knows. */
export type NumberActs<T> = T extends { readonly kind: string }
  ? { readonly [K in keyof T]: K extends "act" ? number : NumberActs<T[K]> }
  : T extends readonly (infer E)[]
    ? readonly NumberActs<E>[]
    : T extends object
      ? { readonly [K in keyof T]: K extends "act" ? number : NumberActs<T[K]> }
      : T;

export type ShownContent = NumberActs<PageContent>;

/** What the page keeps across a reload of the window. */
export interface PageMemory {
  readonly page: PageRef;
  readonly scroll: number;
  /** Titles of the sections that were opened. */
  readonly opened: readonly string[];
}

export type FromDetailsPage =
  | { readonly kind: "ready" }
  /** `values` is what was typed into a form. */
  | { readonly kind: "act"; readonly act: number; readonly values?: TrafficValues | LimitsValues }
  | { readonly kind: "copy"; readonly text: string }
  /** The person works with the page: another one does not take its place. */
  | { readonly kind: "keep" };

/** `page` is there when the page is now about another thing. */
export interface ToDetailsPage {
  readonly kind: "content";
  readonly content: ShownContent;
  readonly page: PageRef;
}

/** Texts of the page in the person's language. */
export interface PageTexts {
  readonly loading: string;
  readonly actions: string;
  readonly more: string;
  readonly copy: string;
  readonly copied: string;
}
