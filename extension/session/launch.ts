/** Finds out how the server is started: the program, its arguments and its environment, with the reason for the log. */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

import { prepareEnvironment } from "../python/environment";
import { LocalFault, remedy } from "../text/errors";
import { candidates, choose, notFoundMessage } from "../python/interpreter";
import { runProgram } from "../python/process";
import { chosenPythons } from "../python/pythonExtension";
import { serverArguments } from "./serverArguments";

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Not an open folder: nothing of the person's may be imported from it. */
  readonly cwd: string;
  /** A person may stand at a breakpoint of the server: no answer is late then. */
  readonly debugged: boolean;
}

/** Names a Python that has the server installed; for working on Scoredock itself and its tests. */
export const DEVELOPMENT_PYTHON = "SCOREDOCK_SERVER_PYTHON";

function environmentOf(context: vscode.ExtensionContext): NodeJS.ProcessEnv {
  const home = vscode.workspace.getConfiguration("scoredock").get<string>("home", "");
  const wheelhouse = path.join(context.extensionPath, "server", "wheelhouse");
  return {
    ...process.env,
    PYTHONUTF8: "1",
    ...(home === "" ? {} : { SCOREDOCK_HOME: home }),
    ...(existsSync(wheelhouse) ? { SCOREDOCK_WHEELHOUSE: wheelhouse } : {}),
  };
}

async function privatePython(
  context: vscode.ExtensionContext,
  cwd: string,
  log: vscode.LogOutputChannel,
): Promise<string> {
  const trusted = vscode.workspace.isTrusted;
  const setting = vscode.workspace.getConfiguration("scoredock.server").get<string>("interpreter", "").trim();
  const places = candidates({
    setting,
    pythonExtension: trusted && setting === "" ? await chosenPythons(log) : [],
    environment: process.env,
    platform: process.platform,
    avoid: trusted ? [] : (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    exists: existsSync,
  });
  const choice = await choose(places, runProgram, cwd);
  for (const looked of choice.looked) {
    log.info(`Python ${looked.place} is not used: ${looked.problem}`);
  }
  if (choice.interpreter === undefined) {
    throw new LocalFault("server-python-not-found", notFoundMessage(choice.looked, setting), [
      remedy("choosePython"),
      { ...remedy("restartServer"), title: vscode.l10n.t("Retry") },
    ]);
  }
  const interpreter = choice.interpreter;
  log.info(`Python ${interpreter.version} at ${interpreter.executable}: ${choice.reason}`);
  const controller = new AbortController();
  let shown: Thenable<void> | undefined;
  let finish: (() => void) | undefined;
  let progress: vscode.Progress<{ message?: string }> | undefined;
  // The progress appears with the first step, so that an environment that is there already shows nothing.
  const report = (step: string): void => {
    shown ??= vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Preparing Scoredock (once)"),
        cancellable: true,
      },
      async (bar, token) => {
        progress = bar;
        token.onCancellationRequested(() => {
          controller.abort(
            new LocalFault(
              "server-environment-failed",
              vscode.l10n.t("Preparing the Scoredock server was cancelled."),
              [{ ...remedy("restartServer"), title: vscode.l10n.t("Retry") }],
            ),
          );
        });
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
    );
    progress?.report({ message: step });
    log.info(step);
  };
  try {
    return await prepareEnvironment({
      interpreter,
      version: (context.extension.packageJSON as { version: string }).version,
      packageFolder: path.join(context.extensionPath, "server"),
      storage: path.join(context.globalStorageUri.fsPath, "environments"),
      run: runProgram,
      report,
      signal: controller.signal,
    });
  } finally {
    finish?.();
  }
}

/** Makes what is missing. Throws LocalFault with the next step when the server cannot be started here. */
export async function launch(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Launch> {
  const cwd = context.globalStorageUri.fsPath;
  await vscode.workspace.fs.createDirectory(context.globalStorageUri);
  let program = process.env[DEVELOPMENT_PYTHON] ?? "";
  if (program === "") {
    program = await privatePython(context, cwd, log);
  } else {
    log.info(`Python ${program}: named by ${DEVELOPMENT_PYTHON}`);
  }
  const development = context.extensionMode === vscode.ExtensionMode.Development;
  const how = serverArguments(process.env, development, context.extensionPath);
  return { program, ...how, env: environmentOf(context), cwd };
}
