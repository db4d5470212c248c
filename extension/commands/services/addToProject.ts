/** Add to tasks.json or launch.json: a service becomes a task that deploys it, or a configuration that debugs it. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Service } from "../../protocol";
import { openAt, showInformation, showWarning } from "../../editor/notifications";
import { type ConfigurationFile, LAUNCH, TASKS, withEntry } from "../../tasks/configurationFile";
import { TYPE, writtenTask } from "../../tasks/taskDefinition";
import { serviceOf, nameOf } from "../interaction/target";

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
    const act = (): Promise<void> => openAt(uri.fsPath, 0);
    showWarning(l10n.t("{0} cannot be read as JSON. Correct it first.", file.name), [
      { title: l10n.t("Open File"), act },
    ]);
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

async function addTask(app: App, service: Service): Promise<void> {
  const { folder, definition, command } = await app.session.request("scoredock/task/ofService", {
    ...nameOf(service),
    folders: [...app.folders()],
  });
  const { type, ...said } = writtenTask(definition);
  await add(folder, TASKS, { label: command.title, type, ...said });
}

async function addConfiguration(app: App, service: Service): Promise<void> {
  const { folder } = await app.session.request("scoredock/task/ofService", {
    ...nameOf(service),
    folders: [...app.folders()],
  });
  const name = l10n.t("Debug the service {0}", service.name);
  await add(folder, LAUNCH, { name, type: TYPE, request: "launch", service: service.name });
}

export async function addToProject(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Add to tasks.json or launch.json"));
  if (service === undefined) {
    return;
  }
  const items = [
    {
      label: l10n.t("Task in tasks.json"),
      detail: l10n.t("Deploys {0} as it was deployed the last time. Also for preLaunchTask.", service.name),
      act: addTask,
    },
    {
      label: l10n.t("Debug configuration in launch.json"),
      detail: l10n.t("F5 debugs {0}.", service.name),
      act: addConfiguration,
    },
  ];
  const title = l10n.t("Add {0} to the Project", service.name);
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: l10n.t("What to add") });
  await chosen?.act(app, service);
}
