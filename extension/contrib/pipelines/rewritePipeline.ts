/** A pipeline of Azure ML v1 for Scoredock: the difference is shown, then a file is written beside it. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { openAt, showInformation, showFailure } from "../../editor/notifications";
import type { PipelineChange, PipelineRewritten } from "../../protocol";
import { longRequest } from "../../commands/interaction/progress";
import { saveAround } from "../../commands/interaction/saving";
import { pathsOf } from "../../commands/interaction/target";
import { showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

const ICONS: Readonly<Record<PipelineChange["kind"], string>> = { changed: "edit", kept: "check", open: "question" };

/** What became of each step; a chosen one is opened. */
async function showSteps(file: string, changes: readonly PipelineChange[]): Promise<void> {
  const items = changes.map(({ kind, step, message, line }) => ({
    icon: ICONS[kind],
    label: step,
    description: l10n.t("Line {0}", line),
    detail: message,
    line,
  }));
  const title = l10n.t("Steps of {0}", path.basename(file));
  const chosen = await showQuickPick(items, { title, matchOnDetail: true });
  if (chosen !== undefined) {
    await openAt(file, chosen.line - 1);
  }
}

/** Saving asks for a name of its own: the file that was read stays. */
async function write(app: App, file: string, proposed: string): Promise<void> {
  const target = await showSaveDialog({
    title: l10n.t("New File for the Rewritten Pipeline"),
    saveLabel: l10n.t("Write"),
    defaultUri: vscode.Uri.file(proposed),
  });
  if (target === undefined) {
    return;
  }
  const title = l10n.t("Writing {0}", path.basename(target.fsPath));
  const params = { path: file, outputPath: target.fsPath };
  const done = await longRequest(app, title, "scoredock/pipeline/rewrite", params);
  await vscode.window.showTextDocument(vscode.Uri.file(done.path));
  const sentence = l10n.t("Wrote {0}.", path.basename(done.path));
  showInformation([sentence, ...done.notes].join(" "), stepButton(file, done));
}

function stepButton(file: string, { changes }: PipelineRewritten): { title: string; act: () => void }[] {
  return [{ title: l10n.t("Show Steps"), act: () => void showSteps(file, changes).catch(showFailure) }];
}

export async function rewritePipeline(app: App, first?: unknown, all?: unknown): Promise<void> {
  const file = pathsOf(first, all)[0] ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  if (file === undefined) {
    showInformation(l10n.t("Open the file of a pipeline first."));
    return;
  }
  await saveAround(file);
  const planned = await app.session.request("scoredock/pipeline/rewrite", { path: file, preview: true });
  const name = path.basename(file);
  if (planned.changes.length === 0) {
    showInformation(l10n.t("No step of {0} is of Azure ML v1: there is nothing to rewrite.", name));
    return;
  }
  const steps = stepButton(file, planned);
  if (planned.diff === "") {
    showInformation(l10n.t("{0} stays as it is: {1}.", name, planned.summary), steps);
    return;
  }
  await vscode.commands.executeCommand(
    "vscode.diff",
    vscode.Uri.file(file),
    app.migratedFiles.keepFile(path.basename(planned.proposedPath), planned.text),
    l10n.t("{0}: as it is, and for Scoredock", name),
  );
  const go = { title: l10n.t("Write…"), act: () => write(app, file, planned.proposedPath) };
  showInformation(`${planned.summary}. ${l10n.t("Nothing is written yet.")}`, [go, ...steps]);
}
