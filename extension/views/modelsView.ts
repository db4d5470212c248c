/** The Models view: what it is narrowed, grouped and sorted by, kept with the folder. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import type { Lists } from "./lists";
import { type ModelFilter, filterWords, hasConditions, queryOf, readFilter } from "./modelFilter";
import type { Row } from "./rows";
import type { Tree } from "./tree";
import { keyOf, type ListId } from "./listId";
import { modelHeadings, noModelNode } from "./headings";
import { withProgress } from "../window";
import { inRow } from "../text/visible";

const FILTER_KEY = "models.filter";

export class ModelsView implements vscode.Disposable {
  private now: ModelFilter;
  private shown: ListId | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly tree: Tree,
    private readonly view: vscode.TreeView<Row>,
    private readonly lists: Lists,
    private readonly live: Live,
    private readonly memory: vscode.Memento,
  ) {
    this.now = readFilter(memory.get(FILTER_KEY));
    this.subscription = live.onDidChange(() => void this.refresh());
    this.showFilter();
  }

  get filter(): ModelFilter {
    return this.now;
  }

  /** Shows what suits another filter. */
  async set(filter: ModelFilter): Promise<void> {
    this.now = filter;
    this.showFilter();
    await Promise.all([this.memory.update(FILTER_KEY, filter), this.refresh()]);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async refresh(): Promise<void> {
    const workspace = activeWorkspace(this.live.state);
    if (workspace === undefined) {
      this.shown = undefined;
      await this.tree.show([]);
      return;
    }
    const { id: workspaceId } = workspace;
    const main: ListId = { kind: "groups", workspaceId, query: queryOf(this.now) };
    if (this.shown !== undefined && keyOf(this.shown) === keyOf(main)) {
      return;
    }
    this.shown = main;
    // Who searches for a model sees models only.
    const below = hasConditions(this.now) ? [] : modelHeadings(workspaceId, this.lists.below("models", workspaceId));
    await withProgress({ location: { viewId: "scoredock.models" } }, () =>
      this.tree.show({ main, below, empty: noModelNode() }),
    );
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
  private showFilter(): void {
    const filter = this.now;
    this.view.description = inRow(filterWords(filter));
    void vscode.commands.executeCommand("setContext", "scoredock.models.filtered", hasConditions(filter));
  }
}
