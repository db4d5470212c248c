/** What a kind of lists is, and all kinds that there are. No `vscode` here. */
import type { Requests } from "../protocol";
import type { ListSource, Page, PageStart } from "../state/pages";
import type { RegistryChange } from "../state/state";
import { failureOf } from "../text/errors";
import { keyOf, type Entry, type ListId, type ListOf, type ListRefs, type RowOf, type RowRefs } from "./listId";
import type { Node } from "./node";

export type SendRequest = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

/** What the lists depend on besides the server. */
export interface ListSurroundings {
  /** The open folders. */
  readonly folders: () => readonly string[];
  /** Whether the person trusts them: else no cluster is called, as signing in may run a program. */
  readonly trusts: () => boolean;
}

/** What a page of a list is fetched with. */
export interface ListQuestion extends ListSurroundings {
  readonly request: SendRequest;
  readonly from: PageStart;
}

/** The five views of the side bar. */
export type View = "models" | "services" | "jobs" | "environments" | "workspaces";

/** Of a kind of lists: where its rows come from, how they look, and when they are fetched again. */
export interface ListKind<L> {
  /** Rejects with what the server says. Without it, it is a heading whose rows need no question. */
  readonly ask?: (list: L, question: ListQuestion) => Promise<Page<Entry>>;
  /** `now` in seconds. */
  readonly nodes: (list: L, page: Page<Entry>, now: number) => readonly Node[];
  /** Whether it may be another one after the server said what changed. */
  readonly follows: (change: RegistryChange, list: L) => boolean;
  /** It depends on the open folders and on servers that tell nobody of changes: fetched again with the folders. */
  readonly ofFolders?: true;
  /** Its first page is shown in the next window until the server has answered. */
  readonly isRemembered?: true;
  /** A list of each workspace that stands below the rows of a view. */
  readonly below?: View;
  /** A list of each workspace that is all of a view, which is there while this context key is set. */
  readonly fills?: { readonly view: View; readonly whenAny: string };
}

/** Kinds of lists and what tells rows of a kind apart, by their names. */
export interface ListTable<L extends keyof ListRefs, R extends keyof RowRefs> {
  readonly kinds: { readonly [K in L]: ListKind<ListOf<K>> };
  /** Within a list. */
  readonly rows: { readonly [K in R]: (row: RowOf<K>) => string };
}

/** A table of whatever kinds. */
export interface AnyListTable {
  readonly kinds: Readonly<Record<string, ListKind<never>>>;
  readonly rows: Readonly<Record<string, (row: never) => string>>;
}

export function wholePage(rows: readonly Entry[]): Page<Entry> {
  return { rows, left: 0, next: "", problem: "" };
}

/** A page of a list whose length is known. */
export function pageOfTotal(rows: readonly Entry[], from: PageStart, total: number): Page<Entry> {
  // An empty page ends the list, whatever was counted: it would be fetched without end.
  return { rows, left: rows.length === 0 ? 0 : Math.max(0, total - from.offset - rows.length), next: "", problem: "" };
}

export function pageWithToken(rows: readonly Entry[], nextPage: string): Page<Entry> {
  return { rows, left: nextPage === "" ? 0 : undefined, next: nextPage, problem: "" };
}

const EMPTY = wholePage([]);

/** All kinds of lists: those of the core and those of each contribution. */
export class ListKinds {
  private readonly kinds: ReadonlyMap<string, ListKind<ListId>>;
  private readonly rows: ReadonlyMap<string, (row: Entry) => string>;

  constructor(...tables: readonly AnyListTable[]) {
    this.kinds = new Map(tables.flatMap(({ kinds }) => Object.entries(kinds)) as [string, ListKind<ListId>][]);
    this.rows = new Map(tables.flatMap(({ rows }) => Object.entries(rows)) as [string, (row: Entry) => string][]);
  }

  /** Throws for a kind that nobody brought. */
  of({ kind }: Pick<ListId, "kind">): ListKind<ListId> {
    const found = this.kinds.get(kind);
    if (found === undefined) {
      throw new Error(`There are no lists of the kind ${kind}.`);
    }
    return found;
  }

  /** Whether a remembered list is one of these; what an editor hands back may be from another set of contributions. */
  has({ kind }: Pick<ListId, "kind">): boolean {
    return this.kinds.has(kind);
  }

  nodes(list: ListId, page: Page<Entry>): readonly Node[] {
    return this.of(list).nodes(list, page, Date.now() / 1000);
  }

  /** The rows of a list that needs no question; undefined for one that does. */
  heading(list: ListId): readonly Node[] | undefined {
    return this.of(list).ask === undefined ? this.nodes(list, EMPTY) : undefined;
  }

  /** The lists that contributions add below the rows of a view. */
  below(view: View, workspaceId: string): readonly ListId[] {
    return this.inWorkspace((kind) => kind.below === view, workspaceId);
  }

  /** The list that is all of a view; undefined for a view that is more than that. */
  filling(view: View, workspaceId: string): ListId | undefined {
    return this.inWorkspace((kind) => kind.fills?.view === view, workspaceId)[0];
  }

  /** Where the rows of the lists come from. */
  source(request: SendRequest, around: ListSurroundings): ListSource<ListId, Entry> {
    return {
      ask: (list, from) => this.of(list).ask?.(list, { ...around, request, from }) ?? Promise.resolve(EMPTY),
      key: keyOf,
      identity: (row) => this.rows.get(row.kind)?.(row) ?? "",
      explain: (error) => failureOf(error).sentence,
    };
  }

  private inWorkspace(suits: (kind: ListKind<ListId>) => boolean, workspaceId: string): readonly ListId[] {
    return [...this.kinds].filter(([, kind]) => suits(kind)).map(([kind]) => ({ kind, workspaceId }) as ListId);
  }
}
