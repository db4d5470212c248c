// Measures what benchmarks/ measures and prints it beside the goals; words after `--` go to benchmarks/run.py.
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { buildAll } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { main, run } from "./steps.mjs";

await main(async () => {
  await setUp();
  await buildAll();
  await run(PYTHON, [path.join(ROOT, "benchmarks", "run.py"), ...process.argv.slice(2)], {
    cwd: ROOT,
    env: cleanEnvironment(),
  });
});
