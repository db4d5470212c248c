/**
 * A deployment that checks have stopped: the errors as a list that leads to each, and the person's right to go on
 * anyway.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import { blockingErrorsOf, type BlockingError, unitsOf } from "../../text/checkSummary";
import { failureOf } from "../../text/errors";

const { l10n } = vscode;

interface ErrorItem extends vscode.QuickPickItem {
  readonly act?: () => Promise<unknown>;
}

/** Opens the file with the cursor at the error, also behind characters of two units. */
async function goTo({ path: file, line, character }: BlockingError): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file);
  const row = document.lineAt(Math.min(line, document.lineCount - 1));
  const position = new vscode.Position(row.lineNumber, unitsOf(row.text, character));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position) });
}

function errorItems(
  stopping: readonly BlockingError[],
  skippable: boolean,
  anyway: string,
  go: () => Promise<unknown>,
): ErrorItem[] {
  const errors = stopping.map((one): ErrorItem => {
    const place = `${path.basename(one.path)}:${one.line + 1}`;
    return { label: `$(error) ${one.message}`, description: `${place} · ${one.code}`, act: () => goTo(one) };
  });
  return [
    ...errors,
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    {
      label: `$(list-unordered) ${l10n.t("Show Problems")}`,
      act: async () => vscode.commands.executeCommand("workbench.actions.view.problems"),
    },
    // A finding about a script may be wrong, and the person decides; what a configuration was to say nobody can guess.
    ...(skippable
      ? [{ label: `$(rocket) ${anyway}`, description: l10n.t("although the checks expect it to fail"), act: go }]
      : []),
  ];
}

/**
 * Whether checks have stopped it; then the errors are listed, and `go` goes on without them when the person says so.
 */
export async function showBlockingErrors(
  error: unknown,
  name: string,
  anyway: string,
  go: () => Promise<unknown>,
): Promise<boolean> {
  const failure = failureOf(error);
  const stopping = failure.code === "check-failed" ? blockingErrorsOf(failure.details) : [];
  if (stopping.length === 0) {
    return false;
  }
  const title =
    stopping.length === 1
      ? l10n.t("{0}: 1 error must be fixed before this can be deployed", name)
      : l10n.t("{0}: {1} errors must be fixed before this can be deployed", name, stopping.length);
  const chosen = await vscode.window.showQuickPick(
    errorItems(stopping, failure.details["lasting"] === undefined, anyway, go),
    {
      title,
      placeHolder: l10n.t("Select an error to go to it"),
      matchOnDescription: true,
      ignoreFocusOut: true,
    },
  );
  await chosen?.act?.();
  return true;
}
