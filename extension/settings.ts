/** Settings as the server takes them, and what their change means. */
import * as vscode from "vscode";

import { SETTING_KEYS } from "./protocol";

/** Those that decide how the server is started. */
const NEEDS_RESTART = ["scoredock.home", "scoredock.server.interpreter"] as const;

/** Every setting with its value; restricted ones have no folder's value while the folder is not trusted. */
export function settingValues(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, configuration.get(key)]));
}

/** Calls one of the two when a setting of ours changes. */
export function onSettings(restart: () => void, tellServer: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (NEEDS_RESTART.some((key) => event.affectsConfiguration(key))) {
      restart();
    } else if (event.affectsConfiguration("scoredock")) {
      tellServer();
    }
  });
}
