/**
 * The private environment that the server runs from, made from the wheels in the package without a network.
 *
 * It lies in the extension's global storage under a name made of the extension's version and the interpreter. A file
 * written last marks it complete; a folder without that mark is never used and is made anew. No `vscode` here.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import * as path from "node:path";
import * as l10n from "@vscode/l10n";

import { LocalFault, remedy } from "../text/errors";
import type { Interpreter } from "./interpreter";
import { withLock } from "./lock";
import type { RunProgram } from "./process";

export interface Recipe {
  readonly interpreter: Interpreter;
  /** Version of the extension. */
  readonly version: string;
  /** `server/` of the package: wheelhouse and requirements.txt. */
  readonly packageFolder: string;
  /** Folder that all environments lie in. */
  readonly storage: string;
  readonly run: RunProgram;
  readonly report: (step: string) => void;
  readonly signal: AbortSignal;
}

/** The file that says that an environment is complete. */
export const MARK = "complete.json";
const INSTALL_TIMEOUT = 10 * 60_000;
const VENV_TIMEOUT = 2 * 60_000;
/** An environment of another version or interpreter that nobody has used for this long is removed. */
const KEEP = 30 * 24 * 60 * 60 * 1000;

/** Where the interpreter of a virtual environment lies. */
export function pythonOf(environment: string): string {
  return process.platform === "win32"
    ? path.join(environment, "Scripts", "python.exe")
    : path.join(environment, "bin", "python");
}

/** The lock file is part of the name: a development build may change it without a new version. */
export function environmentName(interpreter: Interpreter, version: string, requirements: Buffer): string {
  const hash = createHash("sha256")
    .update(interpreter.executable)
    .update("\0")
    .update(interpreter.version)
    .update("\0")
    .update(requirements);
  return `${version}-${interpreter.tag}-${hash.digest("hex").slice(0, 12)}`;
}

async function isUsable(environment: string): Promise<boolean> {
  try {
    await access(path.join(environment, MARK));
    // Follows the link to the interpreter it was made from, which may have been uninstalled.
    await access(pythonOf(environment), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installFault(step: string, output: string): LocalFault {
  const last = output.trim().split(/\r?\n/).slice(-4).join(" ").slice(0, 400);
  return new LocalFault(
    "server-environment-failed",
    l10n.t("The environment of the Scoredock server could not be created: {0} failed. {1}", step, last),
    [{ ...remedy("restartServer"), title: l10n.t("Retry") }, remedy("choosePython"), remedy("showLog")],
  );
}

async function wheelOf(wheelhouse: string, name: string): Promise<string> {
  const wheel = (await readdir(wheelhouse)).find((file) => file.startsWith(`${name}-`) && file.endsWith(".whl"));
  if (wheel === undefined) {
    throw installFault(l10n.t("finding {0} in the package", name), wheelhouse);
  }
  return path.join(wheelhouse, wheel);
}

async function findFile(folder: string, name: string): Promise<string | undefined> {
  const entries = await readdir(folder, { recursive: true });
  const found = entries.find(
    (entry) => path.basename(entry) === name && path.basename(path.dirname(entry)) === "scripts",
  );
  return found === undefined ? undefined : path.join(folder, found);
}

/** A wheel is a zip file; the interpreter's own zipfile unpacks it. */
async function unpackUv(recipe: Recipe, wheelhouse: string, folder: string): Promise<string> {
  const wheel = await wheelOf(wheelhouse, "uv");
  const ran = await recipe.run(recipe.interpreter.executable, ["-I", "-m", "zipfile", "-e", wheel, folder], {
    timeout: VENV_TIMEOUT,
    cwd: recipe.storage,
    signal: recipe.signal,
  });
  const uv = ran.code === 0 ? await findFile(folder, process.platform === "win32" ? "uv.exe" : "uv") : undefined;
  if (uv === undefined) {
    throw installFault(l10n.t("unpacking uv"), ran.stderr);
  }
  await chmod(uv, 0o755);
  return uv;
}

/** Without the settings of the person's own uv and pip: the package alone decides what is installed. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(UV_|PIP_|PYTHON|VIRTUAL_ENV|CONDA_)/i.test(name));
  return Object.fromEntries(kept);
}

async function make(recipe: Recipe, environment: string): Promise<void> {
  const wheelhouse = path.join(recipe.packageFolder, "wheelhouse");
  const tools = `${environment}.tools`;
  await rm(environment, { recursive: true, force: true });
  await rm(tools, { recursive: true, force: true });
  await mkdir(tools, { recursive: true });
  try {
    recipe.report(l10n.t("Unpacking"));
    const uv = await unpackUv(recipe, wheelhouse, tools);
    const options = { cwd: recipe.storage, env: cleanEnvironment(), signal: recipe.signal };
    recipe.report(l10n.t("Creating the environment with Python {0}", recipe.interpreter.version));
    const venv = await recipe.run(
      uv,
      [
        "venv",
        "--offline",
        "--no-config",
        "--no-python-downloads",
        "--no-project",
        "--python",
        recipe.interpreter.executable,
        "--",
        environment,
      ],
      { ...options, timeout: VENV_TIMEOUT },
    );
    if (venv.code !== 0) {
      throw installFault(l10n.t("creating the environment"), venv.stderr);
    }
    recipe.report(l10n.t("Installing the server"));
    const installed = await recipe.run(
      uv,
      [
        ...[
          "pip",
          "install",
          "--offline",
          "--no-config",
          "--no-cache",
          "--link-mode",
          "copy",
          "--no-index",
          "--find-links",
          wheelhouse,
        ],
        ...[
          "--require-hashes",
          "--python",
          pythonOf(environment),
          "--requirements",
          path.join(recipe.packageFolder, "requirements.txt"),
        ],
      ],
      { ...options, timeout: INSTALL_TIMEOUT },
    );
    if (installed.code !== 0) {
      throw installFault(l10n.t("installing the server"), installed.stderr);
    }
    await writeFile(
      path.join(environment, MARK),
      JSON.stringify({ interpreter: recipe.interpreter, version: recipe.version }),
    );
  } catch (error) {
    await rm(environment, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(tools, { recursive: true, force: true });
  }
}

async function removeUnused(storage: string, used: string): Promise<void> {
  for (const entry of await readdir(storage)) {
    const folder = path.join(storage, entry);
    try {
      if (
        folder !== used &&
        !entry.endsWith(".lock") &&
        Date.now() - (await stat(path.join(folder, MARK))).mtimeMs > KEEP
      ) {
        await rm(folder, { recursive: true, force: true });
      }
    } catch {
      // Half-made or being made by another window: not ours to judge.
    }
  }
}

/** The Python of a complete environment; made when it is not there or its interpreter vanished. Throws LocalFault. */
export async function prepareEnvironment(recipe: Recipe): Promise<string> {
  await mkdir(recipe.storage, { recursive: true });
  let requirements: Buffer;
  try {
    requirements = await readFile(path.join(recipe.packageFolder, "requirements.txt"));
  } catch (error) {
    throw installFault(l10n.t("reading the package"), String(error));
  }
  const name = environmentName(recipe.interpreter, recipe.version, requirements);
  const environment = path.join(recipe.storage, name);
  if (!(await isUsable(environment))) {
    await withLock(`${environment}.lock`, recipe.signal, async () => {
      // Another window may have made it while this one waited.
      if (!(await isUsable(environment))) {
        await make(recipe, environment);
      }
    });
  }
  await markUsed(recipe.storage, environment);
  return pythonOf(environment);
}

/** The time of the mark says when an environment was last used; what nobody uses goes. */
export async function markUsed(storage: string, environment: string): Promise<void> {
  await utimes(path.join(environment, MARK), new Date(), new Date());
  await removeUnused(storage, environment);
}
