/** Projects to begin with: the example of the walkthrough, and a new one with or without a model. */
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { openAt, showInformation, commandButton } from "../../editor/notifications";
import { openFolderDialog, openDialog, openFolder } from "../interaction/fileDialog";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Where the window opens the walkthrough and the script again, after it was opened on another folder. */
const CONTINUATION = "scoredock.continueAt";

interface Continuation {
  readonly entryScript: string;
  readonly walkthrough: boolean;
}

function inWindow(folder: string): boolean {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder)) !== undefined;
}

/** Shows the script, in a window on its folder: this one where it is open or nothing is, else a new one. */
async function show(app: App, folder: string, entryScript: string, walkthrough: boolean): Promise<void> {
  if (inWindow(folder)) {
    await openAt(entryScript, 0);
    return;
  }
  const next: Continuation = { entryScript, walkthrough };
  await app.context.globalState.update(CONTINUATION, next);
  const forceNewWindow = (vscode.workspace.workspaceFolders ?? []).length > 0;
  await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), { forceNewWindow });
}

/** In the window that was opened for it: the script, and the walkthrough beside it where that had been left. */
export async function continueWhereLeft(context: vscode.ExtensionContext): Promise<void> {
  const next = context.globalState.get<Continuation>(CONTINUATION);
  if (next === undefined || !inWindow(next.entryScript)) {
    return;
  }
  await context.globalState.update(CONTINUATION, undefined);
  await openAt(next.entryScript, 0);
  if (next.walkthrough) {
    await vscode.commands.executeCommand(
      "workbench.action.openWalkthrough",
      { category: `${context.extension.id}#start`, step: "register" },
      true,
    );
  }
}

/** Copies the example, or opens the copy that was made before. */
export async function openExample(app: App): Promise<void> {
  const usual = path.join(os.homedir(), "scoredock-example");
  const known = await app.session.request("scoredock/project/example", { folder: usual, write: false });
  const elsewhere = l10n.t("Choose Another Folder…");
  const open = known.exists ? l10n.t("Open the Copy") : l10n.t("Create and Open");
  const second = l10n.t("Create a Second Copy");
  const question = known.exists
    ? l10n.t("A copy of the example already exists: {0}", known.folder)
    : l10n.t("Copy the example to {0}?", known.folder);
  const detail = l10n.t(
    "It contains a small scikit-learn model, its entry script and its configurations. Change anything you like in it.",
  );
  const answers = known.exists ? [open, second, elsewhere] : [open, elsewhere];
  const answer = await showInformationMessage(question, { modal: true, detail }, ...answers);
  if (answer === undefined) {
    return;
  }
  let folder = answer === second ? known.free : known.folder;
  if (answer === elsewhere) {
    const home = vscode.Uri.file(os.homedir());
    const parent = await openFolderDialog(l10n.t("Folder for the Example"), l10n.t("Copy Here"), home);
    if (parent === undefined) {
      return;
    }
    const within = path.join(parent, "scoredock-example");
    folder = (await app.session.request("scoredock/project/example", { folder: within, write: false })).free;
  }
  const write = answer !== open || !known.exists;
  const made = await app.session.request("scoredock/project/example", { folder, write });
  app.steps.mark("opened");
  await show(app, made.folder, made.entryScript, true);
}

/** The model file that the project takes: empty for one that trains its own, undefined when given up. */
async function askModel(): Promise<string | undefined> {
  const items = [
    {
      icon: "beaker",
      label: l10n.t("Train a Model"),
      detail: l10n.t("A small model and the script that trains it, to be replaced by your own."),
      choose: () => Promise.resolve(""),
    },
    {
      icon: "file-binary",
      label: l10n.t("Use a Model File…"),
      detail: l10n.t("The entry script is written for scikit-learn, ONNX, XGBoost and others."),
      choose: () => openDialog({ title: l10n.t("Model File"), openLabel: l10n.t("Use") }),
    },
  ];
  const words = { title: l10n.t("New Project"), placeHolder: l10n.t("What does the project start with?") };
  return (await showQuickPick(items, words))?.choose();
}

export async function newProject(app: App): Promise<void> {
  const model = await askModel();
  if (model === undefined) {
    return;
  }
  const from = openFolder() ?? vscode.Uri.file(os.homedir());
  const folder = await openFolderDialog(l10n.t("Folder of the New Project"), l10n.t("Create Here"), from);
  if (folder === undefined) {
    return;
  }
  const made = await app.session.request("scoredock/project/create", { folder, model });
  app.steps.mark("opened");
  await show(app, made.folder, made.entryScript, false);
  if (inWindow(made.folder)) {
    showInformation(l10n.t("The project is ready. Deploy it to get the first response."), [
      commandButton(l10n.t("Deploy"), "scoredock.deploy"),
    ]);
  }
}
