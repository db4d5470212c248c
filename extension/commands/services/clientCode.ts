/** A program that calls a service, for the clipboard, and lines of `az ml` that run in a terminal. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { ClientLanguage } from "../../protocol";
import { requestInView } from "../interaction/progress";
import { nameOf } from "../interaction/target";
import { onService } from "../interaction/onThing";
import { createTerminal, setStatusBarMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

const LANGUAGES: readonly { readonly label: string; readonly language: ClientLanguage }[] = [
  { label: "Python", language: "python" },
  { label: "C#", language: "csharp" },
  { label: "Java", language: "java" },
  { label: "Go", language: "go" },
  { label: "JavaScript", language: "javascript" },
  { label: "cURL", language: "curl" },
];

export const copyClientCode = onService({ title: l10n.t("Copy Client Code") }, async (app, service) => {
  const title = l10n.t("A program that calls {0}", service.name);
  const chosen = await showQuickPick(LANGUAGES, { title, placeHolder: l10n.t("Its language") });
  if (chosen === undefined) {
    return;
  }
  const params = { ...nameOf(service), language: chosen.language };
  const made = await requestInView(app, "services", "scoredock/service/client", params);
  await vscode.env.clipboard.writeText(made.text);
  const message = l10n.t("The {0} client of {1} is on the clipboard.", chosen.label, service.name);
  setStatusBarMessage(message, 4000);
});

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
