/** The lists that the views show page by page: what each is of, and what its rows are. No `vscode` here. */
import type {
  Asset,
  AssetKind,
  Compute,
  Environment,
  Image,
  Model,
  ModelFile,
  ModelGroup,
  ModelQuery,
} from "../protocol";

/** What stands below the rows of a view as a heading of its own. */
export type Holding = "dataset" | "image" | "trash";

export interface OfWorkspace {
  readonly workspaceId: string;
}

/** A list that carries more than what tells it from others of its kind. */
export interface WithKey {
  readonly key: readonly string[];
}

/** What a list is of, by its kind; a contribution adds its own by `declare module`. */
export interface ListRefs {
  readonly groups: OfWorkspace & { readonly query: ModelQuery };
  readonly versions: OfWorkspace & { readonly query: ModelQuery; readonly group: string };
  readonly files: OfWorkspace & WithKey & { readonly model: Model };
  /** The heading of one holding; no row where there is nothing to look into. */
  readonly heading: OfWorkspace & { readonly holding: Holding };
  readonly assets: OfWorkspace & { readonly asset: AssetKind };
  readonly trash: OfWorkspace;
  readonly computes: OfWorkspace;
}

/** What a row of a list is of, by its kind; a contribution adds its own by `declare module`. */
export interface RowRefs {
  readonly group: { readonly group: ModelGroup };
  readonly version: { readonly model: Model };
  readonly file: { readonly file: ModelFile };
  readonly holding: { readonly holding: Holding; readonly count: number };
  readonly asset: { readonly asset: Asset };
  readonly environment: { readonly environment: Environment };
  readonly image: { readonly image: Image };
  readonly compute: { readonly compute: Compute };
}

/** A list, by what it is of. */
export type ListId = { [K in keyof ListRefs]: ListRefs[K] & { readonly kind: K } }[keyof ListRefs];

/** A list of one kind. */
export type ListOf<K extends keyof ListRefs> = ListRefs[K] & { readonly kind: K };

/** One row of a list. */
export type Entry = { [K in keyof RowRefs]: RowRefs[K] & { readonly kind: K } }[keyof RowRefs];

/** A row of one kind. */
export type RowOf<K extends keyof RowRefs> = RowRefs[K] & { readonly kind: K };

export function entriesOf<K extends Entry["kind"]>(rows: readonly Entry[], kind: K): Extract<Entry, { kind: K }>[] {
  return rows.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

/** The same for the same list, whatever is known of it by now: all that it is of, unless it has a key. */
export function keyOf(list: ListId): string {
  return JSON.stringify("key" in list ? [list.kind, list.key] : Object.entries(list).sort());
}
