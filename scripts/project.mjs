// Where the parts of this checkout lie. The checkout may sit at any path, also one with spaces.
import path from "node:path";
import os from "node:os";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
export const VENV = path.join(ROOT, ".venv");
export const DIST = path.join(ROOT, "dist");
export const PYSERVER = path.join(ROOT, "pyserver");

const windows = process.platform === "win32";

/** A program of a virtual environment; `name` without its ".exe". */
export function inVenv(venv, name) {
  return windows ? path.join(venv, "Scripts", `${name}.exe`) : path.join(venv, "bin", name);
}

export const PYTHON = inVenv(VENV, "python");
export const UV = inVenv(VENV, "uv");

/** Downloads that outlive a checkout. */
export function cacheFolder() {
  const base = windows
    ? (process.env.LOCALAPPDATA ?? path.join(os.homedir(), "AppData", "Local"))
    : (process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"));
  return path.join(base, "scoredock");
}

/** The environment for Python tools: nothing of a person's own activated environment leaks in. */
export function cleanEnvironment(extra = {}) {
  const env = { ...process.env, PYTHONUTF8: "1", UV_PYTHON_DOWNLOADS: "never", ...extra };
  // Images of containers often say that no bytecode is kept. Each of thousands of starts would compile all that it
  // imports.
  for (const name of ["VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX", "PYTHONDONTWRITEBYTECODE"]) {
    if (!(name in extra)) delete env[name];
  }
  return env;
}

/** The npm that belongs to the running Node, as [program, first arguments]. */
export function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith(".js") || cli?.endsWith(".cjs")) return [process.execPath, [cli]];
  return windows ? [process.env.ComSpec ?? "cmd.exe", ["/d", "/s", "/c", "npm"]] : ["npm", []];
}
