/** The editor's own dialog for one file of this machine. */
import * as vscode from "vscode";

const { l10n } = vscode;

/** One of the files of this machine, asked for in the editor's own dialog. */
export async function openFileDialog(title: string, filters: Record<string, string[]>): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: l10n.t("Choose"),
    canSelectFiles: true,
    canSelectMany: false,
    filters,
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return chosen?.[0]?.fsPath;
}
