/** The lists of all views: asked for lazily, asked for again when the server says that they may have changed. */
import * as vscode from "vscode";

import type { KnownList } from "../state/memory";
import { PagedLists, type ListSource } from "../state/pages";
import { assetNodes } from "./assetNodes";
import { computeNodes } from "./computeNodes";
import { jobNodes } from "../contrib/batch/jobNodes";
import { modelNodes } from "./modelNodes";
import type { Node } from "./node";
import { ruleNodes } from "../contrib/rules/ruleNodes";
import { runNodes } from "../contrib/runs/runNodes";
import { subscriptionNodes } from "../contrib/events/subscriptionNodes";
import type { Entry, ListId } from "./listId";

const FIRST: readonly ListId["kind"][] = ["groups", "heading", "assets"];
const EMPTY = { rows: [], left: 0, next: "", problem: "" } as const;

function build(list: ListId, page: Parameters<typeof modelNodes>[1]): readonly Node[] {
  const now = Date.now() / 1000;
  switch (list.kind) {
    case "groups":
    case "versions":
    case "files":
      return modelNodes(list, page, now);
    case "heading":
    case "assets":
    case "trash":
      return assetNodes(list, page, now);
    case "computes":
      return computeNodes(list, page);
    case "subscriptions":
      return subscriptionNodes(list, page, now);
    case "jobs":
      return jobNodes(list, page, now);
    case "rules":
      return ruleNodes(page, now);
    case "stores":
    case "experiments":
    case "runs":
    case "artifacts":
      return runNodes(list, page, now);
  }
}

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
    source: ListSource<ListId, Entry>,
    /** First pages that were known before; asked for again once the server says that it is there. */
    remembered: readonly KnownList<ListId, Entry>[],
  ) {
    this.pages = new PagedLists(source);
    for (const { list, page } of remembered) {
      this.pages.seed(list, page);
    }
  }

  /** The first pages of the lists that views begin with. */
  known(): readonly KnownList<ListId, Entry>[] {
    return this.pages.known().filter(({ list }) => FIRST.includes(list.kind));
  }

  /** The rows of a list; asked for when it is not known yet. Never rejects. */
  async nodes(list: ListId): Promise<readonly Node[]> {
    const isNew = this.pages.peek(list) === undefined;
    const page = await this.pages.open(list);
    if (isNew) {
      this.opened.fire(list);
    }
    return build(list, page);
  }

  /** The rows of a list as it is known. */
  shownNodes(list: ListId): readonly Node[] {
    return build(list, this.pages.peek(list) ?? EMPTY);
  }

  /** The rows of a list as far as it is known; asked for when it is not, with an event when it has come. */
  look(list: ListId): readonly Node[] {
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
