// The long fault figures of the registry, printed as one table at the end; words after `--` go to pytest.
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { main, run } from "./steps.mjs";

await main(async () => {
  await setUp();
  const command = [
    "-m",
    "pytest",
    path.join("tests", "faults"),
    "--faults",
    "long",
    "-q",
    "--no-header",
    "--tb=short",
    ...process.argv.slice(2),
  ];
  await run(PYTHON, command, { cwd: ROOT, env: cleanEnvironment() });
});
