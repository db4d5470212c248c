/** Verbs of a model version: show, edit, download, delete with undo, copy its id. */
import * as vscode from "vscode";

import type { App } from "../app";
import { names, tellable } from "../errors";
import type { Model } from "../protocol";
import { parseTags, tags } from "../text";
import { confirmed, done, tell } from "../tell";
import { busy, inView } from "./busy";
import { modelOf, selected, workspaceId } from "./target";

const { l10n } = vscode;

export async function showModel(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Show Details"));
  if (model !== undefined) {
    await app.details.showModel(model);
  }
}

export async function copyModelId(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Copy Id"));
  if (model !== undefined) {
    await vscode.env.clipboard.writeText(model.id);
  }
}

export async function editModelTags(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Edit Tags"));
  if (model === undefined) {
    return;
  }
  const text = await vscode.window.showInputBox({
    title: l10n.t("Tags of {0}", model.id),
    prompt: l10n.t("Separated by commas, such as: stage=production, champion"),
    value: tags(model.tags),
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const parsed = parseTags(typed);
      return "problem" in parsed ? parsed.problem : undefined;
    },
  });
  const parsed = text === undefined ? undefined : parseTags(text);
  if (parsed === undefined || "problem" in parsed) {
    return;
  }
  const removeTags = Object.keys(model.tags).filter((key) => !Object.hasOwn(parsed.tags, key));
  await inView("models", () => app.session.request("scoredock/model/update", { id: model.id, setTags: parsed.tags, removeTags, workspaceId: workspaceId(app) }));
}

export async function editModelDescription(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Edit Description"));
  if (model === undefined) {
    return;
  }
  const description = await vscode.window.showInputBox({
    title: l10n.t("Description of {0}", model.id),
    value: model.description,
    ignoreFocusOut: true,
  });
  if (description !== undefined) {
    await inView("models", () => app.session.request("scoredock/model/update", { id: model.id, description: description.trim(), workspaceId: workspaceId(app) }));
  }
}

async function downloadTo(app: App, model: Model, target: string, overwrite: boolean): Promise<void> {
  try {
    const params = { id: model.id, target, overwrite, workspaceId: workspaceId(app) };
    const { path } = await busy(app, l10n.t("Downloading {0}", model.id), "scoredock/model/download", params);
    done(l10n.t("Downloaded {0} to {1}.", model.id, path), [
      { title: l10n.t("Show in Explorer"), act: () => vscode.commands.executeCommand("revealInExplorer", vscode.Uri.file(path)) },
    ]);
  } catch (error) {
    if (tellable(error).code !== "model-file-exists") {
      throw error;
    }
    tell(error, [{ title: l10n.t("Overwrite"), act: () => downloadTo(app, model, target, true) }]);
  }
}

export async function downloadModel(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Download"));
  if (model === undefined) {
    return;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Folder to Download {0} to", model.id),
    openLabel: l10n.t("Download"),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  const target = chosen?.[0]?.fsPath;
  if (target !== undefined) {
    await downloadTo(app, model, target, false);
  }
}

async function restore(app: App, deleted: readonly Model[], from: string): Promise<void> {
  for (const model of deleted) {
    await app.session.request("scoredock/model/restore", { id: model.id, workspaceId: from });
  }
}

function inUse(model: Model, error: unknown): void {
  const services = names(tellable(error).details, "services");
  const users = services.length > 0 ? services : model.usedBy;
  tell(
    error,
    users.slice(0, 2).map((name) => ({
      title: l10n.t("Show {0}", name),
      act: () => vscode.commands.executeCommand("scoredock.showService", name),
    })),
  );
}

/** The models that a command was run on: several selected rows, a name with all its versions, or one that is picked. */
async function modelsOf(app: App, first: unknown, all: unknown): Promise<Model[]> {
  const found: Model[] = [];
  for (const argument of selected(first, all)) {
    const model = await modelOf(app, argument, l10n.t("Delete"));
    if (model !== undefined) {
      found.push(model);
    }
  }
  return found;
}

export async function deleteModel(app: App, first: unknown, all: unknown): Promise<void> {
  const models = await modelsOf(app, first, all);
  const question = l10n.t("Delete {0} model versions?", models.length);
  if (models.length > 1 && !(await confirmed(question, models.map((model) => model.id).join("\n"), l10n.t("Delete")))) {
    return;
  }
  const from = workspaceId(app);
  const deleted: Model[] = [];
  for (const model of models) {
    try {
      deleted.push(await inView("models", () => app.session.request("scoredock/model/delete", { id: model.id, workspaceId: from })));
    } catch (error) {
      if (tellable(error).code !== "model-in-use") {
        throw error;
      }
      inUse(model, error);
    }
  }
  if (deleted.length > 0) {
    done(l10n.t("Deleted {0}.", deleted.map((model) => model.id).join(", ")), [{ title: l10n.t("Undo"), act: () => restore(app, deleted, from) }]);
  }
}
