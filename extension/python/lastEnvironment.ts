/**
 * Which environment the server ran from last, so that the next window starts it before anything is looked for: asking
 * interpreters and other extensions takes longer than the server itself. It is not used where anything differs that
 * could lead to another one; then everything is looked for as at first. No `vscode` here.
 */
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import * as path from "node:path";

import { environmentName, MARK, pythonOf } from "./environment";
import type { Interpreter } from "./interpreter";

/** What the choice of a Python depends on and is known without asking anybody. */
export interface Circumstances {
  /** Of the extension. */
  readonly version: string;
  /** `server/` of the package. */
  readonly packageFolder: string;
  /** Folder that all environments lie in. */
  readonly storage: string;
  /** Value of the setting; empty when not set. */
  readonly setting: string;
  /** The PATH. */
  readonly searched: string;
  /** Folders that programs are never taken from. */
  readonly avoid: readonly string[];
}

/** As JSON in the memory of the extension. */
export interface LastEnvironment {
  readonly interpreter: Interpreter;
  /** The program behind the interpreter: another one after an upgrade. */
  readonly binary: string;
  readonly circumstances: string;
  /** What the Python extensions named; they are asked again once the server runs. */
  readonly pythonExtension: readonly string[];
}

function binaryOf({ executable }: Interpreter): string {
  const real = realpathSync(executable);
  const { mtimeMs, size } = statSync(real);
  return JSON.stringify([real, mtimeMs, size]);
}

function inShort({ version, packageFolder, setting, searched, avoid }: Circumstances): string {
  return JSON.stringify([version, packageFolder, setting, searched, avoid]);
}

/** To be kept for the next window; undefined when the interpreter went away meanwhile. */
export function lastEnvironment(
  interpreter: Interpreter,
  pythonExtension: readonly string[],
  circumstances: Circumstances,
): LastEnvironment | undefined {
  try {
    return { interpreter, pythonExtension, binary: binaryOf(interpreter), circumstances: inShort(circumstances) };
  } catch {
    return undefined;
  }
}

/** The folder of the environment where nothing has changed since. */
export function sameEnvironment(
  last: LastEnvironment | undefined,
  circumstances: Circumstances,
): { readonly folder: string; readonly python: string } | undefined {
  if (last?.circumstances !== inShort(circumstances)) {
    return undefined;
  }
  try {
    const requirements = readFileSync(path.join(circumstances.packageFolder, "requirements.txt"));
    const name = environmentName(last.interpreter, circumstances.version, requirements);
    const folder = path.join(circumstances.storage, name);
    accessSync(path.join(folder, MARK));
    accessSync(pythonOf(folder), constants.X_OK);
    return binaryOf(last.interpreter) === last.binary ? { folder, python: pythonOf(folder) } : undefined;
  } catch {
    // Whatever is missing is made anew.
    return undefined;
  }
}
