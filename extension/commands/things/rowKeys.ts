/**
 * Delete and F2 in the views: a key does what the menu of the focused row has for it.
 *
 * An extension learns which rows are selected, not which one has the focus. So the keybinding asks twice for the
 * selection, with the focused row added to it or taken from it in between: that is the row that makes the difference.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Row } from "../../views/rows";
import { type Manifest, rowVerbs } from "./verbs";

const DELETES: readonly string[] = [
  "scoredock.deleteModel",
  "scoredock.deleteAsset",
  "scoredock.deleteService",
  "scoredock.deleteEndpoint",
  "scoredock.deleteEndpointVersion",
  "scoredock.deleteBatchJob",
  "scoredock.purgeDeleted",
  "scoredock.forgetWorkspace",
  "scoredock.deleteSubscription",
];

/** Nothing can be renamed, so that F2 changes the text that a person wrote. */
const EDITS: readonly string[] = ["scoredock.editModelDescription", "scoredock.editAssetDescription"];

/** What the keybinding says: the view, and what is done with its selection. */
interface KeyStep {
  readonly view: string;
  readonly step: "before" | "after" | "run";
}

const selections = { before: [] as readonly Row[], after: [] as readonly Row[] };

function isStep(value: unknown): value is KeyStep {
  return typeof value === "object" && value !== null && "view" in value && "step" in value;
}

/** All selected rows when the focused one is among them, else that one. */
function meantRows(): readonly Row[] {
  const { before, after } = selections;
  const added = after.filter((row) => !before.includes(row));
  return added.length > 0 ? added : before;
}

async function runOn(app: App, said: unknown, commands: readonly string[]): Promise<void> {
  if (!isStep(said)) {
    return;
  }
  if (said.step !== "run") {
    selections[said.step] = app.trees.get(said.view)?.view.selection ?? [];
    return;
  }
  const manifest = app.context.extension.packageJSON as Manifest;
  const verbOf = ({ node }: Row): string | undefined =>
    rowVerbs(manifest, { view: said.view, flags: node.flags, keys: new Set<string>() }).find(({ command }) =>
      commands.includes(command),
    )?.command;
  const [first, ...others] = meantRows().filter((row) => verbOf(row) !== undefined);
  const verb = first === undefined ? undefined : verbOf(first);
  if (verb !== undefined) {
    const alike = others.filter((row) => verbOf(row) === verb);
    await vscode.commands.executeCommand(verb, first, [first, ...alike]);
  }
}

export async function deleteRow(app: App, said: unknown): Promise<void> {
  await runOn(app, said, DELETES);
}

export async function editRow(app: App, said: unknown): Promise<void> {
  await runOn(app, said, EDITS);
}
