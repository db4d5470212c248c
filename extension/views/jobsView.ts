/** The Batch Jobs view: there once the active workspace has one. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import type { ListId } from "./listId";
import type { Lists } from "./lists";
import type { Tree } from "./tree";

/** Shows the jobs of another workspace when that becomes the active one. */
export function showJobs(tree: Tree, lists: Lists, live: Live): vscode.Disposable {
  let shown: ListId | undefined;
  const look = (list: ListId): void => {
    if (list === shown || (list.kind === "jobs" && shown?.kind === "jobs" && list.workspaceId === shown.workspaceId)) {
      void vscode.commands.executeCommand("setContext", "scoredock.hasJobs", lists.shownNodes(list).length > 0);
    }
  };
  return vscode.Disposable.from(
    lists.onDidOpen(look),
    lists.onDidChange(look),
    live.onDidChange((state) => {
      const id = activeWorkspace(state)?.id;
      if (shown?.kind === "jobs" && shown.workspaceId === id) {
        return;
      }
      shown = id === undefined ? undefined : { kind: "jobs", workspaceId: id };
      if (shown === undefined) {
        void tree.show([]);
      } else {
        const main = shown;
        void tree.show({ main, below: [] }).then(() => look(main));
      }
    }),
  );
}
