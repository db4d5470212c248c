/** Shows the lineage of what a row stands for, or of what a name says (`service:NAME`), and writes it for others. */
import * as vscode from "vscode";

import { commandButton, showInformation } from "../../editor/notifications";
import { openFolder } from "../../commands/interaction/fileDialog";
import type { ThingCommand } from "../../commands/interaction/onThing";
import type { Asset } from "../../protocol";
import type { Subject } from "../../views/node";
import { here, modelOf, subjectOf } from "../../commands/interaction/target";
import { showSaveDialog } from "../../window";

const { l10n } = vscode;

function assetOf(subject: Subject | undefined): Asset | undefined {
  if (subject?.kind === "asset") {
    return subject.asset;
  }
  return subject?.kind === "assetName" ? subject.assets[0] : undefined;
}

/** What a row stands for, as the server names it; undefined for a model, and for what has no lineage. */
function idOf(subject: Subject | undefined): string | undefined {
  if (subject?.kind === "service") {
    return `service:${subject.service.name}`;
  }
  if (subject?.kind === "job") {
    return `batch:${subject.job.name}`;
  }
  if (subject?.kind === "run") {
    return `run:${subject.run.id}`;
  }
  const asset = assetOf(subject);
  return asset === undefined ? undefined : `${asset.kind}:${asset.id}`;
}

/** A page gives the id of what it is about, a row its thing; else the person picks a model. */
export const showLineage: ThingCommand = async (app, argument) => {
  const named = typeof argument === "string" && argument !== "" ? argument : idOf(subjectOf(argument));
  const model = named === undefined ? await modelOf(app, argument, l10n.t("Show Lineage")) : undefined;
  const id = named ?? (model === undefined ? undefined : `model:${model.id}`);
  if (id !== undefined) {
    app.pages.open({ kind: "lineage", id, ...here(app) });
  }
};

/** Writes the run events of what a page is about. */
export const exportLineage: ThingCommand = async (app, thing) => {
  if (typeof thing !== "string") {
    return;
  }
  const name = `${thing.replace(/[^\w.-]+/g, "-")}.jsonl`;
  const folder = openFolder();
  const target = await showSaveDialog({
    title: l10n.t("Export as OpenLineage"),
    filters: { OpenLineage: ["jsonl"] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (target !== undefined) {
    const params = { thing, openlineage: target.fsPath, ...here(app) };
    const { file } = await app.session.request("scoredock/lineage/show", params);
    showInformation(l10n.t("Exported {0}.", vscode.workspace.asRelativePath(target)), [
      commandButton(l10n.t("Open"), "vscode.open", vscode.Uri.file(file)),
    ]);
  }
};
