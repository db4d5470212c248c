/** Verbs of a model version: show, open its files, download, export, delete with undo, copy its id. */
import { homedir } from "node:os";
import * as vscode from "vscode";

import type { App } from "../../app";
import { detailNames, failureOf } from "../../text/errors";
import { modelFileUri } from "../../documents/modelFiles";
import type { Model } from "../../protocol";
import { confirm, showInformation, showFailure, commandButton, type Button } from "../../editor/notifications";
import { longRequest, requestInView } from "../interaction/progress";
import { modelOf, selectedRows, subjectOf, workspaceId, here } from "../interaction/target";
import { onModel } from "../interaction/onThing";
import { openFolderDialog, openFolder } from "../interaction/fileDialog";
import { showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

export const showModel = onModel(l10n.t("Show Details"), (app, { id }, argument) => {
  app.pages.open({ kind: "model", id, ...here(app) }, subjectOf(argument) !== undefined);
});

/** Shows a file of a version as text, read-only. */
export async function openModelFile(app: App, argument: unknown): Promise<void> {
  const subject = subjectOf(argument);
  if (subject?.kind === "file") {
    await showFile(app, subject.model.id, subject.file.path);
  } else {
    await chooseFile(app, argument);
  }
}

async function showFile(app: App, id: string, path: string): Promise<void> {
  await vscode.window.showTextDocument(modelFileUri(id, path, workspaceId(app)), { preview: true });
}

const chooseFile = onModel(l10n.t("Open File of a Model"), async (app, { id }) => {
  const { files } = await app.session.request("scoredock/model/files", { id, limit: 1000, ...here(app) });
  const paths = files.map(({ path }) => path).filter((path) => !path.endsWith("/"));
  const words = { title: l10n.t("Files of {0}", id), placeHolder: l10n.t("File") };
  const path = paths.length === 1 ? paths[0] : await showQuickPick(paths, words);
  if (path !== undefined) {
    await showFile(app, id, path);
  }
});

export const copyModelId = onModel(l10n.t("Copy ID"), (_, model) => vscode.env.clipboard.writeText(model.id));

async function downloadTo(app: App, { id }: Pick<Model, "id">, target: string, overwrite: boolean): Promise<void> {
  try {
    const params = { id, target, overwrite, ...here(app) };
    const { path } = await longRequest(app, l10n.t("Downloading {0}", id), "scoredock/model/download", params);
    const show = (): unknown => vscode.commands.executeCommand("revealInExplorer", vscode.Uri.file(path));
    showInformation(l10n.t("Downloaded {0} to {1}.", id, path), [{ title: l10n.t("Show in Explorer"), act: show }]);
  } catch (error) {
    if (failureOf(error).code !== "model-file-exists") {
      throw error;
    }
    showFailure(error, [{ title: l10n.t("Overwrite"), act: () => downloadTo(app, { id }, target, true) }]);
  }
}

export const downloadModel = onModel(l10n.t("Download"), async (app, model) => {
  const title = l10n.t("Folder to Download {0} to", model.id);
  const target = await openFolderDialog(title, l10n.t("Download"), openFolder());
  if (target !== undefined) {
    await downloadTo(app, model, target, false);
  }
});

/** Writes one file with the version and all that is known of it. */
export const exportModel = onModel(l10n.t("Export"), async (app, { id, name, version }) => {
  const folder = openFolder() ?? vscode.Uri.file(homedir());
  const target = await showSaveDialog({
    title: l10n.t("Export {0}", id),
    saveLabel: l10n.t("Export"),
    defaultUri: vscode.Uri.joinPath(folder, `${name}-${version}.zip`),
    filters: { [l10n.t("Archive")]: ["zip"] },
  });
  if (target !== undefined) {
    // The dialog has asked about a file that is there already.
    const params = { id, target: target.fsPath, overwrite: true, ...here(app) };
    const { path } = await longRequest(app, l10n.t("Exporting {0}", id), "scoredock/model/export", params);
    showInformation(l10n.t("Exported {0} to {1}. Register that file to bring it into another workspace.", id, path));
  }
});

async function restore(app: App, deleted: readonly Model[], from: string): Promise<void> {
  for (const model of deleted) {
    await app.session.request("scoredock/model/restore", { id: model.id, workspaceId: from });
  }
}

/** What services use is not deleted: leads to the first of them. */
export function showInUse(error: unknown, usedBy: readonly string[]): void {
  const services = detailNames(failureOf(error).details, "services");
  const users = services.length > 0 ? services : usedBy;
  const show = (name: string): Button => commandButton(l10n.t("Show {0}", name), "scoredock.showService", name);
  showFailure(error, users.slice(0, 2).map(show));
}

/** The models that a command was run on: several selected rows, a name with all its versions, or one that is picked. */
async function modelsOf(app: App, first: unknown, all: unknown): Promise<Model[]> {
  const found: Model[] = [];
  for (const argument of selectedRows(first, all)) {
    const model = await modelOf(app, argument, l10n.t("Delete"), true);
    if (model !== undefined) {
      found.push(model);
    }
  }
  return found;
}

export async function deleteModel(app: App, first: unknown, all: unknown): Promise<void> {
  const models = await modelsOf(app, first, all);
  const question = l10n.t("Delete {0} model versions?", models.length);
  if (
    models.length > 1 &&
    !(await confirm(
      question,
      models.map((model) => model.id),
      l10n.t("Delete"),
    ))
  ) {
    return;
  }
  const from = workspaceId(app);
  const deleted: Model[] = [];
  for (const model of models) {
    try {
      deleted.push(await requestInView(app, "models", "scoredock/model/delete", { id: model.id, workspaceId: from }));
    } catch (error) {
      if (failureOf(error).code !== "model-in-use") {
        throw error;
      }
      showInUse(error, model.usedBy);
    }
  }
  if (deleted.length > 0) {
    showInformation(
      l10n.t("Deleted {0}. It stays in the trash for 30 days.", deleted.map((model) => model.id).join(", ")),
      [{ title: l10n.t("Undo"), act: () => restore(app, deleted, from) }],
    );
  }
}
