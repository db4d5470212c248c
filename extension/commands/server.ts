/** Verbs of Scoredock itself: refresh, restart the server, show its log, choose its Python. */
import * as vscode from "vscode";

import type { App } from "../app";

const { l10n } = vscode;

export async function refresh(app: App): Promise<void> {
  await app.live.refresh();
}

export async function restartServer(app: App): Promise<void> {
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: l10n.t("Restarting the Scoredock server") }, () => app.session.restart());
}

export function showLog(app: App): void {
  app.log.show();
}

export async function choosePython(): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: l10n.t("Python for the Scoredock Server (CPython 3.10 to 3.14)"), openLabel: l10n.t("Choose") });
  const python = chosen?.[0]?.fsPath;
  if (python !== undefined) {
    // The session restarts when the setting changes.
    await vscode.workspace.getConfiguration("scoredock.server").update("interpreter", python, vscode.ConfigurationTarget.Global);
  }
}
