/** A folder with an entry script and its configurations to begin with. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { openAt } from "../../editor/notifications";

const { l10n } = vscode;

export async function newProject(app: App): Promise<void> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Folder of the New Project"),
    openLabel: l10n.t("Create Here"),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(open === undefined ? {} : { defaultUri: open }),
  });
  const folder = chosen?.[0];
  if (folder === undefined) {
    return;
  }
  const made = await app.session.request("scoredock/project/create", { folder: folder.fsPath });
  await openAt(made.entryScript, 0);
}
