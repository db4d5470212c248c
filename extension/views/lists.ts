/** The lists of all views: asked for lazily, asked for again when the server says that they may have changed. */
import * as vscode from "vscode";

import { Pages, type Source } from "../state/pages";
import { assetNodes } from "./assetNodes";
import { modelNodes } from "./modelNodes";
import type { Node } from "./node";
import { runNodes } from "./runNodes";
import type { Entry, Wanted } from "./wanted";

const EMPTY = { rows: [], left: 0, next: "", problem: "" } as const;

function build(wanted: Wanted, page: Parameters<typeof modelNodes>[1]): readonly Node[] {
  const now = Date.now() / 1000;
  switch (wanted.kind) {
    case "groups":
    case "versions":
    case "files":
      return modelNodes(wanted, page, now);
    case "holdings":
    case "assets":
    case "trash":
      return assetNodes(wanted, page, now);
    case "stores":
    case "experiments":
    case "runs":
    case "artifacts":
      return runNodes(wanted, page, now);
  }
}

export class Lists implements vscode.Disposable {
  private readonly pages: Pages<Wanted, Entry>;
  private readonly changed = new vscode.EventEmitter<Wanted>();
  private renewing: Promise<void> | undefined;
  private suits: ((wanted: Wanted) => boolean)[] = [];
  /** A shown list is another one than before. */
  readonly onDidChange = this.changed.event;

  constructor(source: Source<Wanted, Entry>) {
    this.pages = new Pages(source);
  }

  /** The rows of a list; asked for when it is not known yet. Never rejects. */
  async nodes(wanted: Wanted): Promise<readonly Node[]> {
    return build(wanted, await this.pages.open(wanted));
  }

  /** The rows of a list as it is known. */
  built(wanted: Wanted): readonly Node[] {
    return build(wanted, this.pages.known(wanted) ?? EMPTY);
  }

  async more(wanted: Wanted): Promise<void> {
    await this.pages.more(wanted);
    this.changed.fire(wanted);
  }

  /**
   * Asks again for the shown lists that suit. Calls while one is under way are answered together after it. Never
   * rejects.
   */
  async again(suits: (wanted: Wanted) => boolean): Promise<void> {
    this.suits.push(suits);
    this.renewing ??= this.renew().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  close(wanted: Wanted): void {
    this.pages.close(wanted);
  }

  async reopen(wanted: Wanted): Promise<void> {
    if (await this.pages.reopen(wanted)) {
      this.changed.fire(wanted);
    }
  }

  /** Forgets lists that are no longer shown. */
  clear(suits: (wanted: Wanted) => boolean): void {
    this.pages.clear(suits);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async renew(): Promise<void> {
    while (this.suits.length > 0) {
      const suits = this.suits;
      this.suits = [];
      for (const wanted of await this.pages.again((one) => suits.some((suit) => suit(one)))) {
        this.changed.fire(wanted);
      }
    }
  }
}
