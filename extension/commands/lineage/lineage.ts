/** Shows the lineage of a model, or of what its name says (`service:NAME`). */
import * as vscode from "vscode";

import { commandButton, showInformation } from "../../editor/notifications";
import { openFolder } from "../interaction/fileDialog";
import type { ThingCommand } from "../interaction/onThing";
import { here, modelOf, subjectOf } from "../interaction/target";

const { l10n } = vscode;

/** A page gives the id of what it is about, a row its model. */
export const showLineage: ThingCommand = async (app, argument) => {
  const model =
    subjectOf(argument) === undefined && typeof argument === "string"
      ? undefined
      : await modelOf(app, argument, l10n.t("Show Lineage"));
  const id = typeof argument === "string" ? argument : model === undefined ? undefined : `model:${model.id}`;
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
  const target = await vscode.window.showSaveDialog({
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
