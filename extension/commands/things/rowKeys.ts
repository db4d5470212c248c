/** Delete and F2 in the views: a key does what the menu of the focused row has for it. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { type Manifest, rowVerbs } from "./verbs";

const DELETES: readonly string[] = [
  "scoredock.deleteModel",
  "scoredock.deleteAsset",
  "scoredock.deleteService",
  "scoredock.purgeDeleted",
  "scoredock.forgetWorkspace",
];

/** Nothing can be renamed, so that F2 changes the text that a person wrote. */
const EDITS: readonly string[] = ["scoredock.editModelDescription", "scoredock.editAssetDescription"];

/** `view` is named by the key, which has selected the focused row: an extension is not told what has the focus. */
async function runOn(app: App, view: unknown, commands: readonly string[]): Promise<void> {
  const rows = typeof view === "string" ? (app.trees.get(view)?.selection ?? []) : [];
  const [first] = rows;
  if (first === undefined || typeof view !== "string") {
    return;
  }
  const manifest = app.context.extension.packageJSON as Manifest;
  const place = { view, flags: first.node.flags, keys: new Set<string>() };
  const verb = rowVerbs(manifest, place).find(({ command }) => commands.includes(command));
  if (verb !== undefined) {
    await vscode.commands.executeCommand(verb.command, first, rows);
  }
}

export async function deleteRow(app: App, view: unknown): Promise<void> {
  await runOn(app, view, DELETES);
}

export async function editRow(app: App, view: unknown): Promise<void> {
  await runOn(app, view, EDITS);
}
