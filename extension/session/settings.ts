/** Settings as the server takes them, and what their change means. */
import * as vscode from "vscode";

import { SETTING_KEYS } from "../protocol";

/** Those that decide how the server is started. */
const NEEDS_RESTART = ["scoredock.home", "scoredock.server.interpreter"] as const;

/** What would run code of the folder by itself: off while the folder is not trusted, whatever is set. */
const NEEDS_TRUST: readonly string[] = ["scoredock.services.reloadOnSave"];

/** Every setting with its value; restricted ones have no folder's value while the folder is not trusted. */
export function settingValues(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const value = (key: string): unknown =>
    NEEDS_TRUST.includes(key) && !vscode.workspace.isTrusted ? false : configuration.get(key);
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, value(key)]));
}

/** Calls one of the two when a setting of ours changes. */
export function onSettings(restart: () => void, tellServer: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(tellServer),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (NEEDS_RESTART.some((key) => event.affectsConfiguration(key))) {
        restart();
      } else if (event.affectsConfiguration("scoredock")) {
        tellServer();
      }
    }),
  );
}
