/** Finds out how the server is started: the program, its arguments and its environment, with the reason for the log. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";

import { markUsed, prepareEnvironment } from "../python/environment";
import { LocalFault, remedy } from "../text/errors";
import { candidates, choose, notFoundMessage } from "../python/interpreter";
import { type Circumstances, type LastEnvironment, lastEnvironment, sameEnvironment } from "../python/lastEnvironment";
import { runProgram } from "../python/process";
import { chosenPythons } from "../python/pythonExtension";
import { serverArguments } from "./serverArguments";
import { withProgress } from "../window";

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

/** Under this name the extension keeps what the server ran from last. */
const LAST = "server.environment";

function circumstancesOf(context: vscode.ExtensionContext): Circumstances {
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  return {
    version: (context.extension.packageJSON as { version: string }).version,
    packageFolder: path.join(context.extensionPath, "server"),
    storage: path.join(context.globalStorageUri.fsPath, "environments"),
    setting: vscode.workspace.getConfiguration("scoredock.server").get<string>("interpreter", "").trim(),
    searched: process.env["PATH"] ?? process.env["Path"] ?? "",
    avoid: vscode.workspace.isTrusted ? [] : folders,
  };
}

/** What the Python extensions name, where they have a say. */
async function pythonsOfOthers(setting: string, log: vscode.LogOutputChannel): Promise<readonly string[]> {
  return vscode.workspace.isTrusted && setting === "" ? chosenPythons(log) : [];
}

async function privatePython(
  context: vscode.ExtensionContext,
  cwd: string,
  log: vscode.LogOutputChannel,
): Promise<string> {
  const circumstances = circumstancesOf(context);
  const { version, packageFolder, storage, setting, avoid } = circumstances;
  const pythonExtension = await pythonsOfOthers(setting, log);
  const places = candidates({
    setting,
    pythonExtension,
    environment: process.env,
    platform: process.platform,
    avoid,
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
    shown ??= withProgress(
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
    const python = await prepareEnvironment({
      interpreter,
      version,
      packageFolder,
      storage,
      run: runProgram,
      report,
      signal: controller.signal,
    });
    await context.globalState.update(LAST, lastEnvironment(interpreter, pythonExtension, circumstances));
    return python;
  } finally {
    finish?.();
  }
}

function launchOf(context: vscode.ExtensionContext, program: string): Launch {
  const development = context.extensionMode === vscode.ExtensionMode.Development;
  const how = serverArguments(process.env, development, context.extensionPath);
  return { program, ...how, env: environmentOf(context), cwd: context.globalStorageUri.fsPath };
}

function lastOf(context: vscode.ExtensionContext): LastEnvironment | undefined {
  return context.globalState.get<LastEnvironment>(LAST);
}

/** How the server is started where that is known at once: as it was last, and nothing has changed since. */
export function knownLaunch(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Launch | undefined {
  if ((process.env[DEVELOPMENT_PYTHON] ?? "") !== "") {
    return undefined;
  }
  const last = lastOf(context);
  const same = sameEnvironment(last, circumstancesOf(context));
  if (last === undefined || same === undefined) {
    return undefined;
  }
  log.info(`Python ${last.interpreter.version} at ${last.interpreter.executable}: as at the last start`);
  return launchOf(context, same.python);
}

/** The next window looks for everything. */
export async function forgetLaunch(context: vscode.ExtensionContext): Promise<void> {
  await context.globalState.update(LAST, undefined);
}

/**
 * What a start that was known at once has left out: notes that the environment is in use, and asks the Python
 * extensions. What they name differently by now counts from the next start on.
 */
export async function reviewLaunch(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<void> {
  const last = lastOf(context);
  const circumstances = circumstancesOf(context);
  const same = sameEnvironment(last, circumstances);
  if (last === undefined || same === undefined) {
    return;
  }
  await markUsed(circumstances.storage, same.folder);
  const named = await pythonsOfOthers(circumstances.setting, log);
  if (!isDeepStrictEqual(named, last.pythonExtension)) {
    log.info(`The Python extension names another Python now (${named.join(", ")}): the next start uses it.`);
    await forgetLaunch(context);
  }
}

/** Makes what is missing. Throws LocalFault with the next step when the server cannot be started here. */
export async function launch(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Launch> {
  const cwd = context.globalStorageUri.fsPath;
  // Not by way of the editor, which has other things to do while a window opens.
  await mkdir(cwd, { recursive: true });
  let program = process.env[DEVELOPMENT_PYTHON] ?? "";
  if (program === "") {
    program = await privatePython(context, cwd, log);
  } else {
    log.info(`Python ${program}: named by ${DEVELOPMENT_PYTHON}`);
  }
  return launchOf(context, program);
}
