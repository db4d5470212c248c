/** What the menus of an open entry script know of the services that were deployed from it. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import type { Service } from "../protocol";
import { failingServices, type ViewState } from "../state/state";
import { isRefused } from "../text/serviceState";
import { STATES } from "../text/states";

/** Entry scripts of services, as `resourcePath` of a `when` clause has them. */
function scripts(services: readonly Service[]): readonly string[] {
  const uris = services.filter(({ entryScript }) => entryScript !== "").map(({ entryScript }) => entryScript);
  return [...new Set(uris.map((path) => vscode.Uri.file(path)).flatMap(({ fsPath, path }) => [fsPath, path]))].sort();
}

function keysOf(state: ViewState): Readonly<Record<string, readonly string[]>> {
  return {
    deployedScripts: scripts(state.services),
    answeringScripts: scripts(
      state.services.filter((service) => STATES[service.state].isCallable && service.scoringUri !== ""),
    ),
    failingScripts: scripts([...failingServices(state), ...state.services.filter(isRefused)]),
  };
}

/** Keeps the context keys of the editor title current. */
export function scriptKeys(live: Live): vscode.Disposable {
  const known = new Map<string, string>();
  return live.onDidChange((state) => {
    for (const [key, paths] of Object.entries(keysOf(state))) {
      const now = paths.join("\n");
      if (known.get(key) !== now) {
        known.set(key, now);
        void vscode.commands.executeCommand("setContext", `scoredock.${key}`, paths);
      }
    }
  });
}
