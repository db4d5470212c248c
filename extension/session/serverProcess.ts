/** The server's operating-system process: started once, ended for certain. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type * as vscode from "vscode";

import type { Launch } from "./launch";

const LAST_WORDS = 400;

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Rejects when the program cannot be started. */
  readonly started: Promise<void>;
  /** A person may stand at a breakpoint of the server: no answer is late then. */
  readonly debugged: boolean;
  /** The newest line it wrote to its log: why it ended, when it did. */
  readonly lastWords: () => string;
}

/** Starts it with three pipes, and passes on its log. */
export function startServer(how: Launch, log: vscode.LogOutputChannel): ServerProcess {
  const child = spawn(how.program, [...how.args], { cwd: how.cwd, env: how.env, stdio: "pipe", windowsHide: true });
  child.once("exit", (code, signal) => {
    log.info(`The server process ${child.pid ?? 0} ended (${code ?? signal ?? "?"}).`);
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).trimEnd().slice(-LAST_WORDS);
  });
  relayLog(child.stderr, log);
  const started = new Promise<void>((resolve, reject) => {
    child.once("spawn", () => {
      log.info(`The server runs as process ${child.pid ?? 0}: ${how.program} ${how.args.join(" ")}`);
      resolve();
    });
    child.once("error", reject);
  });
  // Whoever uses the process hears of it.
  started.catch(() => undefined);
  return { child, started, debugged: how.debugged, lastWords: () => said.split(/\r?\n/).at(-1)?.trim() ?? "" };
}

const RECORD = /^\d{4}-\d\d-\d\d [\d:,]+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/;

/** Writes what the server logs to our channel, each line at the level that it was logged with. */
function relayLog(input: Readable, log: vscode.LogOutputChannel): void {
  let level = "INFO";
  createInterface({ input }).on("line", (line) => {
    const record = RECORD.exec(line);
    // The lines of a traceback belong to the record above them.
    level = record?.[1] ?? level;
    const text = record?.[2] ?? line;
    if (level === "DEBUG") {
      log.debug(text);
    } else if (level === "INFO") {
      log.info(text);
    } else if (level === "WARNING") {
      log.warn(text);
    } else {
      log.error(text);
    }
  });
}

/** Ends a process that did not end by itself; harmless for one that did. */
export function endServer(server: ServerProcess | undefined): void {
  const child = server?.child;
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
  }
}
