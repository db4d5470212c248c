/** The editor's own dialogs for a file or a folder of this machine. */
import * as vscode from "vscode";
import { showOpenDialog } from "../../window";

const { l10n } = vscode;

/** The path of what is chosen. */
export async function openDialog(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  return (await showOpenDialog(options))?.[0]?.fsPath;
}

/** Where a dialog begins; the editor's own choice where nothing is known. */
export function beginningAt(folder: vscode.Uri | undefined): Pick<vscode.OpenDialogOptions, "defaultUri"> {
  return folder === undefined ? {} : { defaultUri: folder };
}

export function openFolder(): vscode.Uri | undefined {
  return vscode.workspace.workspaceFolders?.[0]?.uri;
}

export async function openFileDialog(title: string, filters: Record<string, string[]>): Promise<string | undefined> {
  const files = { canSelectFiles: true, canSelectMany: false, filters };
  return openDialog({ title, openLabel: l10n.t("Choose"), ...files, ...beginningAt(openFolder()) });
}

export async function openFolderDialog(title: string, label: string, from?: vscode.Uri): Promise<string | undefined> {
  const folders = { canSelectFiles: false, canSelectFolders: true };
  return openDialog({ title, openLabel: label, ...folders, ...beginningAt(from) });
}
