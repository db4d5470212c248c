/** Which kind of export a person wants, and where to. The server says which kinds there are. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { ExportChoice, ExportKindsParams } from "../../protocol";
import { type Button, showInformation } from "../../editor/notifications";
import { currentFolder } from "../../commands/interaction/target";
import { showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

export interface ChosenExport {
  readonly kind: ExportChoice;
  /** A new file, or a new folder. */
  readonly outputPath: string;
}

interface Item extends vscode.QuickPickItem {
  readonly choice: ExportChoice;
}

/** Undefined when the person left. `base` begins the name of a folder, which would say little alone. */
export async function askExport(
  app: App,
  of: ExportKindsParams,
  title: string,
  base: string,
): Promise<ChosenExport | undefined> {
  const { kinds } = await app.session.request("scoredock/package/exportKinds", of);
  const items = kinds.map((kind): Item => ({ label: kind.title, detail: kind.detail, choice: kind }));
  const kind = (await showQuickPick(items, { title, matchOnDetail: true }))?.choice;
  if (kind === undefined) {
    return undefined;
  }
  const folder = currentFolder();
  const proposed = kind.isFolder ? `${base}-${kind.file}` : kind.file;
  // A dialog for folders cannot say that it must be a new one: one is named.
  const target = await showSaveDialog({
    title: kind.isFolder ? l10n.t("New Folder: {0}", kind.title) : l10n.t("New File: {0}", kind.title),
    saveLabel: l10n.t("Export"),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(folder, proposed)) }),
  });
  return target === undefined ? undefined : { kind, outputPath: target.fsPath };
}

/** Opens what was written, and says what is left to do. */
export async function showExport(
  written: { readonly main: string; readonly fillIn: readonly string[]; readonly notes: readonly string[] },
  sentence: string,
  buttons: readonly Button[] = [],
): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(written.main));
  const needed =
    written.fillIn.length === 0 ? [] : [l10n.t("Set these where it is deployed: {0}.", written.fillIn.join(", "))];
  showInformation([sentence, ...needed, ...written.notes].join(" "), [...buttons]);
}
