/** The lists of all views: asked for lazily, asked for again when the server says that they may have changed. */
import * as vscode from "vscode";

import type { KnownList } from "../state/memory";
import { PagedLists } from "../state/pages";
import type { RegistryChange } from "../state/state";
import type { Entry, ListId } from "./listId";
import type { ListKinds, ListSurroundings, SendRequest, View } from "./listKinds";
import type { Node } from "./node";

const EMPTY = { rows: [], left: 0, next: "", problem: "" } as const;

export class Lists implements vscode.Disposable {
  private readonly pages: PagedLists<ListId, Entry>;
  private readonly changed = new vscode.EventEmitter<ListId>();
  private renewing: Promise<void> | undefined;
  private suits: ((list: ListId) => boolean)[] = [];
  /** A shown list is another one than before. */
  readonly onDidChange = this.changed.event;
  private readonly opened = new vscode.EventEmitter<ListId>();
  /** A list is known now that was not. */
  readonly onDidOpen = this.opened.event;

  constructor(
    private readonly kinds: ListKinds,
    request: SendRequest,
    around: ListSurroundings,
    /** First pages that were known before; asked for again once the server says that it is there. */
    remembered: readonly KnownList<ListId, Entry>[],
  ) {
    this.pages = new PagedLists(kinds.source(request, around));
    for (const { list, page } of remembered.filter((one) => kinds.has(one.list))) {
      this.pages.seed(list, page);
    }
  }

  /** The first pages of the lists that views begin with. */
  known(): readonly KnownList<ListId, Entry>[] {
    return this.pages.known().filter(({ list }) => this.kinds.of(list).isRemembered);
  }

  /** The rows of a list; asked for when it is not known yet. Never rejects. */
  async nodes(list: ListId): Promise<readonly Node[]> {
    const heading = this.kinds.heading(list);
    if (heading !== undefined) {
      return heading;
    }
    const isNew = this.pages.peek(list) === undefined;
    const page = await this.pages.open(list);
    if (isNew) {
      this.opened.fire(list);
    }
    return this.kinds.nodes(list, page);
  }

  /** The rows of a list as it is known. */
  shownNodes(list: ListId): readonly Node[] {
    return this.kinds.nodes(list, this.pages.peek(list) ?? EMPTY);
  }

  /** The rows of a list as far as it is known; asked for when it is not, with an event when it has come. */
  look(list: ListId): readonly Node[] {
    const heading = this.kinds.heading(list);
    if (heading !== undefined) {
      return heading;
    }
    if (this.pages.peek(list) === undefined) {
      void this.pages.open(list).then(() => this.changed.fire(list));
    }
    return this.shownNodes(list);
  }

  async more(list: ListId): Promise<void> {
    await this.pages.more(list);
    this.changed.fire(list);
  }

  /**
   * Asks again for the shown lists that suit. Calls while one is under way are answered together after it. Never
   * rejects.
   */
  async again(suits: (list: ListId) => boolean): Promise<void> {
    this.suits.push(suits);
    this.renewing ??= this.renew().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /** Asks again for those that may be other ones after the server said what changed. */
  async follow(change: RegistryChange): Promise<void> {
    return this.again((list) => this.kinds.of(list).follows(change, list));
  }

  /** Asks again for those that depend on the open folders, or on servers that tell nobody of changes. */
  async followFolders(): Promise<void> {
    return this.again((list) => this.kinds.of(list).ofFolders === true);
  }

  /** The lists that contributions add below the rows of a view. */
  below(view: View, workspaceId: string): readonly ListId[] {
    return this.kinds.below(view, workspaceId);
  }

  /** The list that is all of a view; undefined for a view that is more than that. */
  filling(view: View, workspaceId: string): ListId | undefined {
    return this.kinds.filling(view, workspaceId);
  }

  /** The context key that is set while the view of a list has rows; undefined for a list without a view of its own. */
  keyThatShows(list: ListId): string | undefined {
    return this.kinds.of(list).fills?.whenAny;
  }

  close(list: ListId): void {
    this.pages.close(list);
  }

  async reopen(list: ListId): Promise<void> {
    if (await this.pages.reopen(list)) {
      this.changed.fire(list);
    }
  }

  /** Forgets lists that are no longer shown. */
  clear(suits: (list: ListId) => boolean): void {
    this.pages.clear(suits);
  }

  dispose(): void {
    this.changed.dispose();
    this.opened.dispose();
  }

  private async renew(): Promise<void> {
    while (this.suits.length > 0) {
      const suits = this.suits;
      this.suits = [];
      for (const list of await this.pages.again((one) => suits.some((suit) => suit(one)))) {
        this.changed.fire(list);
      }
    }
  }
}
