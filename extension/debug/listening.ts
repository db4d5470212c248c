/** The editor's side of a debug session: it listens on a port, and a program of ours connects to it. */
import * as net from "node:net";
import * as path from "node:path";
import * as vscode from "vscode";

import { showWarning, commandButton } from "../editor/notifications";
import type { PathMapping } from "../protocol";
import { attachConfiguration, bringsDebugger, listensOn } from "./debugSession";

const { l10n } = vscode;

const EXTENSION = "ms-python.debugpy";
const LISTEN_SECONDS = 60;

/** Whether the editor has a debugger for Python; it says what to install otherwise. */
export function hasDebugger(): boolean {
  if (vscode.extensions.all.some((extension) => bringsDebugger(extension.packageJSON))) {
    return true;
  }
  showWarning(l10n.t("To debug a script, the editor needs the Python Debugger extension."), [
    commandButton(l10n.t("Install"), "extension.open", EXTENSION),
  ]);
  return false;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Calls back with the session that listens on the port, as soon as one does. */
export function onListening(port: number, found: (session: vscode.DebugSession) => void): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event }) => {
    if (event === "debugpyWaitingForServer" && listensOn(session.configuration, port)) {
      found(session);
    }
  });
}

/** Within which the editor's Restart listens again; no sooner is a session over. */
const RESTART_SECONDS = 2;

/** A session of the same port that comes right after one: the editor's own Restart. */
export async function restartedSession(port: number): Promise<vscode.DebugSession | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      events.dispose();
      resolve(undefined);
    }, RESTART_SECONDS * 1000);
    const events = onListening(port, (session) => {
      clearTimeout(timer);
      events.dispose();
      resolve(session);
    });
  });
}

/** What is debugged. */
export interface Program {
  /** Of the session. */
  readonly name: string;
  readonly entryScript: string;
}

/**
 * Starts the editor's side; gives its session once it listens, undefined when the editor itself said why it does not.
 */
export async function listen(
  program: Program,
  port: number,
  mappings: readonly PathMapping[],
  testRun?: vscode.TestRun,
): Promise<vscode.DebugSession | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(program.entryScript));
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      clearTimeout(timer);
      events.dispose();
    };
    const timer = setTimeout(() => {
      settled();
      reject(new Error(l10n.t("The debugger of the editor did not listen within {0} seconds.", LISTEN_SECONDS)));
    }, LISTEN_SECONDS * 1000);
    const events = onListening(port, (session) => {
      settled();
      resolve(session);
    });
    // Fulfilled only when the service has connected, so it is not waited for.
    const options = testRun === undefined ? {} : { testRun };
    vscode.debug.startDebugging(folder, attachConfiguration(program.name, port, mappings), options).then(
      (started) => {
        if (!started) {
          settled();
          resolve(undefined);
        }
      },
      (error: unknown) => {
        settled();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** What the person edited and did not save yet would not be what runs. */
export async function saveMapped(mappings: readonly PathMapping[]): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    const inside = mappings.some(({ localRoot }) => !path.relative(localRoot, document.uri.fsPath).startsWith(".."));
    if (inside) {
      await saveDocument(document);
    }
  }
}

export async function saveDocument(document: vscode.TextDocument | undefined): Promise<void> {
  if (document?.isDirty === true && document.uri.scheme === "file") {
    await document.save();
  }
}
