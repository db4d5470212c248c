/** The Models view: what it is narrowed, grouped and sorted by, kept with the folder. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { active } from "../state/state";
import type { Lists } from "./lists";
import { type ModelFilter, filterWords, narrows, queryOf, readFilter } from "./modelFilter";
import type { Row } from "./rows";
import type { Tree } from "./tree";
import { keyOf, type Wanted } from "./wanted";

const KEPT = "models.filter";

export class ModelsView implements vscode.Disposable {
  private now: ModelFilter;
  private shown: Wanted | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly tree: Tree,
    private readonly view: vscode.TreeView<Row>,
    private readonly lists: Lists,
    private readonly live: Live,
    private readonly memory: vscode.Memento,
  ) {
    this.now = readFilter(memory.get(KEPT));
    this.subscription = live.onDidChange(() => void this.refresh());
    this.tell();
  }

  get filter(): ModelFilter {
    return this.now;
  }

  /** Shows what suits another filter. */
  async set(filter: ModelFilter): Promise<void> {
    this.now = filter;
    this.tell();
    await Promise.all([this.memory.update(KEPT, filter), this.refresh()]);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async refresh(): Promise<void> {
    const workspace = active(this.live.state);
    if (!this.live.state.loaded || workspace === undefined) {
      this.shown = undefined;
      await this.tree.show([]);
      return;
    }
    const wanted: Wanted = { kind: "groups", workspaceId: workspace.id, query: queryOf(this.now) };
    if (this.shown !== undefined && keyOf(this.shown) === keyOf(wanted)) {
      return;
    }
    this.shown = wanted;
    await vscode.window.withProgress({ location: { viewId: "scoredock.models" } }, () => this.tree.show(wanted));
    this.forget();
  }

  /** Lists of another filter or another workspace are not asked for again. */
  private forget(): void {
    const shown = this.shown;
    if (shown?.kind === "groups") {
      const query = JSON.stringify(shown.query);
      this.lists.clear(
        (one) =>
          "workspaceId" in one &&
          (one.workspaceId !== shown.workspaceId || ("query" in one && JSON.stringify(one.query) !== query)),
      );
    }
  }

  /** In the head of the view, and to the menus. */
  private tell(): void {
    const filter = this.now;
    this.view.description = filterWords(filter);
    const keys = {
      filtered: narrows(filter),
      favourites: filter.favourites,
      latest: filter.latest,
      groupBy: filter.groupBy,
      order: filter.order,
    };
    for (const [key, value] of Object.entries(keys)) {
      void vscode.commands.executeCommand("setContext", `scoredock.models.${key}`, value);
    }
  }
}
