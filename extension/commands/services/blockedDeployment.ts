/**
 * A deployment that checks have stopped: the errors as a list that leads to each, the repair of those for which it is
 * certain, and the person's right to go on anyway.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { DocumentRepairParams, RepairedDocument } from "../../protocol";
import {
  blockingErrorsOf,
  type BlockingError,
  possibleRepair,
  type PossibleRepair,
  proposedRepair,
  unitsOf,
} from "../../text/checkSummary";
import { type Failure, failureOf } from "../../text/errors";
import { joinWords } from "../../text/joinWords";
import { showQuickPick, type PickItem } from "../../window";

const { l10n } = vscode;

interface ErrorItem extends PickItem {
  readonly act?: () => Promise<unknown>;
}

/** Opens the file with the cursor at the error, also behind characters of two units. */
async function goTo({ path: file, line, character }: BlockingError): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file);
  const row = document.lineAt(Math.min(line, document.lineCount - 1));
  const position = new vscode.Position(row.lineNumber, unitsOf(row.text, character));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(position, position) });
}

/** How a command that was stopped goes on. */
export interface Resumption {
  /** What it is called to go on with the errors repaired, and with them as they are. */
  readonly repaired: string;
  /** The same with errors repaired as their quick fixes propose. */
  readonly proposed: string;
  readonly anyway: string;
  /** What is deployed: the script is repaired as it will run. */
  readonly deployment: Omit<DocumentRepairParams, "paths" | "proposed" | "packagesFile">;
  /** The same once more, with a new environment file where one was written; undefined where none can be given. */
  readonly again: (environmentFile: string | undefined) => Promise<unknown>;
  readonly takesNewFile: boolean;
  readonly skipChecks: () => Promise<unknown>;
}

/** Makes of files what the server says, as one edit that can be undone, and saves them; the new one. */
async function writeRepairs(files: readonly RepairedDocument[]): Promise<string | undefined> {
  const edit = new vscode.WorkspaceEdit();
  const open = async (file: RepairedDocument): Promise<vscode.TextDocument> =>
    vscode.workspace.openTextDocument(file.path);
  for (const file of files) {
    const uri = vscode.Uri.file(file.path);
    if (file.isNew) {
      edit.createFile(uri, { contents: Buffer.from(file.text) });
    } else {
      const end = (await open(file)).lineCount;
      edit.replace(uri, new vscode.Range(0, 0, end, 0), file.text);
    }
  }
  await vscode.workspace.applyEdit(edit);
  await Promise.all(files.map(async (file) => (await open(file)).save()));
  return files.find(({ isNew }) => isNew)?.path;
}

/** What is said of a repair before it is made: which files change, and which is new. */
function describeRepair({ changed, written }: PossibleRepair): string {
  const parts = [
    changed.length === 0 ? "" : l10n.t("changes {0}", changed.map((each) => path.basename(each)).join(", ")),
    written === "" ? "" : l10n.t("writes {0} with the packages", path.basename(written)),
  ];
  return joinWords(parts, ", ");
}

/**
 * What repairs the errors that can be, in the script, and by packages that are added to the environment. Where nothing
 * is certain, what the quick fixes propose: the row says what that is.
 */
function repairItems(app: App, failure: Failure, resumption: Resumption): ErrorItem[] {
  const act = (asked: DocumentRepairParams) => async (): Promise<unknown> => {
    const params = { ...resumption.deployment, ...asked };
    const { files } = await app.session.request("scoredock/document/repair", params);
    return resumption.again(await writeRepairs(files));
  };
  const repair = possibleRepair(failure.details, resumption.takesNewFile);
  if (repair !== undefined) {
    const { paths, script, packagesFile } = repair;
    const label = resumption.repaired;
    const asked = script === "" ? { paths } : { paths, script, packagesFile };
    return [{ icon: "wrench", label, description: describeRepair(repair), act: act(asked) }];
  }
  const proposal = proposedRepair(failure.details);
  if (proposal === undefined) {
    return [];
  }
  const { paths, codes, titles } = proposal;
  const label = resumption.proposed;
  return [{ icon: "wrench", label, detail: titles.join(" · "), act: act({ paths, proposed: codes }) }];
}

/** The server's own next steps. */
function remedyItems({ remedies }: Failure): ErrorItem[] {
  return remedies.map((remedy): ErrorItem => ({
    icon: "lightbulb",
    label: remedy.title,
    act: async () => vscode.commands.executeCommand(remedy.command, ...remedy.arguments),
  }));
}

function errorItems(
  stopping: readonly BlockingError[],
  skippable: boolean,
  { anyway, skipChecks }: Resumption,
): ErrorItem[] {
  const errors = stopping.map((one): ErrorItem => {
    // On a line of its own: a long message would push it out of the list.
    const place = `${path.basename(one.path)}:${one.line + 1}`;
    return { icon: "error", label: one.message, detail: `${place} · ${one.code}`, act: () => goTo(one) };
  });
  return [
    ...errors,
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    {
      icon: "list-unordered",
      label: l10n.t("Show Problems"),
      act: async () => vscode.commands.executeCommand("workbench.actions.view.problems"),
    },
    // A finding about a script may be wrong, and the person decides; what a configuration was to say nobody can guess.
    ...(skippable
      ? [
          {
            icon: "rocket",
            label: anyway,
            description: l10n.t("although the checks expect it to fail"),
            act: skipChecks,
          },
        ]
      : []),
  ];
}

/**
 * Whether checks have stopped it; then the errors are listed, and it goes on with what can be repaired repaired, or
 * without the checks, when the person says so.
 */
export async function showBlockingErrors(
  app: App,
  error: unknown,
  name: string,
  resumption: Resumption,
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
  const helping = [...repairItems(app, failure, resumption), ...remedyItems(failure)];
  const chosen = await showQuickPick(
    [
      ...helping,
      ...(helping.length === 0 ? [] : [{ label: "", kind: vscode.QuickPickItemKind.Separator }]),
      ...errorItems(stopping, failure.details["lasting"] === undefined, resumption),
    ],
    {
      title,
      placeHolder: l10n.t("Select an error to go to it"),
      matchOnDetail: true,
      ignoreFocusOut: true,
    },
  );
  await chosen?.act?.();
  return true;
}
