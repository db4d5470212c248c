/**
 * What the side bar showed the last time in this window, kept with it by the editor: shown until the server has said
 * what is so now. No `vscode` here but for the type of its store.
 */
import type { Memento } from "vscode";

import type { Page } from "./pages";
import type { Facts } from "./state";

const KEY = "sideBar";
/** Characters of JSON: the editor keeps all of an extension in one row of a database. */
const MOST = 500_000;

export interface KnownList<W, R> {
  readonly list: W;
  readonly page: Page<R>;
}

interface Snapshot<W, R> {
  /** Of the extension: another one may have other rows. */
  readonly version: string;
  readonly facts: Facts;
  readonly lists: readonly KnownList<W, R>[];
}

export class Memory<W, R> {
  constructor(
    private readonly store: Memento,
    private readonly version: string,
  ) {}

  /** Undefined where nothing is known, or another version of the extension knew it. */
  recall(): Omit<Snapshot<W, R>, "version"> | undefined {
    const snapshot = this.store.get<Snapshot<W, R>>(KEY);
    return snapshot?.version === this.version ? snapshot : undefined;
  }

  async keep(
    { workspaces, offers, services, endpoints, home }: Facts,
    lists: readonly KnownList<W, R>[],
  ): Promise<void> {
    const facts = { workspaces, offers, services, endpoints, home };
    const snapshot: Snapshot<W, R> = { version: this.version, facts, lists };
    const fits = JSON.stringify(snapshot).length <= MOST;
    await this.store.update(KEY, fits ? snapshot : undefined);
  }
}
