/**
 * Stands in for the program until it is used: no server runs, and nothing is shown. It starts with a file of ours in
 * the open folders or in an editor, with a command, view, task or debug session of ours, or with a page that was left
 * open.
 */
import * as vscode from "vscode";

import { look, MOST_BYTES } from "./look";
import { isOurs } from "./signs";

/** What answers once the program runs. */
interface Providers {
  readonly debugging: vscode.DebugConfigurationProvider;
  readonly tasks: vscode.TaskProvider;
}

interface Program {
  start(extension: vscode.ExtensionContext, reason: string): Providers;
  stop(): Promise<void>;
}

const TYPE = "scoredock";

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** Pages are brought back by the program alone, which the editor waits for. */
function isPageOpen(): boolean {
  return vscode.window.tabGroups.all.some(({ tabs }) =>
    tabs.some(({ input }) => input instanceof vscode.TabInputWebview && /\bscoredock\.\w+$/.test(input.viewType)),
  );
}

function isDocumentOfOurs(document: vscode.TextDocument): boolean {
  return document.uri.scheme === "file" && isOurs(document.uri.fsPath, document.getText().slice(0, MOST_BYTES));
}

function isNotebookOfOurs(notebook: vscode.NotebookDocument): boolean {
  return (
    notebook.uri.scheme === "file" &&
    notebook.getCells().some(({ document }) => isOurs("cell.py", document.getText().slice(0, MOST_BYTES)))
  );
}

export class Standby implements vscode.Disposable {
  private program: Program | undefined;
  private started: Promise<Providers> | undefined;
  /** Until the program has its own. */
  private readonly standIns: vscode.Disposable[] = [];
  /** They stay: the editor may be in the middle of asking them. */
  private readonly doors: vscode.Disposable[] = [];
  private looks = 0;

  constructor(
    private readonly extension: vscode.ExtensionContext,
    private readonly load: () => Promise<Program>,
  ) {}

  /** Ends when what the editor waits for is there. */
  async watch(): Promise<void> {
    if (isPageOpen()) {
      await this.begin("a page is open");
      return;
    }
    this.tickSteps();
    this.standIn();
    this.watchDocuments();
    void this.lookAround();
  }

  /** Ends what was started. */
  async stop(): Promise<void> {
    await this.program?.stop();
  }

  dispose(): void {
    vscode.Disposable.from(...this.standIns, ...this.doors).dispose();
  }

  private get isAsleep(): boolean {
    return this.started === undefined;
  }

  private async begin(reason: string): Promise<Providers> {
    this.started ??= this.load().then((program) => {
      this.program = program;
      // They have the names that the program registers now.
      vscode.Disposable.from(...this.standIns.splice(0)).dispose();
      return program.start(this.extension, reason);
    });
    return this.started;
  }

  /** The boxes of the walkthrough that were ticked before. */
  private tickSteps(): void {
    for (const step of this.extension.globalState.get<readonly string[]>("scoredock.steps", [])) {
      void vscode.commands.executeCommand("setContext", `scoredock.step.${step}`, true);
    }
  }

  private standIn(): void {
    const { commands } = (this.extension.extension.packageJSON as Manifest).contributes;
    this.standIns.push(
      ...commands.map(({ command }) =>
        vscode.commands.registerCommand(command, async (...given: readonly unknown[]) => {
          await this.begin(`the command ${command}`);
          return vscode.commands.executeCommand(command, ...given);
        }),
      ),
      vscode.tasks.registerTaskProvider(TYPE, {
        // Whoever opens the list of all tasks has not asked for ours.
        provideTasks: () => [],
        resolveTask: async (task, token) => (await this.begin("a task")).tasks.resolveTask(task, token),
      }),
    );
    const { Initial, Dynamic } = vscode.DebugConfigurationProviderTriggerKind;
    const debugging: vscode.DebugConfigurationProvider = {
      provideDebugConfigurations: async (folder, token) =>
        this.isAsleep ? (await this.begin("Run and Debug")).debugging.provideDebugConfigurations?.(folder, token) : [],
      resolveDebugConfiguration: async (_, given) => {
        await this.begin("a debug session");
        // The program's own provider is asked next.
        return given;
      },
    };
    this.doors.push(
      ...[Initial, Dynamic].map((kind) => vscode.debug.registerDebugConfigurationProvider(TYPE, debugging, kind)),
      vscode.window.registerWebviewViewProvider("scoredock.starting", {
        resolveWebviewView: () => void this.begin("the side bar"),
      }),
    );
  }

  private watchDocuments(): void {
    const { workspace } = vscode;
    const see = (document: vscode.TextDocument): void => {
      if (this.isAsleep && isDocumentOfOurs(document)) {
        void this.begin(document.uri.fsPath);
      }
    };
    const seeNotebook = (notebook: vscode.NotebookDocument): void => {
      if (this.isAsleep && isNotebookOfOurs(notebook)) {
        void this.begin(notebook.uri.fsPath);
      }
    };
    this.standIns.push(
      workspace.onDidOpenTextDocument(see),
      workspace.onDidSaveTextDocument(see),
      workspace.onDidOpenNotebookDocument(seeNotebook),
      workspace.onDidChangeWorkspaceFolders(() => void this.lookAround()),
    );
    workspace.textDocuments.forEach(see);
    workspace.notebookDocuments.forEach(seeNotebook);
  }

  private async lookAround(): Promise<void> {
    this.looks += 1;
    const mine = this.looks;
    const open = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    const { file } = await look(
      open.map(({ uri }) => uri.fsPath),
      () => this.isAsleep && mine === this.looks,
    );
    if (file !== undefined) {
      await this.begin(file);
    }
  }
}
