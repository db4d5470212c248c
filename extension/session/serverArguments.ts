/** Arguments that the server's Python is started with. No `vscode` here. */
import * as path from "node:path";

/** A port of this machine on which an editor waits for the server with its debugger; for work on Scoredock itself. */
export const DEBUGGER_PORT = "SCOREDOCK_SERVER_DEBUGGER";

export interface ServerArguments {
  readonly args: readonly string[];
  /** A person may stand at a breakpoint: no answer is late then. */
  readonly debugged: boolean;
}

/** The port in the environment; undefined where there is none, or where the extension does not run from source. */
function debuggerPort(environment: NodeJS.ProcessEnv, development: boolean): number | undefined {
  const text = environment[DEBUGGER_PORT] ?? "";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return development && port >= 1 && port <= 65_535 ? port : undefined;
}

/** `development`: whether VS Code runs the extension from source, which then lies in `folder`. */
export function serverArguments(environment: NodeJS.ProcessEnv, development: boolean, folder: string): ServerArguments {
  const port = debuggerPort(environment, development);
  if (port === undefined) {
    return { args: ["-I", "-m", "scoredock.server", "--stdio"], debugged: false };
  }
  const script = path.join(folder, "pyserver", "tools", "debugged_server.py");
  return { args: ["-I", "-X", "frozen_modules=off", script, String(port), "--stdio"], debugged: true };
}
