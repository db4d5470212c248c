/** Lines of `az ml` that run in a terminal of the editor. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { requestInView } from "../../commands/interaction/progress";
import { createTerminal } from "../../window";

const { l10n } = vscode;

/** The terminal of such lines, with the `az` of Scoredock in front; one that is open is taken again. */
async function terminalOfLines(app: App): Promise<vscode.Terminal> {
  const name = l10n.t("az ml with Scoredock");
  const open = vscode.window.terminals.find((each) => each.name === name && each.exitStatus === undefined);
  if (open !== undefined) {
    return open;
  }
  const made = await requestInView(app, "services", "scoredock/az/install", {});
  const file = vscode.window.activeTextEditor?.document.uri;
  const folder = file === undefined ? undefined : vscode.workspace.getWorkspaceFolder(file)?.uri;
  const [variable, before] = Object.entries(process.env).find(([each]) => each.toUpperCase() === "PATH") ?? ["PATH"];
  return createTerminal({
    name,
    ...(folder === undefined ? {} : { cwd: folder }),
    env: { ...made.variables, [variable]: [made.folder, before].join(path.delimiter) },
  });
}

/** The line as it stands in a script or pipeline; it is run when `mode` says so, and only typed otherwise. */
export async function runAzLine(app: App, line: unknown, mode: unknown): Promise<void> {
  if (typeof line !== "string") {
    return;
  }
  const terminal = await terminalOfLines(app);
  terminal.show();
  terminal.sendText(line, mode === "run");
}
