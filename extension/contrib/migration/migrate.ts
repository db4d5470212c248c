/** Assets of Azure ML v1 as files of v2: what would be written is shown side by side, then it is written. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation } from "../../editor/notifications";
import { longRequest } from "../../commands/interaction/progress";
import { currentFolder, pathsOf, workspaceId } from "../../commands/interaction/target";
import { showSaveDialog } from "../../window";

const { l10n } = vscode;

/** Dialogs for folders cannot say that it must be new or empty: one beside the folder is made. */
async function folderFor(source: string): Promise<string | undefined> {
  const chosen = await showSaveDialog({
    title: l10n.t("New Folder for the Files of Azure ML v2"),
    saveLabel: l10n.t("Write"),
    defaultUri: vscode.Uri.file(path.join(path.dirname(source), `${path.basename(source)}-v2`)),
  });
  return chosen?.fsPath;
}

async function write(app: App, source: string): Promise<void> {
  const outputPath = await folderFor(source);
  if (outputPath === undefined) {
    return;
  }
  const params = { path: source, outputPath, workspaceId: workspaceId(app) };
  const done = await longRequest(
    app,
    l10n.t("Migrating {0}", path.basename(source)),
    "scoredock/migration/write",
    params,
  );
  const report = vscode.Uri.file(path.join(done.folder, "report.md"));
  await vscode.commands.executeCommand("markdown.showPreview", report);
  const open = { title: l10n.t("Open Folder"), act: () => vscode.commands.executeCommand("revealInExplorer", report) };
  showInformation(l10n.t("Wrote {0} files to {1}.", done.files.length, done.folder), [open]);
}

export async function migrate(app: App, first?: unknown, all?: unknown): Promise<void> {
  const source = pathsOf(first, all)[0] ?? currentFolder();
  if (source === undefined) {
    showInformation(l10n.t("Open the folder that is to be migrated first."));
    return;
  }
  const params = { path: source, preview: true, workspaceId: workspaceId(app) };
  const title = l10n.t("{0} in Azure ML v2", path.basename(source));
  const planned = await longRequest(
    app,
    l10n.t("Looking at {0}", path.basename(source)),
    "scoredock/migration/write",
    params,
  );
  await vscode.commands.executeCommand("vscode.changes", title, app.migratedFiles.keep(planned));
  const go = { title: l10n.t("Write…"), act: () => write(app, source) };
  showInformation(`${planned.summary}. ${l10n.t("Nothing is written yet.")}`, [go]);
}
