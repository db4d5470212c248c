/** Settings as the server takes them, and what their change means. */
import * as vscode from "vscode";

import { SETTING_KEYS } from "../protocol";

/** Those that decide how the server is started. */
const NEEDS_RESTART = ["scoredock.home", "scoredock.server.interpreter"] as const;

/** What would run code of the folder by itself: off while the folder is not trusted, whatever is set. */
const NEEDS_TRUST: readonly string[] = ["scoredock.services.reloadOnSave"];

/** Whether what a type checker reports is shown by us as well. */
const TYPE_ERRORS = "scoredock.check.typeErrors";

/** Extensions that report what some of our rules report, too. */
const TYPE_CHECKERS = ["ms-pyright.pyright", "detachhead.basedpyright"] as const;
const PYLANCE = "ms-python.vscode-pylance";

/** Whether a type checker looks at the Python files of this window. */
function typeCheckerAtWork(): boolean {
  const chosen = vscode.workspace.getConfiguration("python").get<string>("languageServer", "Default");
  const byPylance = chosen === "Default" || chosen === "Pylance";
  const there = (id: string): boolean => vscode.extensions.getExtension(id) !== undefined;
  return (byPylance && there(PYLANCE)) || TYPE_CHECKERS.some(there);
}

/** Every setting with its value; restricted ones have no folder's value while the folder is not trusted. */
export function settingValues(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const value = (key: string): unknown => {
    if (NEEDS_TRUST.includes(key) && !vscode.workspace.isTrusted) {
      return false;
    }
    const chosen = configuration.get(key);
    return key === TYPE_ERRORS && chosen === "auto" && typeCheckerAtWork() ? "off" : chosen;
  };
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, value(key)]));
}

/** Calls one of the two when a setting of ours changes. */
export function onSettings(restart: () => void, tellServer: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(tellServer),
    vscode.extensions.onDidChange(tellServer),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (NEEDS_RESTART.some((key) => event.affectsConfiguration(key))) {
        restart();
      } else if (event.affectsConfiguration("scoredock") || event.affectsConfiguration("python.languageServer")) {
        tellServer();
      }
    }),
  );
}
