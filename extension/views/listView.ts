/** A view that is all of one list, and is there once the active workspace has a row for it. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import { keyOf, type ListId } from "./listId";
import type { View } from "./listKinds";
import type { Lists } from "./lists";
import type { Tree } from "./tree";

/** Shows the list of another workspace when that becomes the active one. */
export function showList(view: View, tree: Tree, lists: Lists, live: Live): vscode.Disposable {
  let shown: ListId | undefined;
  const isShown = (list: ListId | undefined): boolean =>
    list === shown || (list !== undefined && shown !== undefined && keyOf(list) === keyOf(shown));
  const look = (list: ListId): void => {
    const key = lists.keyThatShows(list);
    if (isShown(list) && key !== undefined) {
      void vscode.commands.executeCommand("setContext", key, lists.shownNodes(list).length > 0);
    }
  };
  return vscode.Disposable.from(
    lists.onDidOpen(look),
    lists.onDidChange(look),
    live.onDidChange((state) => {
      const id = activeWorkspace(state)?.id;
      const main = id === undefined ? undefined : lists.filling(view, id);
      if (main !== undefined && isShown(main)) {
        return;
      }
      shown = main;
      if (main === undefined) {
        void tree.show([]);
      } else {
        void tree.show({ main, below: [] }).then(() => look(main));
      }
    }),
  );
}
