/**
 * Run with Scoredock: a script or notebook that uses azureml.core runs in a terminal of the editor, as a task. The
 * server says what is run, where and with which Python.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { detailNames, failureOf, type Failure } from "../../text/errors";
import type { TerminalCommand, SdkCommandParams } from "../../protocol";
import {
  type Button,
  requireTrust,
  showFailure,
  showInformation,
  showWarning,
  commandButton,
} from "../../editor/notifications";
import { requestInView } from "../../commands/interaction/progress";
import { saveAround } from "../../commands/interaction/saving";
import { pathsOf } from "../../commands/interaction/target";

const { l10n } = vscode;

const PYTHON_EXTENSION = "ms-python.python";

/** A cell whose menu was used; the editor gives its notebook with it. */
function cellOf(value: unknown): vscode.NotebookCell | undefined {
  const cell = value as Partial<vscode.NotebookCell> | undefined;
  return cell?.notebook === undefined || cell.index === undefined ? undefined : (value as vscode.NotebookCell);
}

/** What was clicked, else what is in front. */
function fileOf(first: unknown, all: unknown): vscode.Uri | undefined {
  const named = pathsOf(first, all)[0];
  if (named !== undefined) {
    return vscode.Uri.file(named);
  }
  const { activeNotebookEditor, activeTextEditor } = vscode.window;
  return activeNotebookEditor?.notebook.uri ?? activeTextEditor?.document.uri;
}

/** Runs a program without a shell, and gives its exit code when it has ended. */
async function inTerminal(
  title: string,
  command: readonly string[],
  how: vscode.ProcessExecutionOptions,
): Promise<number | undefined> {
  const [program = "", ...words] = command;
  const task = new vscode.Task(
    // What is the same is run once at a time: the editor asks before it starts it again.
    { type: "scoredock-run", words },
    vscode.TaskScope.Workspace,
    title,
    "Scoredock",
    new vscode.ProcessExecution(program, words, how),
    [],
  );
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
  };
  const ends: vscode.TaskProcessEndEvent[] = [];
  let look = (): void => undefined;
  // Listening first: a short one may have ended before it is known.
  const listener = vscode.tasks.onDidEndTaskProcess((ended) => {
    ends.push(ended);
    look();
  });
  try {
    const execution = await vscode.tasks.executeTask(task);
    return await new Promise((resolve) => {
      look = (): void => {
        const own = ends.find((ended) => ended.execution === execution);
        if (own !== undefined) {
          resolve(own.exitCode);
        }
      };
      look();
    });
  } finally {
    listener.dispose();
  }
}

/** Runs it; the server then shows failures at their lines. */
async function start(app: App, path: string, made: TerminalCommand): Promise<void> {
  await inTerminal(made.title, made.command, { cwd: made.folder, env: made.variables });
  const { note, workspaceId } = await app.session.request("scoredock/sdk/ended", { path });
  if (note !== "") {
    showInformation(note, [
      commandButton(l10n.t("Write config.json"), "scoredock.writeWorkspaceConfig", path, workspaceId),
    ]);
  }
}

/** Shows what a Python lacks, with what can be done about it. */
function offerPackages(app: App, params: SdkCommandParams, failure: Failure): void {
  const install = detailNames(failure.details, "install");
  const anyway = (): Promise<void> => run(app, { ...params, checkImports: false });
  const installed = async (): Promise<void> => {
    if ((await inTerminal(l10n.t("Install packages"), install, {})) === 0) {
      await run(app, params);
    }
  };
  const guarded = (act: () => Promise<void>) => (): void => {
    act().catch(showFailure);
  };
  const buttons: Button[] = [
    ...(install.length === 0 ? [] : [{ title: l10n.t("Install and Run"), act: guarded(installed) }]),
    ...(vscode.extensions.getExtension(PYTHON_EXTENSION) === undefined
      ? []
      : [commandButton(l10n.t("Choose Python"), "python.setInterpreter")]),
    { title: l10n.t("Run Anyway"), act: guarded(anyway) },
  ];
  showWarning(failure.sentence, buttons);
}

async function run(app: App, params: SdkCommandParams): Promise<void> {
  let made: TerminalCommand;
  try {
    made = await requestInView(app, "services", "scoredock/sdk/command", params);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== "sdk-module-missing") {
      throw error;
    }
    offerPackages(app, params, failure);
    return;
  }
  await start(app, params.path, made);
}

async function runFile(app: App, uri: vscode.Uri | undefined, lastCell: number): Promise<void> {
  requireTrust();
  if (uri?.scheme !== "file") {
    showWarning(l10n.t("Open a Python script or a notebook that imports azureml.core, and save it."));
    return;
  }
  await saveAround(uri.fsPath);
  await run(app, {
    path: uri.fsPath,
    folder: vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? "",
    interpreters: await app.chosenPythons(uri),
    lastCell,
  });
}

export async function runSdk(app: App, first: unknown, all: unknown): Promise<void> {
  await runFile(app, fileOf(first, all), 0);
}

/** A notebook up to a cell: the one of the lens or the menu, else the one that is selected. */
export async function runSdkCells(app: App, first: unknown, number: unknown): Promise<void> {
  if (typeof first === "string") {
    await runFile(app, vscode.Uri.file(first), Number(number));
    return;
  }
  const editor = vscode.window.activeNotebookEditor;
  const cell = cellOf(first) ?? editor?.notebook.cellAt(editor.selection.start);
  await runFile(app, cell?.notebook.uri, (cell?.index ?? -1) + 1);
}
