// A service under load for ten minutes, and a thousand killed workers. Another number of minutes may be given: `npm run
// test:soak -- 60`.
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { main, run } from "./steps.mjs";

await main(async () => {
  await setUp();
  const [minutes = "10", ...words] = process.argv.slice(2);
  const env = { ...cleanEnvironment(), SCOREDOCK_SOAK_MINUTES: minutes, SCOREDOCK_SOAK_KILLS: "1000" };
  await run(PYTHON, ["-m", "pytest", path.join("tests", "soak"), "-q", "--no-header", "--tb=short", ...words], {
    cwd: ROOT,
    env,
  });
});
