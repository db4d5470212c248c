/** Reads which Python the person chose in the Python extensions, when they are there. They are never needed. */
import * as vscode from "vscode";

const PATIENCE = 5_000;

function field(value: unknown, ...names: readonly string[]): unknown {
  let current = value;
  for (const name of names) {
    if (typeof current !== "object" || current === null) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** Calls a method that may not be there; undefined for anything but an answer in time. */
async function call(owner: unknown, name: string, ...args: readonly unknown[]): Promise<unknown> {
  const method = field(owner, name);
  if (typeof method !== "function") {
    return undefined;
  }
  return inTime(Promise.resolve((method as (...given: unknown[]) => unknown).apply(owner, [...args])));
}

async function inTime<T>(work: PromiseLike<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function exportsOf(id: string): Promise<unknown> {
  const extension = vscode.extensions.getExtension<unknown>(id);
  return extension === undefined ? undefined : inTime(extension.activate());
}

function text(value: unknown): string[] {
  return typeof value === "string" && value !== "" ? [value] : [];
}

async function fromEnvironments(file: vscode.Uri | undefined): Promise<string[]> {
  const environment = await call(await exportsOf("ms-python.vscode-python-envs"), "getEnvironment", file);
  return text(field(environment, "execInfo", "run", "executable"));
}

async function fromPython(file: vscode.Uri | undefined): Promise<string[]> {
  const environments = field(await exportsOf("ms-python.python"), "environments");
  const chosen = await call(environments, "getActiveEnvironmentPath", file);
  const resolved = await call(environments, "resolveEnvironment", chosen);
  return text(field(resolved, "executable", "uri", "fsPath"));
}

/**
 * Executables that the person chose there, best first, of several folders for the one of a file. Never fails: what
 * cannot be read is left out and logged.
 */
export async function chosenPythons(log: vscode.LogOutputChannel, file?: vscode.Uri): Promise<string[]> {
  const found: string[] = [];
  for (const source of [fromEnvironments, fromPython]) {
    try {
      found.push(...(await source(file)));
    } catch (error) {
      log.warn(`The choice of the Python extension could not be read: ${String(error)}`);
    }
  }
  return found;
}
