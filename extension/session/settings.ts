/** Settings as the server takes them, and what their change means. */
import * as vscode from "vscode";

import { SETTING_KEYS } from "../protocol";

/** Those that decide how the server is started. */
const NEEDS_RESTART = ["scoredock.home", "scoredock.server.interpreter"] as const;

/** What would run code of the folder by itself: off while the folder is not trusted, whatever is set. */
const NEEDS_TRUST: readonly string[] = ["reloadOnSave", "startAgain", "startOnOpen"].map(
  (name) => `scoredock.services.${name}`,
);

/** Whether what a type checker reports is shown by us as well. */
const TYPE_ERRORS = "scoredock.check.typeErrors";

/** Extensions that report what some of our rules report: their section of settings, and the mode they begin with. */
const TYPE_CHECKERS = [
  { id: "ms-python.vscode-pylance", section: "python.analysis", mode: "off" },
  { id: "ms-pyright.pyright", section: "python.analysis", mode: "standard" },
  { id: "detachhead.basedpyright", section: "basedpyright.analysis", mode: "recommended" },
] as const;

/** Whether somebody checks the types of the Python files of this window. */
function typesAreChecked(): boolean {
  const server = vscode.workspace.getConfiguration("python").get<string>("languageServer", "Default");
  return TYPE_CHECKERS.some(({ id, section, mode }) => {
    const off = id === "ms-python.vscode-pylance" && server !== "Default" && server !== "Pylance";
    const chosen = vscode.workspace.getConfiguration(section).get<string>("typeCheckingMode", mode);
    return !off && chosen !== "off" && vscode.extensions.getExtension(id) !== undefined;
  });
}

/** Sections whose change is sent to the server. */
const TELLS_SERVER = ["scoredock", "python.languageServer", ...TYPE_CHECKERS.map(({ section }) => section)];

/** Every setting with its value; restricted ones have no folder's value while the folder is not trusted. */
export function settingValues(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const value = (key: string): unknown => {
    if (NEEDS_TRUST.includes(key) && !vscode.workspace.isTrusted) {
      return false;
    }
    const chosen = configuration.get(key);
    return key === TYPE_ERRORS && chosen === "auto" && typesAreChecked() ? "off" : chosen;
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
      } else if (TELLS_SERVER.some((section) => event.affectsConfiguration(section))) {
        tellServer();
      }
    }),
  );
}
