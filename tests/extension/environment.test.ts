import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

import { prepareEnvironment, pythonOf, type Recipe } from "../../extension/python/environment";
import { LocalFault } from "../../extension/text/errors";
import { withLock } from "../../extension/python/lock";
import type { ProgramResult, RunProgram } from "../../extension/python/process";

const OK: ProgramResult = { code: 0, stdout: "", stderr: "" };
const root = mkdtempSync(path.join(tmpdir(), "scoredock-environment-"));
let worlds = 0;

after(() => {
  rmSync(root, { recursive: true, force: true });
});

interface World {
  readonly recipe: Recipe;
  /** The steps that were reported. */
  readonly steps: string[];
  /** Every program that was run, by the word that tells them apart. */
  readonly ran: string[];
  readonly interpreter: string;
  /** What the installation answers. */
  install: ProgramResult;
}

/** A package, an interpreter, and programs that leave behind what the real ones would. */
function world(): World {
  worlds += 1;
  const base = path.join(root, String(worlds));
  const packageFolder = path.join(base, "server");
  mkdirSync(path.join(packageFolder, "wheelhouse"), { recursive: true });
  writeFileSync(path.join(packageFolder, "requirements.txt"), "scoredock==0.1.0\n");
  writeFileSync(path.join(packageFolder, "wheelhouse", "uv-0.13.8-py3-none-any.whl"), "");
  const interpreter = path.join(base, "python3");
  writeFileSync(interpreter, "", { mode: 0o755 });
  const steps: string[] = [];
  const ran: string[] = [];
  const run: RunProgram = (_program, args) => {
    const word = args.find((arg) => arg === "zipfile" || arg === "venv" || arg === "install") ?? "";
    ran.push(word);
    if (word === "zipfile") {
      const scripts = path.join(args.at(-1) ?? "", "uv-0.13.8.data", "scripts");
      mkdirSync(scripts, { recursive: true });
      writeFileSync(path.join(scripts, process.platform === "win32" ? "uv.exe" : "uv"), "");
    } else if (word === "venv") {
      const python = pythonOf(args.at(-1) ?? "");
      mkdirSync(path.dirname(python), { recursive: true });
      symlinkSync(interpreter, python);
    }
    return Promise.resolve(word === "install" ? made.install : OK);
  };
  const recipe: Recipe = {
    interpreter: { executable: interpreter, version: "3.12.4", tag: "cp312" },
    version: "0.1.0",
    packageFolder,
    storage: path.join(base, "environments"),
    run,
    report: (step) => steps.push(step),
    signal: new AbortController().signal,
  };
  const made: World = { recipe, steps, ran, interpreter, install: OK };
  return made;
}

test("an environment is made once and found again without a word", async () => {
  const one = world();
  const python = await prepareEnvironment(one.recipe);
  assert.match(python, /environments[\\/]0\.1\.0-cp312-[0-9a-f]{12}[\\/]/);
  assert.deepEqual(one.ran, ["zipfile", "venv", "install"]);
  assert.equal(one.steps.length, 3);
  assert.equal(await prepareEnvironment(one.recipe), python);
  assert.equal(one.ran.length, 3);
});

test("an installation that fails leaves nothing behind, and the next try works", async () => {
  const one = world();
  one.install = { code: 1, stdout: "", stderr: "error: hash mismatch" };
  await assert.rejects(
    prepareEnvironment(one.recipe),
    (error) =>
      error instanceof LocalFault &&
      error.message.includes("hash mismatch") &&
      error.remedies.some((button) => button.title === "Retry"),
  );
  assert.deepEqual(readdirSync(one.recipe.storage), []);
  one.install = OK;
  await prepareEnvironment(one.recipe);
});

test("a half-made environment is never used", async () => {
  const one = world();
  const python = await prepareEnvironment(one.recipe);
  rmSync(path.join(path.dirname(path.dirname(python)), "complete.json"));
  await prepareEnvironment(one.recipe);
  assert.deepEqual(one.ran.slice(3), ["zipfile", "venv", "install"]);
});

test("when the interpreter vanished the environment is made anew", async () => {
  const one = world();
  await prepareEnvironment(one.recipe);
  rmSync(one.interpreter);
  one.install = { code: 1, stdout: "", stderr: "no such interpreter" };
  await assert.rejects(prepareEnvironment(one.recipe));
  assert.equal(one.ran.length, 6);
});

test("two windows at once make it once", async () => {
  const one = world();
  const [first, second] = await Promise.all([prepareEnvironment(one.recipe), prepareEnvironment(one.recipe)]);
  assert.equal(first, second);
  assert.equal(one.ran.length, 3);
});

test("a package without a lock file is told as a failure to read it", async () => {
  const one = world();
  rmSync(path.join(one.recipe.packageFolder, "requirements.txt"));
  await assert.rejects(
    prepareEnvironment(one.recipe),
    (error) => error instanceof LocalFault && error.code === "server-environment-failed",
  );
});

test("the lock of a process that died is taken over", async () => {
  const lock = path.join(root, "dead.lock");
  mkdirSync(lock);
  writeFileSync(path.join(lock, "pid"), "2147483646");
  assert.equal(await withLock(lock, new AbortController().signal, () => Promise.resolve("done")), "done");
  assert.equal(existsSync(lock), false);
});

test("waiting for a lock ends when the person cancels", async () => {
  const lock = path.join(root, "held.lock");
  mkdirSync(lock);
  writeFileSync(path.join(lock, "pid"), String(process.pid));
  const controller = new AbortController();
  const waiting = withLock(lock, controller.signal, () => Promise.resolve());
  controller.abort();
  await assert.rejects(waiting);
});
