/** The task type `scoredock`: what a folder offers under Run Task, and what runs for a task of tasks.json. */
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import type { TerminalCommand, TaskDefinition } from "../protocol";
import type { Session } from "../session/session";
import { taskDefinition, TYPE, writtenTask } from "./taskDefinition";
import { inRow } from "../text/visible";

const SOURCE = "Scoredock";
const MATCHERS = ["finding", "refusal", "warning", "failure", "test"].map((name) => `$scoredock-${name}`);

const GROUPS: Readonly<Partial<Record<TaskDefinition["task"], vscode.TaskGroup>>> = {
  deploy: vscode.TaskGroup.Build,
  test: vscode.TaskGroup.Test,
};

function execution({ command, folder, variables }: TerminalCommand): vscode.ProcessExecution {
  const [program = "", ...words] = command;
  return new vscode.ProcessExecution(program, words, { cwd: folder, env: { ...variables } });
}

/** A terminal that says why a task cannot run, and fails. */
function refusal(sentence: string): vscode.CustomExecution {
  const written = new vscode.EventEmitter<string>();
  const closed = new vscode.EventEmitter<number>();
  const terminal: vscode.Pseudoterminal = {
    onDidWrite: written.event,
    onDidClose: closed.event,
    open: () => {
      written.fire(`${inRow(sentence)}\r\n`);
      closed.fire(1);
    },
    close: () => undefined,
  };
  return new vscode.CustomExecution(() => Promise.resolve(terminal));
}

/** The folder that a task of tasks.json belongs to; the first one for a task of the whole window. */
function folderOf(scope: vscode.Task["scope"]): vscode.WorkspaceFolder | undefined {
  return typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0];
}

/** `folders` are the open ones. */
export class TaskProvider implements vscode.TaskProvider {
  constructor(
    private readonly session: Session,
    private readonly folders: () => readonly string[],
  ) {}

  async provideTasks(): Promise<vscode.Task[]> {
    const { tasks } = await this.session.request("scoredock/task/list", { folders: [...this.folders()] });
    return tasks.flatMap(({ folder, definition, command }) => {
      const scope = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder));
      if (scope === undefined) {
        return [];
      }
      const written = writtenTask(definition);
      const task = new vscode.Task(written, scope, inRow(command.title), SOURCE, execution(command), MATCHERS);
      const group = GROUPS[definition.task];
      if (group !== undefined) {
        task.group = group;
      }
      return [task];
    });
  }

  async resolveTask(task: vscode.Task): Promise<vscode.Task> {
    const { definition, scope, name } = task;
    const run = await this.executionOf(definition, folderOf(scope)?.uri.fsPath ?? "");
    return new vscode.Task(definition, scope ?? vscode.TaskScope.Workspace, name, SOURCE, run, MATCHERS);
  }

  private async executionOf(
    definition: vscode.TaskDefinition,
    folder: string,
  ): Promise<vscode.ProcessExecution | vscode.CustomExecution> {
    try {
      const params = { folder, definition: taskDefinition(definition) };
      return execution(await this.session.request("scoredock/task/command", params));
    } catch (error) {
      return refusal(failureOf(error).sentence);
    }
  }
}

/** Registers the task type. */
export function taskProvider(provider: vscode.TaskProvider): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TYPE, provider);
}
