/** Verbs of Scoredock itself: refresh, restart the server, show its log, choose its Python. */
import * as vscode from "vscode";

import type { App } from "../app";
import { Row } from "../views/rows";
import { showOpenDialog, withProgress } from "../window";

const { l10n } = vscode;

export async function refresh(app: App): Promise<void> {
  // Nobody tells of changes in a tracking store.
  void app.lists.followFolders();
  await app.live.refresh();
}

/** One more page of the list that the row stands at the end of. */
export async function showMore(app: App, argument: unknown): Promise<void> {
  if (argument instanceof Row) {
    await Promise.all([...app.trees.values()].map(({ tree, view }) => tree.showMore(argument, view)));
  }
}

export async function restartServer(app: App): Promise<void> {
  await withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t("Restarting the Scoredock server") },
    () => app.session.restart(),
  );
}

export function showLog(app: App): void {
  app.log.show();
}

export async function choosePython(): Promise<void> {
  const chosen = await showOpenDialog({
    title: l10n.t("Python for the Scoredock Server (CPython 3.10 to 3.14)"),
    openLabel: l10n.t("Choose"),
    // Elsewhere than on Windows most are there, and none is in the open folder.
    ...(process.platform === "win32" ? {} : { defaultUri: vscode.Uri.file("/usr/bin") }),
  });
  const python = chosen?.[0]?.fsPath;
  if (python !== undefined) {
    // The session restarts when the setting changes.
    await vscode.workspace
      .getConfiguration("scoredock.server")
      .update("interpreter", python, vscode.ConfigurationTarget.Global);
  }
}
