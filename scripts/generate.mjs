// Writes the generated files anew; `--check` only says which are stale.
import path from "node:path";
import { PYSERVER, PYTHON, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { isStarted, main, run } from "./steps.mjs";

/** Runs the generator with the words given. */
export function generate(words) {
  return run(PYTHON, [path.join(PYSERVER, "tools", "generate.py"), ...words], { env: cleanEnvironment() });
}

if (isStarted(import.meta.url)) {
  await main(async () => {
    await setUp();
    await generate(process.argv.slice(2));
  });
}
