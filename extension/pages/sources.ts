/** What a kind of pages is, and all kinds that there are. No `vscode` here. */
import type { Requests } from "../protocol";
import { activeWorkspace, type ViewState } from "../state/state";
import type { PageContent, PageRef } from "./content";

/** Sends a request to the server. */
export type Ask = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

/** What may have changed, and so which pages are read again. */
export type Change = "services" | "models" | "assets" | "workspaces" | "jobs" | "rules" | "events" | "audit";

/** Makes the content for the time that it is shown at, in seconds. */
export type Draw = (now: number) => PageContent;

/** What a page is read with. */
export interface Reading {
  readonly ask: Ask;
  readonly state: ViewState;
  /** Of the page; the active one for a page that belongs to none. */
  readonly workspaceId: string;
  /** Draws what is there before all is read. */
  readonly show: (draw: Draw) => void;
}

/** What a page says when its thing was deleted, and where the others of its kind are. */
export interface Gone {
  readonly sentence: string;
  readonly view: string;
  readonly label: string;
}

/** Of a kind of pages: where their content comes from and when it is read again. */
export interface PageKind<P> {
  readonly follows: readonly Change[];
  /** Rejects with what the server says. */
  readonly read: (page: P, reading: Reading) => Promise<Draw>;
  /** As a tab names it before anything is known of it. */
  readonly title: (page: P) => string;
  readonly gone: (page: P) => Gone;
  /** The server's codes that say that its thing is not there. */
  readonly goneCodes: readonly string[];
  /** What tells a page from others of its kind; all that it is about unless this says less. */
  readonly identity?: (page: P) => unknown;
  /** Of the tab; what a command reported has one for all. */
  readonly icon?: string;
  /** It changes without a word of the server, and is read again at each look at the clock and after each command. */
  readonly isLive?: boolean;
}

/** Kinds of pages by their names. */
export type KindsOf<K extends PageRef["kind"]> = {
  readonly [E in K]: PageKind<Extract<PageRef, { readonly kind: E }>>;
};

type AnyKinds = Readonly<Record<string, PageKind<never> | undefined>>;

/** All kinds of pages: those of the core and those of each contribution. */
export class PageKinds {
  private readonly kinds: ReadonlyMap<string, PageKind<PageRef>>;
  private readonly goneCodes: ReadonlySet<string>;

  constructor(...tables: readonly AnyKinds[]) {
    const kinds = tables.flatMap((table) => Object.entries(table)) as [string, PageKind<PageRef>][];
    this.kinds = new Map(kinds);
    this.goneCodes = new Set(kinds.flatMap(([, kind]) => kind.goneCodes));
  }

  /** Throws for a kind that nobody brought. */
  of(page: PageRef): PageKind<PageRef> {
    const kind = this.kinds.get(page.kind);
    if (kind === undefined) {
      throw new Error(`There are no pages of the kind ${page.kind}.`);
    }
    return kind;
  }

  follows(page: PageRef, change: Change): boolean {
    return this.of(page).follows.includes(change);
  }

  /** The same for the same thing. */
  keyOf(page: PageRef): string {
    const identity = this.of(page).identity ?? ((whole: PageRef) => Object.entries(whole).sort());
    return JSON.stringify([page.kind, identity(page)]);
  }

  titleOf(page: PageRef): string {
    return this.of(page).title(page);
  }

  /** Whether an error of the server says that what a page is about is not there. */
  isGone(failure: { readonly code: string }): boolean {
    return this.goneCodes.has(failure.code);
  }

  /** Reads what a page is about. Rejects with what the server says. `show` draws what is there before all is read. */
  async read(page: PageRef, ask: Ask, state: ViewState, show: (draw: Draw) => void = () => undefined): Promise<Draw> {
    const workspaceId = "workspaceId" in page ? page.workspaceId : (activeWorkspace(state)?.id ?? "");
    return this.of(page).read(page, { ask, state, workspaceId, show });
  }

  /** Whether a remembered value is a page; what an editor hands back after a reload may be from another release. */
  isPageRef(value: unknown): value is PageRef {
    return typeof value === "object" && value !== null && "kind" in value && this.kinds.has(String(value.kind));
  }
}
