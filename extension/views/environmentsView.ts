/** The Environments view: what is registered or built in the active workspace, and its images. */
import type * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import { environmentHeadings, noEnvironmentNode } from "./headings";
import type { Tree } from "./tree";
import { withProgress } from "../window";

/** Shows the environments of another workspace when that becomes the active one. */
export function showEnvironments(tree: Tree, live: Live): vscode.Disposable {
  let shown: string | undefined;
  return live.onDidChange((state) => {
    const id = activeWorkspace(state)?.id;
    if (id === shown) {
      return;
    }
    shown = id;
    if (id === undefined) {
      void tree.show([]);
      return;
    }
    const main = { kind: "assets", workspaceId: id, asset: "environment" } as const;
    void withProgress({ location: { viewId: "scoredock.environments" } }, () =>
      tree.show({ main, below: environmentHeadings(id), empty: noEnvironmentNode() }),
    );
  });
}
