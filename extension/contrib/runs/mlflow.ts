/** Models to the registry of an MLflow server, from there, and their aliases and tags in step. */
import * as vscode from "vscode";

import type { App, ModelRegistry } from "../../app";
import { showInformation, showWarning } from "../../editor/notifications";
import type { ModelPublished, ModelSynced, SyncDifference, SyncDirection } from "../../protocol";
import { nameFault } from "../../text/names";
import { onModel } from "../../commands/interaction/onThing";
import { longRequest } from "../../commands/interaction/progress";
import { here } from "../../commands/interaction/target";
import { showRegistered } from "../../commands/models/registerModel";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Address of a server of the settings, empty where there is one only; undefined when the person left. */
async function askServer(title: string): Promise<string | undefined> {
  const settings = vscode.workspace.getConfiguration("scoredock");
  const servers = settings.get<readonly string[]>("mlflow.trackingUris", []).filter((uri) => /^https?:/.test(uri));
  if (servers.length < 2) {
    return "";
  }
  return showQuickPick(servers, { title, placeHolder: l10n.t("MLflow server") });
}

function words(difference: SyncDifference): string {
  const { kind, name, model } = difference;
  return kind === "alias" ? l10n.t("alias {0}", name) : l10n.t("tag {0} of {1}", name, model);
}

function list(differences: readonly SyncDifference[]): string {
  return differences.map(words).join(", ");
}

/** With what it is on both sides, where that is not the same. */
function change(difference: SyncDifference): string {
  const { kind, name, model, here: own, there } = difference;
  if (own === "" || there === "") {
    return words(difference);
  }
  return kind === "alias"
    ? l10n.t("alias {0} (here {1}, there {2})", name, own, there)
    : l10n.t("tag {0} of {1} (here {2}, there {3})", name, model, own, there);
}

function changes(differences: readonly SyncDifference[]): string {
  return differences.map(change).join(", ");
}

function withoutAliases(names: readonly string[]): string {
  return names.length === 0
    ? ""
    : l10n.t("The server is older than MLflow 2.3 and has no aliases: {0}.", names.join(", "));
}

function showPublished(id: string, published: ModelPublished): void {
  const { reference, store, isNew, conflicts, noAliases } = published;
  const sentence = isNew
    ? l10n.t("Pushed {0} to {1} as {2}.", id, store, reference)
    : l10n.t("{0} is {2} at {1} already.", id, store, reference);
  const copy = { title: l10n.t("Copy Reference"), act: () => vscode.env.clipboard.writeText(reference) };
  const kept = conflicts.length === 0 ? "" : l10n.t("What has another value there was kept: {0}.", list(conflicts));
  const more = [kept, withoutAliases(noAliases)].filter((text) => text !== "");
  if (more.length === 0) {
    showInformation(sentence, [copy]);
  } else {
    showWarning([sentence, ...more].join(" "), [copy]);
  }
}

async function publishModel(app: App, id: string): Promise<void> {
  const title = l10n.t("Push {0}", id);
  const store = await askServer(title);
  if (store === undefined) {
    return;
  }
  const name = await showInputBox({
    title,
    prompt: l10n.t("Name of the registered model in MLflow"),
    value: id.split(":")[0] ?? id,
    validateInput: (text) => (text.trim() === "" ? l10n.t("Enter a name.") : undefined),
    ignoreFocusOut: true,
  });
  if (name === undefined) {
    return;
  }
  const params = { id, name: name.trim(), store, ...here(app) };
  showPublished(id, await longRequest(app, l10n.t("Pushing {0}", id), "scoredock/model/publish", params));
}

async function registerModelFromMlflow(app: App): Promise<void> {
  const title = l10n.t("Register Model from MLflow");
  const store = await askServer(title);
  if (store === undefined) {
    return;
  }
  const reference = await showInputBox({
    title,
    prompt: l10n.t("models:/NAME@ALIAS, models:/NAME/VERSION, or models:/NAME/latest"),
    value: "models:/",
    valueSelection: ["models:/".length, "models:/".length],
    validateInput: (text) =>
      /^models:\/+[^/@]+[/@].+$/.test(text.trim()) ? undefined : l10n.t("Enter a name with @ALIAS or /VERSION."),
    ignoreFocusOut: true,
  });
  if (reference === undefined) {
    return;
  }
  const name = await showInputBox({
    title,
    prompt: l10n.t("Name of the model; that of MLflow when left empty"),
    validateInput: (text) => (text === "" ? undefined : nameFault("model", text)),
    ignoreFocusOut: true,
  });
  if (name === undefined) {
    return;
  }
  const params = { reference: reference.trim(), name, store, ...here(app) };
  const brought = await longRequest(app, l10n.t("Registering {0}", reference), "scoredock/model/bring", params);
  if (brought.isNew) {
    showRegistered(brought.model);
  } else {
    showInformation(l10n.t("{0} is here already as {1}.", brought.reference, brought.model.id));
  }
}

export const mlflowRegistry: ModelRegistry = {
  form: () => ({
    label: l10n.t("Registered Model of MLflow"),
    detail: l10n.t("Its files, tags and aliases, on an MLflow server."),
  }),
  push: publishModel,
  source: () => ({
    label: l10n.t("MLflow Registry"),
    detail: l10n.t("A version of a registered model: models:/NAME@ALIAS."),
  }),
  register: registerModelFromMlflow,
};

type Way = vscode.QuickPickItem & { readonly direction: SyncDirection; readonly overwrite: boolean };

/** What can be done about the differences; each with what it would change. */
function ways({ differences, store }: ModelSynced): Way[] {
  const side = (one: SyncDifference): string => (one.here === "" ? "there" : one.there === "" ? "here" : "both");
  const only = (wanted: string): SyncDifference[] => differences.filter((one) => side(one) === wanted);
  const both = only("both");
  const rows = (["push", "pull"] as const).flatMap((direction) => {
    const own = only(direction === "push" ? "here" : "there");
    const all = [...own, ...both];
    const plain = direction === "push" ? l10n.t("Set There What Is Only Here") : l10n.t("Set Here What Is Only There");
    const hard = direction === "push" ? l10n.t("Make It There as It Is Here") : l10n.t("Make It Here as It Is There");
    const icon = new vscode.ThemeIcon(direction === "push" ? "cloud-upload" : "cloud-download");
    return [
      { label: plain, detail: changes(own), iconPath: icon, count: own.length, direction, overwrite: false },
      { label: hard, detail: changes(all), iconPath: icon, count: both.length, direction, overwrite: true },
    ];
  });
  return rows.filter(({ count }) => count > 0).map((row) => ({ ...row, description: store }));
}

function showSynced(name: string, { changed, conflicts, store }: ModelSynced): void {
  const sentence = l10n.t("{0} and {1}: {2} of aliases and tags changed.", name, store, changed.length);
  if (conflicts.length === 0) {
    showInformation(sentence);
  } else {
    showWarning(`${sentence} ${l10n.t("What differs on both sides was kept: {0}.", list(conflicts))}`);
  }
}

export const syncModel = onModel(l10n.t("Sync with MLflow"), async (app, { name }) => {
  const title = l10n.t("Sync {0} with MLflow", name);
  const store = await askServer(title);
  if (store === undefined) {
    return;
  }
  const registeredName = await showInputBox({
    title,
    prompt: l10n.t("Name of the registered model in MLflow"),
    value: name,
    ignoreFocusOut: true,
  });
  if (registeredName === undefined) {
    return;
  }
  const params = { name, registeredName: registeredName.trim(), store, ...here(app) };
  const compare = l10n.t("Comparing {0} with MLflow", name);
  const seen = await longRequest(app, compare, "scoredock/model/sync", params);
  if (seen.linked === 0) {
    showInformation(l10n.t("No version of {0} is at {1}.", name, seen.store));
    return;
  }
  const without = withoutAliases(seen.noAliases);
  if (seen.differences.length === 0) {
    const same = l10n.t("Aliases and tags of {0} are the same here and at {1}.", name, seen.store);
    (without === "" ? showInformation : showWarning)(without === "" ? same : without);
    return;
  }
  const chosen = await showQuickPick(ways(seen), {
    title,
    placeHolder: l10n.t("What to do with the aliases and tags that differ"),
    ignoreFocusOut: true,
  });
  if (chosen !== undefined) {
    const { direction, overwrite } = chosen;
    showSynced(name, await longRequest(app, compare, "scoredock/model/sync", { ...params, direction, overwrite }));
  }
});
