/** All commands of the manifest, registered with what they do. */
import * as vscode from "vscode";

import type { App } from "../app";
import { showFailure } from "../editor/notifications";
import type { Handler } from "./handler";
import { HANDLERS } from "./handlers";

/** Registers the commands of core and contributions. A failure of any is shown, never thrown at the editor. */
export function registerCommands(
  app: App,
  contributed: readonly Readonly<Record<string, Handler>>[],
): vscode.Disposable {
  const handlers = [HANDLERS, ...contributed].flatMap(Object.entries<Handler>);
  const registrations = handlers.map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (first?: unknown, all?: unknown) => {
      try {
        await handler(app, first, all);
      } catch (error) {
        showFailure(error);
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
