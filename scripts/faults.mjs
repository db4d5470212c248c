// Every fault of the registry there is, for hours, and its figures as one table; words after `--` go to pytest.
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
    "everything",
    "-q",
    "--no-header",
    "--tb=short",
    ...process.argv.slice(2),
  ];
  await run(PYTHON, command, { cwd: ROOT, env: { ...cleanEnvironment(), SCOREDOCK_TEST_DEPTH: "long" } });
});
