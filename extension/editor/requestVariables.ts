/** Variables of the shell and of `.env` that requests of `.http` files may send: after a yes that is remembered. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { RequestEnvironment } from "../state/requestEnvironment";
import { confirm, requireTrust } from "./notifications";
import { showInformationMessage, showQuickPick } from "../window";

const { l10n } = vscode;

/** What a yes is remembered for: the open folder that holds the file, else the folder of the file itself. */
function folderOf(file: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? path.dirname(file);
}

/** Names that requests of a file may send. Of a folder that is not trusted none, whatever was said before. */
export function allowedVariables(environment: RequestEnvironment, file: string): string[] {
  return vscode.workspace.isTrusted ? [...environment.allowedIn(folderOf(file))] : [];
}

/** Asks for more of them; `receiver` says who would get them, as a service or as the services of tests. */
export async function askForVariables(
  environment: RequestEnvironment,
  file: string,
  names: readonly string[],
  receiver: string,
): Promise<boolean> {
  requireTrust();
  const folder = folderOf(file);
  const question = l10n.t("Send variables of your environment to {0}?", receiver);
  const detail = l10n.t(
    "Requests of {0} send: {1}. A yes is remembered for the folder {2}.",
    vscode.workspace.asRelativePath(file),
    names.join(", "),
    folder,
  );
  if (!(await confirm(question, detail, l10n.t("Allow")))) {
    return false;
  }
  await environment.allow(folder, names);
  return true;
}

/** Does what sends variables; where some are not allowed yet, the person is asked, and it is done once more. */
export async function withVariables<T>(
  environment: RequestEnvironment,
  file: string,
  receiver: string,
  missing: (error: unknown) => readonly string[],
  act: (allowed: string[]) => Promise<T>,
): Promise<T> {
  try {
    return await act(allowedVariables(environment, file));
  } catch (error) {
    const names = missing(error);
    if (names.length === 0) {
      throw error;
    }
    if (!(await askForVariables(environment, file, names, receiver))) {
      throw new vscode.CancellationError();
    }
    return act(allowedVariables(environment, file));
  }
}

/** Takes back what was allowed: those that the person selects. */
export async function forgetVariables(environment: RequestEnvironment): Promise<void> {
  const items = environment
    .allAllowed()
    .map(({ folder, name }) => ({ label: name, description: folder, folder, name }));
  if (items.length === 0) {
    void showInformationMessage(l10n.t("No variable of your environment is allowed in requests of this window."));
    return;
  }
  const chosen = await showQuickPick(items, {
    title: l10n.t("Forget Allowed Variables"),
    placeHolder: l10n.t("Variables that requests must ask for again"),
    canPickMany: true,
  });
  for (const { folder, name } of chosen ?? []) {
    await environment.forget(folder, name);
  }
}
