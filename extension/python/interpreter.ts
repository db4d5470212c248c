/** Picks the Python that the server's private environment is made from: a value and the reason. No `vscode` here. */
import * as path from "node:path";
import * as l10n from "@vscode/l10n";

import type { RunProgram } from "./process";

/** CPython versions that the wheels in the package serve, newest last. */
export const SUPPORTED_MINORS = [10, 11, 12, 13, 14] as const;

export type InterpreterOrigin = "setting" | "pythonExtension" | "path" | "launcher";

/** Something that may be a Python. */
export interface Candidate {
  readonly origin: InterpreterOrigin;
  /** Absolute path, or for the launcher the program with its arguments. */
  readonly program: string;
  readonly args?: readonly string[];
}

export interface Interpreter {
  /** What `sys.executable` says. */
  readonly executable: string;
  /** `3.12.4` */
  readonly version: string;
  /** `cp312` */
  readonly tag: string;
}

/** One place that was looked at, and why it was not taken. */
export interface RejectedCandidate {
  readonly place: string;
  readonly problem: string;
}

export type InterpreterChoice =
  | { readonly interpreter: Interpreter; readonly reason: string; readonly looked: readonly RejectedCandidate[] }
  | { readonly interpreter: undefined; readonly looked: readonly RejectedCandidate[] };

const FACTS = [
  "import sys,sysconfig,platform",
  "print(sys.executable)",
  "print('%d.%d.%d'%sys.version_info[:3])",
  "print(platform.python_implementation())",
  "print(64 if sys.maxsize>2**32 else 32)",
  "print(1 if sysconfig.get_config_var('Py_GIL_DISABLED') else 0)",
].join(";");

const PROBE_TIMEOUT = 15_000;

/** What a program says of itself, or the sentence why it cannot be used. */
export async function probe(
  candidate: Candidate,
  run: RunProgram,
  cwd: string,
): Promise<Interpreter | { readonly problem: string }> {
  const ran = await run(candidate.program, [...(candidate.args ?? []), "-I", "-c", FACTS], {
    timeout: PROBE_TIMEOUT,
    cwd,
  });
  const [executable, version, implementation, bits, free] = ran.stdout.trim().split(/\r?\n/);
  if (ran.code !== 0 || executable === undefined || version === undefined) {
    const said = ran.stderr.trim().split(/\r?\n/).at(-1) ?? "";
    // What Node says of a program that is not there.
    const absent = /^spawn .* ENOENT$/.test(said);
    return { problem: absent ? l10n.t("there is no such program") : l10n.t("it does not start: {0}", said) };
  }
  const [major, minor] = version.split(".").map(Number);
  const problem = problemOf({ implementation, version, major, minor, bits, free });
  return problem === "" ? { executable, version, tag: `cp${major ?? ""}${minor ?? ""}` } : { problem };
}

interface Facts {
  readonly implementation: string | undefined;
  readonly version: string;
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly bits: string | undefined;
  readonly free: string | undefined;
}

/** Why a Python cannot be used; empty when it can. */
function problemOf({ implementation, version, major, minor, bits, free }: Facts): string {
  if (implementation !== "CPython") {
    return l10n.t("it is {0}, not CPython", implementation ?? "");
  }
  if (major !== 3 || minor === undefined || !SUPPORTED_MINORS.some((supported) => supported === minor)) {
    return l10n.t("it is Python {0}", version);
  }
  if (bits !== "64") {
    return l10n.t("it is a 32-bit program");
  }
  if (free === "1") {
    return l10n.t("it is a free-threaded build");
  }
  return "";
}

function place(candidate: Candidate): string {
  return [candidate.program, ...(candidate.args ?? [])].join(" ");
}

function reason(candidate: Candidate): string {
  switch (candidate.origin) {
    case "setting":
      return l10n.t("named by the setting scoredock.server.interpreter");
    case "pythonExtension":
      return l10n.t("chosen in the Python extension");
    case "path":
      return l10n.t("found on the PATH");
    case "launcher":
      return l10n.t("found by the Python launcher");
  }
}

/** The first candidate that works, in the order given. Candidates are asked for only until one works. */
export async function choose(
  candidates: Iterable<Candidate>,
  run: RunProgram,
  cwd: string,
): Promise<InterpreterChoice> {
  const looked: RejectedCandidate[] = [];
  for (const candidate of candidates) {
    const found = await probe(candidate, run, cwd);
    if ("problem" in found) {
      looked.push({ place: place(candidate), problem: found.problem });
    } else {
      return { interpreter: found, reason: reason(candidate), looked };
    }
  }
  return { interpreter: undefined, looked };
}

export interface SearchContext {
  /** Value of the setting; empty when not set. */
  readonly setting: string;
  /**
   * Executables that the Python extension names, best first; empty when it is not there or the folder is not trusted.
   */
  readonly pythonExtension: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Folders that programs are never taken from: the open ones while they are not trusted. */
  readonly avoid: readonly string[];
  readonly exists: (file: string) => boolean;
}

function inside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}

function pathCandidates(around: SearchContext): Candidate[] {
  const windows = around.platform === "win32";
  const versioned = [...SUPPORTED_MINORS].reverse().map((minor) => `python3.${minor}`);
  const names = windows ? ["python.exe", "python3.exe"] : ["python3", "python", ...versioned];
  const list = around.environment["PATH"] ?? around.environment["Path"] ?? "";
  // A relative entry would mean another program in every folder, so it is never taken.
  const folders = list
    .split(windows ? ";" : ":")
    .filter((folder) => path.isAbsolute(folder) && !around.avoid.some((avoided) => inside(avoided, folder)));
  const found: Candidate[] = [];
  for (const name of names) {
    for (const folder of folders) {
      const program = path.join(folder, name);
      // The Windows shop puts a program of this name there that opens the shop.
      if (
        around.exists(program) &&
        !/\\WindowsApps\\/i.test(program) &&
        !found.some((earlier) => earlier.program === program)
      ) {
        found.push({ origin: "path", program });
      }
    }
  }
  return found;
}

function launcherCandidates(around: SearchContext): Candidate[] {
  const root = around.environment["SystemRoot"] ?? around.environment["windir"];
  if (around.platform !== "win32" || root === undefined) {
    return [];
  }
  const program = path.join(root, "py.exe");
  if (!around.exists(program)) {
    return [];
  }
  return [...SUPPORTED_MINORS].reverse().map((minor) => ({ origin: "launcher", program, args: [`-3.${minor}`] }));
}

/**
 * Where to look, in this order:
 * 1. the setting; when it is set nothing else is tried, since another Python would not be what the person asked for;
 * 2. what the Python extension has chosen;
 * 3. the PATH: python3, python, then the names with a version;
 * 4. the Windows launcher.
 */
export function candidates(around: SearchContext): Candidate[] {
  if (around.setting !== "") {
    return [{ origin: "setting", program: around.setting }];
  }
  const extension = around.pythonExtension.map((program): Candidate => ({ origin: "pythonExtension", program }));
  return [...extension, ...pathCandidates(around), ...launcherCandidates(around)];
}

/** The sentence when no candidate worked. */
export function notFoundMessage(looked: readonly RejectedCandidate[], setting: string): string {
  const versions = `3.${SUPPORTED_MINORS[0]}–3.${SUPPORTED_MINORS[SUPPORTED_MINORS.length - 1] ?? ""}`;
  const problems = looked.map((one) => `${one.place}: ${one.problem}`).join("; ");
  if (setting !== "") {
    return l10n.t(
      "The Python named by scoredock.server.interpreter cannot run the server ({0}). CPython {1} is needed.",
      problems,
      versions,
    );
  }
  if (looked.length === 0) {
    return l10n.t(
      "No Python was found: neither on the PATH nor by the Python extension. Scoredock needs CPython {0}.",
      versions,
    );
  }
  return l10n.t("No suitable Python was found ({0}). Scoredock needs CPython {1}.", problems, versions);
}
