/** The Services view: endpoints, services, and what contributions add below them. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import { keyOf } from "./listId";
import type { Lists } from "./lists";
import { serviceNodes } from "./serviceNodes";
import type { Tree } from "./tree";

/** Shows those of another workspace when that becomes the active one. */
export function showServices(tree: Tree, lists: Lists, live: Live): vscode.Disposable {
  let below: readonly string[] = [];
  const show = (): void => {
    const { state } = live;
    const id = activeWorkspace(state)?.id;
    const added = id === undefined || !state.loaded ? [] : lists.below("services", id);
    below = added.map(keyOf);
    void tree.show([...serviceNodes(state), ...added.flatMap((list) => lists.look(list))]);
  };
  return vscode.Disposable.from(
    live.onDidChange(show),
    lists.onDidChange((list) => {
      if (below.includes(keyOf(list))) {
        show();
      }
    }),
  );
}
