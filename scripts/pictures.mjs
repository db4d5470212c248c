// Takes the pictures of README, guide and walkthrough anew, in the real editor, and leaves them for `git diff`.
// Words after `--` go to pytest; `tests/ui/test_gallery.py` instead pictures everything there is, into tests/ui/shots.
import os from "node:os";
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { main, run } from "./steps.mjs";

await main(async () => {
  await setUp();
  const words = process.argv.slice(2);
  const chosen = words.some((word) => word.startsWith("tests")) ? [] : [path.join("tests", "ui"), "-m", "pictures"];
  // Folders of tests are on some pictures: a short name for them.
  const folder = `--basetemp=${path.join(os.tmpdir(), "scoredock-pictures")}`;
  const command = ["-m", "pytest", ...chosen, "-q", "--no-header", "--tb=short", folder, ...words];
  const env = { ...cleanEnvironment(), SCOREDOCK_TEST_DEPTH: "long", SCOREDOCK_SHOTS: "1" };
  await run(PYTHON, command, { cwd: ROOT, env });
});
