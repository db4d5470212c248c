// Thirty one-line bugs, planted one after the other in a copy of this checkout: which test finds each of them.
//
//   npm run test:planted -- --list            which layers of tests each bug would meet
//   npm run test:planted -- --only NAME       one bug
//   npm run test:planted -- --resume          what an interrupted run has left
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { main, run } from "./steps.mjs";

await main(async () => {
  await setUp();
  const env = cleanEnvironment({ PYTHONPATH: path.join(ROOT, "tests") });
  const { code } = await run(PYTHON, ["-m", "rules.planted.run", ...process.argv.slice(2)], {
    cwd: ROOT,
    env,
    allow: [0, 1],
  });
  process.exitCode = code;
});
