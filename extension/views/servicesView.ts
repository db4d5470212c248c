/** The Services view: endpoints, services, and below them the rules that deploy new versions, where there are some. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import type { ListId } from "./listId";
import type { Lists } from "./lists";
import { rulesHeading } from "../contrib/rules/ruleNodes";
import { serviceNodes } from "./serviceNodes";
import type { Tree } from "./tree";

/** Shows those of another workspace when that becomes the active one. */
export function showServices(tree: Tree, lists: Lists, live: Live): vscode.Disposable {
  const show = (): void => {
    const { state } = live;
    const id = activeWorkspace(state)?.id;
    const rules: ListId | undefined =
      id === undefined || !state.loaded ? undefined : { kind: "rules", workspaceId: id };
    void tree.show([...serviceNodes(state), ...(rules === undefined ? [] : rulesHeading(lists.look(rules)))]);
  };
  return vscode.Disposable.from(
    live.onDidChange(show),
    lists.onDidChange(({ kind }) => {
      if (kind === "rules") {
        show();
      }
    }),
  );
}
