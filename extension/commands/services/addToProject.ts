/** Add to tasks.json or launch.json: a service becomes a task that deploys it, or a configuration that debugs it. */
import * as path from "node:path";
import * as vscode from "vscode";

import { openAt, showInformation, showWarning } from "../../editor/notifications";
import { type ConfigurationFile, LAUNCH, TASKS, withEntry } from "../../tasks/configurationFile";
import { TYPE, writtenTask } from "../../tasks/taskDefinition";
import { nameOf } from "../interaction/target";
import { onService } from "../interaction/onThing";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

type Entry = Readonly<Record<string, unknown>>;

/** The file with what is typed into it right now; empty where there is none. */
async function textOf(uri: vscode.Uri): Promise<string> {
  try {
    return (await vscode.workspace.openTextDocument(uri)).getText();
  } catch {
    return "";
  }
}

async function write(uri: vscode.Uri, before: string, after: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { ignoreIfExists: true });
  const document = before === "" ? undefined : await vscode.workspace.openTextDocument(uri);
  const end = document?.positionAt(before.length) ?? new vscode.Position(0, 0);
  edit.replace(uri, new vscode.Range(new vscode.Position(0, 0), end), after);
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new Error(l10n.t("{0} could not be changed.", uri.fsPath));
  }
  await (await vscode.workspace.openTextDocument(uri)).save();
}

/** Writes an entry into a file of the folder and shows it there. */
async function add(folder: string, file: ConfigurationFile, entry: Entry): Promise<void> {
  const uri = vscode.Uri.file(path.join(folder, ".vscode", file.name));
  const before = await textOf(uri);
  const added = withEntry(file, before, entry);
  if (added === undefined) {
    const open = { title: l10n.t("Open File"), act: () => openAt(uri.fsPath, 0) };
    showWarning(l10n.t("{0} cannot be read as JSON. Correct it first.", file.name), [open]);
    return;
  }
  if (added.known) {
    showInformation(l10n.t("{0} already has “{1}”.", file.name, String(entry[file.nameKey])));
  } else {
    await write(uri, before, added.text);
  }
  const document = await vscode.workspace.openTextDocument(uri);
  await openAt(uri.fsPath, document.positionAt(added.offset).line);
}

export const addToProject = onService({ title: l10n.t("Add to tasks.json or launch.json") }, async (app, service) => {
  const { name } = service;
  const items = [
    {
      label: l10n.t("Task in tasks.json"),
      detail: l10n.t("Deploys {0} as it was deployed the last time. Also for preLaunchTask.", name),
      file: TASKS,
    },
    { label: l10n.t("Debug configuration in launch.json"), detail: l10n.t("F5 debugs {0}.", name), file: LAUNCH },
  ];
  const title = l10n.t("Add {0} to the Project", name);
  const chosen = await showQuickPick(items, { title, placeHolder: l10n.t("What to add") });
  if (chosen === undefined) {
    return;
  }
  const params = { ...nameOf(service), folders: [...app.folders()] };
  const { folder, definition, command } = await app.session.request("scoredock/task/ofService", params);
  const entry =
    chosen.file === TASKS
      ? { label: command.title, ...writtenTask(definition) }
      : { name: l10n.t("Debug the service {0}", name), type: TYPE, request: "launch", service: name };
  await add(folder, chosen.file, entry);
});
