/** Verbs of files: check one, a folder or everything; explain a rule. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { summaryOf } from "../../text/checkSummary";
import type { DocumentFindings } from "../../protocol";
import { baseName } from "../../text/format";
import { showInformation, showWarning, commandButton } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { currentFolder, pathsOf } from "../interaction/target";
import { showInputBox, showQuickPick, withProgress } from "../../window";

const { l10n } = vscode;

const RULE = /^SD\d{3}$/i;

function showFindings(app: App, result: DocumentFindings): void {
  app.fileDiagnostics.show(result);
  if (result.checked.length === 0) {
    showWarning(l10n.t("No entry script or configuration that Scoredock can check was found there."));
    return;
  }
  const problems = commandButton(l10n.t("Show Problems"), "workbench.actions.view.problems");
  const tell = result.findings.some(({ severity }) => severity === "error") ? showWarning : showInformation;
  tell(summaryOf(result), result.findings.length === 0 ? [] : [problems]);
}

/** Checks files with a quiet sign in the status bar, folders with progress that can be cancelled. */
async function check(app: App, paths: readonly string[], folders: boolean): Promise<void> {
  const title = l10n.t("Checking {0}", paths.map(baseName).join(", "));
  const method = "scoredock/document/check";
  const result = folders
    ? await longRequest(app, title, method, { paths })
    : await withProgress({ location: vscode.ProgressLocation.Window, title }, (_, token) =>
        app.session.request(method, { paths }, token),
      );
  if (!folders && result.findings.length > 0) {
    app.fileDiagnostics.show(result);
    await vscode.commands.executeCommand("workbench.actions.view.problems");
  } else {
    showFindings(app, result);
  }
}

/** What is typed but not saved is checked by the server already; the command reads files, so they are saved first. */
async function saveDirty(paths: readonly string[]): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty && paths.includes(document.uri.fsPath)) {
      await document.save();
    }
  }
}

export async function checkFile(app: App, first: unknown, all: unknown): Promise<void> {
  const named = pathsOf(first, all);
  const editor = vscode.window.activeTextEditor?.document.uri;
  const paths = named.length > 0 ? named : editor?.scheme === "file" ? [editor.fsPath] : [];
  if (paths.length === 0) {
    await checkFolder(app, undefined, undefined);
    return;
  }
  await saveDirty(paths);
  await check(app, paths, false);
}

/** Everything of ours in the open folders, open or not. */
export async function checkAll(app: App): Promise<void> {
  const paths = app.folders();
  if (paths.length === 0) {
    showWarning(l10n.t("Open a folder to check it."));
    return;
  }
  await check(app, paths, true);
}

export async function checkFolder(app: App, first: unknown, all: unknown): Promise<void> {
  const named = pathsOf(first, all);
  const folder = currentFolder();
  const paths = named.length > 0 ? named : folder === undefined ? [] : [folder];
  if (paths.length === 0) {
    showWarning(l10n.t("Open a folder to check it."));
    return;
  }
  await check(app, paths, true);
}

/** Writes a file again with the same text; Undo gives it back its bytes. */
export async function saveAsUtf8(app: App, file: unknown): Promise<void> {
  if (typeof file !== "string") {
    return;
  }
  const uri = vscode.Uri.file(file);
  if (vscode.workspace.textDocuments.some((one) => one.isDirty && one.uri.fsPath === uri.fsPath)) {
    showWarning(l10n.t("Save {0} first, or revert it: it is read from the disk.", baseName(file)));
    return;
  }
  const before = await vscode.workspace.fs.readFile(uri);
  const { encoding } = await app.session.request("scoredock/document/saveAsUtf8", { path: file });
  showInformation(l10n.t("{0} is in UTF-8 now; it was in {1}.", baseName(file), encoding), [
    { title: l10n.t("Undo"), act: () => vscode.workspace.fs.writeFile(uri, before) },
  ]);
}

/** The rules with findings in the file in front, each with its first finding. */
function rulesHere(): readonly vscode.QuickPickItem[] {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const found = new Map<string, string>();
  for (const { code, message } of uri === undefined ? [] : vscode.languages.getDiagnostics(uri)) {
    const name = String(typeof code === "object" ? code.value : (code ?? ""));
    if (RULE.test(name) && !found.has(name)) {
      found.set(name, message);
    }
  }
  return [...found].map(([label, description]) => ({ label, description }));
}

export async function explainRule(app: App, argument: unknown): Promise<void> {
  let code = typeof argument === "string" ? argument : undefined;
  if (code === undefined) {
    const here = rulesHere();
    code =
      here.length > 0
        ? (
            await showQuickPick(here, {
              title: l10n.t("Explain Rule"),
              placeHolder: l10n.t("Rules with findings in this file"),
              matchOnDescription: true,
            })
          )?.label
        : await showInputBox({
            title: l10n.t("Explain Rule"),
            prompt: l10n.t("Code of the rule, such as SD101"),
            validateInput: (text) => (RULE.test(text.trim()) ? undefined : l10n.t("A code is SD and three digits.")),
          });
  }
  if (code !== undefined) {
    await app.details.showRule(
      await app.session.request("scoredock/document/explain", { code: code.trim().toUpperCase() }),
    );
  }
}
