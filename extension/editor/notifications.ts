/** Shows failures and results: one sentence, and buttons that do the next step. */
import * as vscode from "vscode";

import { LocalFault, remedy, failureOf, type Failure } from "../text/errors";
import type { ErrorRemedy } from "../protocol";
import { showErrorMessage, showInformationMessage, showWarningMessage } from "../window";

/** A button and what it does. */
export interface Button {
  readonly title: string;
  readonly act: () => unknown;
}

/** A button that runs a command of the editor. */
export function commandButton(title: string, command: string, ...given: readonly unknown[]): Button {
  return { title, act: () => vscode.commands.executeCommand(command, ...given) };
}

/** Opens a file of this machine at a zero-based line. */
export async function openAt(file: string, line: number): Promise<void> {
  const position = new vscode.Position(Math.max(0, line), 0);
  const uri = vscode.Uri.file(file);
  // Where it is shown already, and not a second time in the group of a panel.
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === uri.fsPath);
  await vscode.window.showTextDocument(uri, {
    selection: new vscode.Range(position, position),
    ...(shown?.viewColumn === undefined ? {} : { viewColumn: shown.viewColumn }),
  });
}

function remedyButton({ title, command, arguments: given }: ErrorRemedy): Button {
  return commandButton(title, command, ...given);
}

function placeButton(failure: Failure): Button[] {
  const place = failure.place;
  if (place?.line === undefined || place.line === null) {
    return [];
  }
  const { path, line } = place;
  return [{ title: vscode.l10n.t("Go to Line"), act: () => openAt(path, line) }];
}

async function ask(shown: Thenable<string | undefined>, buttons: readonly Button[]): Promise<void> {
  const chosen = await shown;
  await buttons.find((one) => one.title === chosen)?.act();
}

/** Tells a failure. Returns at once; the buttons act later. Nothing is shown for what the person cancelled. */
export function showFailure(error: unknown, more: readonly Button[] = []): void {
  const failure = failureOf(error);
  if (failure.cancelled) {
    return;
  }
  const buttons = [...placeButton(failure), ...failure.remedies.map(remedyButton), ...more];
  ask(showErrorMessage(failure.sentence, {}, ...buttons.map((one) => one.title)), buttons).catch(showFailure);
}

/** Tells what was done, when the person may want to go on from there. */
export function showInformation(sentence: string, buttons: readonly Button[] = []): void {
  ask(showInformationMessage(sentence, {}, ...buttons.map((one) => one.title)), buttons).catch(showFailure);
}

/** Tells what needs attention. */
export function showWarning(sentence: string, buttons: readonly Button[] = []): void {
  ask(showWarningMessage(sentence, {}, ...buttons.map((one) => one.title)), buttons).catch(showFailure);
}

/** Says yes only when the person pressed the button of the modal question. */
export async function confirm(question: string, detail: string | readonly string[], yes: string): Promise<boolean> {
  return (await showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

/** Throws when the folder is not trusted: what follows would run code of it. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new LocalFault(
      "untrusted",
      vscode.l10n.t(
        "This folder is not trusted. Trust it to register models and to deploy; reading and checking work without trust.",
      ),
      [remedy("trust")],
    );
  }
}
