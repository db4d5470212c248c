// Every check that runs no product code: formatting, lint and types on both sides, import rules, generated files.
// `npm run check -- ruff eslint` has only those, for .pre-commit-config.yaml.
import path from "node:path";
import { ROOT, PYSERVER, PYTHON, cacheFolder, cleanEnvironment, inVenv, VENV } from "./project.mjs";
import { generate } from "./generate.mjs";
import { setUp } from "./setup.mjs";
import { Refusal, isStarted, main, run, say, step } from "./steps.mjs";

const node = (file, ...words) => [
  process.execPath,
  [path.join(ROOT, "node_modules", ...file.split("/")), ...words],
  ROOT,
];
const python = (...words) => [PYTHON, ["-m", ...words], PYSERVER];
const FOLDERS = [".", "../tests", "../benchmarks", "../examples", "../scripts"];

const CHECKS = [
  ["ruff", python("ruff", "check", ...FOLDERS)],
  ["ruff format", python("ruff", "format", "--check", ...FOLDERS)],
  // It compares contents, so that every checkout of this machine can begin with what another one has found.
  ["mypy", python("mypy", "--cache-dir", path.join(cacheFolder(), "mypy"))],
  ["import rules", [inVenv(VENV, "lint-imports"), [], PYSERVER]],
  ["prettier", node("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "**/*.{ts,mjs}")],
  ["tsc", node("typescript-native/bin/tsc", "--noEmit")],
  ["eslint", node("eslint/bin/eslint.js", ".", "--max-warnings", "0")],
  ["oxlint", node("oxlint/bin/oxlint", "--deny-warnings", "extension", "tests/extension")],
];

const GENERATED = "generated files";
/** What can be asked for by name. */
export const NAMES = [...CHECKS.map(([name]) => name), GENERATED];

/** Runs all of them, or those that are chosen, so that one run tells every fault: {names, failed}. */
export async function checkAll(chosen = NAMES) {
  const names = [];
  const failed = [];
  const guarded = (name, work) =>
    step(name, async () => {
      names.push(name);
      try {
        await work();
        return "ok";
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        failed.push(name);
        return "FAILED";
      }
    });
  for (const [name, [program, words, cwd]] of CHECKS.filter(([each]) => chosen.includes(each))) {
    await guarded(name, () => run(program, words, { cwd, env: cleanEnvironment(), quiet: true }));
  }
  if (chosen.includes(GENERATED)) await guarded(GENERATED, () => generate(["--check"]));
  return { names, failed };
}

if (isStarted(import.meta.url)) {
  await main(async () => {
    const chosen = process.argv.slice(2);
    const strange = chosen.filter((name) => !NAMES.includes(name));
    if (strange.length) throw new Refusal(`There is no check ${strange.join(", ")}; there are ${NAMES.join(", ")}.`);
    await setUp();
    const { names, failed } = await checkAll(chosen.length ? chosen : NAMES);
    if (failed.length) throw new Refusal(`These checks failed: ${failed.join(", ")}.`);
    say(chosen.length ? `passed: ${names.join(", ")}` : "all checks passed");
  });
}
