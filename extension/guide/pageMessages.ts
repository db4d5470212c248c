/** What the pages of this folder and the extension say to one another; both sides are built from this. */

export type FromGuidePage =
  | { readonly kind: "ready" }
  /** A button of the page; `id` is its `data-act`. */
  | { readonly kind: "act"; readonly id: string }
  /** A link, as it is written in the page. */
  | { readonly kind: "open"; readonly href: string }
  /** What is typed into the field of the documentation. */
  | { readonly kind: "search"; readonly text: string };

export interface GuideContent {
  readonly kind: "content";
  /** Of the page's <main>. */
  readonly html: string;
  /** Id of what is scrolled to; empty for the top, undefined to stay. */
  readonly at?: string;
  /** What the page keeps, so that it comes back after a reload of the window. */
  readonly state: object;
  readonly busy: boolean;
}

export interface GuideFound {
  readonly kind: "found";
  /** Of the element below the field; empty where nothing is looked for. */
  readonly html: string;
}

export type ToGuidePage = GuideContent | GuideFound;
