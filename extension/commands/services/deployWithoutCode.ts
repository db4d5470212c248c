/**
 * Deploy without Code, and Show the Script: a model of a known framework needs no script, and can be given one to
 * change.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { baseName } from "../../text/format";
import { requireTrust, openAt } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { deployPath } from "./deploy";
import { modelOf, pathsOf, subjectOf, here } from "../interaction/target";
import { openFolder, openFolderDialog } from "../interaction/fileDialog";

const { l10n } = vscode;

/** The model that is meant: a file or folder of the Explorer, or a registered version. */
interface ChosenModel {
  readonly model: string;
  readonly path: string;
}

async function chooseModel(app: App, first: unknown, all: unknown, title: string): Promise<ChosenModel | undefined> {
  const path = subjectOf(first) === undefined ? pathsOf(first, all)[0] : undefined;
  if (path !== undefined) {
    return { model: "", path };
  }
  const model = await modelOf(app, first, title);
  return model === undefined ? undefined : { model: model.id, path: "" };
}

/** From a model to a running service, whatever scripts lie beside it. */
export async function deployWithoutCode(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const subject = await chooseModel(app, first, all, l10n.t("Deploy without Code"));
  if (subject === undefined) {
    return;
  }
  const { model, path } = subject;
  const title = l10n.t("Deploy {0} without Code", model === "" ? baseName(path) : model);
  await deployPath(app, { path, models: model === "" ? [] : [model], withoutCode: true }, title);
}

/** Writes the script that would be deployed, with its configuration, into a folder and opens it. */
export async function showScript(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const subject = await chooseModel(app, first, all, l10n.t("Show the Script"));
  if (subject === undefined) {
    return;
  }
  const open = subject.path === "" ? openFolder() : vscode.Uri.joinPath(vscode.Uri.file(subject.path), "..");
  const title = l10n.t("Folder for the Script and Its Configuration");
  const folder = await openFolderDialog(title, l10n.t("Write Here"), open);
  if (folder === undefined) {
    return;
  }
  const params = { ...subject, folder, ...here(app) };
  const written = await longRequest(app, l10n.t("Show the Script"), "scoredock/noCode/write", params);
  await openAt(written.entryScript, 0);
}
