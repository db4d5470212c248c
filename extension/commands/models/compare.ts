/** Compares two versions of models: a page of what differs, and text files side by side. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { modelFileUri } from "../../documents/modelFiles";
import type { Model, ModelComparison } from "../../protocol";
import { showInformation } from "../../editor/notifications";
import { modelsMatching, pickModel } from "../interaction/pickModel";
import { modelOf, selectedRows, subjectOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

/** The two rows that were selected, or undefined. */
function bothSelected(first: unknown, all: unknown): readonly [Model, Model] | undefined {
  const models = selectedRows(first, all).flatMap((row) => {
    const subject = subjectOf(row);
    return subject?.kind === "version" ? [subject.model] : subject?.kind === "group" ? [subject.group.newest] : [];
  });
  const [one, other] = models;
  return models.length === 2 && one !== undefined && other !== undefined && one.id !== other.id
    ? [one, other]
    : undefined;
}

/** The version that this one followed; of the first one, the newest. */
async function versionBefore(app: App, { name, version }: Model): Promise<string> {
  const others = (await modelsMatching(app, "", { name })).filter((model) => model.version !== version);
  const [former] = others.filter((model) => model.version < version).sort((one, other) => other.version - one.version);
  return (former ?? others[0])?.id ?? "";
}

async function chooseTwo(app: App, first: unknown): Promise<readonly [Model, Model] | undefined> {
  const one = await modelOf(app, first, l10n.t("Compare"));
  if (one === undefined) {
    return undefined;
  }
  const other = await pickModel(app, {
    title: l10n.t("Compare {0} with", one.id),
    proposed: await versionBefore(app, one),
    without: (model) => model.id === one.id,
    first: { suits: (model) => model.name === one.name, others: l10n.t("Other models") },
    none: l10n.t("There is no other version to compare {0} with.", one.id),
  });
  return other === undefined ? undefined : [one, other];
}

async function openDiff(comparison: ModelComparison, file: string, workspace: string): Promise<void> {
  const { first, second } = comparison;
  const [left, right] = [modelFileUri(first, file, workspace), modelFileUri(second, file, workspace)];
  await vscode.commands.executeCommand("vscode.diff", left, right, l10n.t("{0} ({1} ↔ {2})", file, first, second));
}

/** Chooses among the text files that differ; the only one needs no choice. */
async function openDifferences(
  comparison: ModelComparison,
  files: readonly string[],
  workspace: string,
): Promise<void> {
  const title = l10n.t("Text Files That Differ");
  const file =
    files.length === 1
      ? files[0]
      : await vscode.window.showQuickPick(files, { title, placeHolder: l10n.t("File to show side by side") });
  if (file !== undefined) {
    await openDiff(comparison, file, workspace);
  }
}

export async function compareModels(app: App, first: unknown, all: unknown): Promise<void> {
  const both = bothSelected(first, all) ?? (await chooseTwo(app, first));
  if (both === undefined) {
    return;
  }
  // Differences read from the older to the newer.
  const [before, after] =
    both[1].created < both[0].created || (both[1].created === both[0].created && both[1].version < both[0].version)
      ? [both[1], both[0]]
      : both;
  const workspace = workspaceId(app);
  const comparison = await app.session.request("scoredock/model/compare", {
    first: before.id,
    second: after.id,
    workspaceId: workspace,
  });
  await app.details.showComparison(comparison);
  const files = comparison.differences.filter(({ file, isText }) => isText && file !== "").map(({ file }) => file);
  if (files.length > 0) {
    const found =
      files.length === 1
        ? l10n.t("{0} differs and is text.", files[0] ?? "")
        : l10n.t("{0} text files differ.", files.length);
    showInformation(found, [
      { title: l10n.t("Show Side by Side"), act: () => openDifferences(comparison, files, workspace) },
    ]);
  }
}
