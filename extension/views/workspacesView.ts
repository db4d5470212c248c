/** The Workspaces view: named in its head while it is folded, unfolded once there is something to choose. */
import type * as vscode from "vscode";

import type { Lists } from "./lists";
import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import type { Row } from "./rows";
import type { Tree } from "./tree";
import { workspaceNodes } from "./workspaceNodes";
import { inRow } from "../text/visible";

/** Whether the view was unfolded already: who folds it again is left alone. */
const UNFOLDED = "workspaces.unfolded";

export function showWorkspaces(
  tree: Tree,
  lists: Lists,
  view: vscode.TreeView<Row>,
  models: vscode.TreeView<Row>,
  live: Live,
  memory: vscode.Memento,
): vscode.Disposable {
  return live.onDidChange((state) => {
    const nodes = workspaceNodes(state, (id) => lists.below("workspaces", id).flatMap((list) => lists.look(list)));
    view.description = inRow(activeWorkspace(state)?.name ?? "");
    void tree.show(nodes).then(async () => {
      // Only beside views that are seen: nobody wants a side bar that changes by itself.
      if (
        state.workspaces.length + state.offers.length > 1 &&
        models.visible &&
        !view.visible &&
        memory.get(UNFOLDED) !== true
      ) {
        await memory.update(UNFOLDED, true);
        const [first] = await tree.getChildren();
        if (first !== undefined) {
          await view.reveal(first, { select: false, focus: false });
        }
      }
    });
  });
}
