// All tests of all layers, and at the end a plain count of them. Words after `--` go to pytest.
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYTHON, cleanEnvironment } from "./project.mjs";
import { checkAll } from "./check.mjs";
import { makeVsix } from "./package.mjs";
import { laneCount, runInLanes, runWhole } from "./lanes.mjs";
import { setUp } from "./setup.mjs";
import { Refusal, main, run, say, step } from "./steps.mjs";

const REPORTS = path.join(DIST, "reports");
/** What is quick and says most runs first and alone. */
const FIRST = ["rules"];
/** Seconds that the longest layers take, for the order: who begins last should be short. Others count as short. */
const LONG = {
  soak: 900, ui: 750, deploy: 450, no_code: 420, faults: 410, images: 400, runtime: 280, cli: 230, lsp: 200, packages: 200, containers: 150, engines: 150, schema: 130, mlflow: 100, pickles: 90, agreement: 80,
};
/** Layers that would disturb one another: those that build or install what lies in dist/, and those whose tests look at what is left in the one Docker daemon. */
const USES = {
  ui: ["dist"], packaging: ["dist"], demo: ["dist"],
  deploy: ["docker"], no_code: ["docker"], images: ["docker"], packages: ["docker"], containers: ["docker"], engines: ["docker"],
};
/** It loads the machine on purpose and measures no time: it takes what the others leave. */
const NICE = { soak: 10 };
/** Exit code of pytest when a folder holds no test. */
const NOTHING_COLLECTED = 5;

/** Python test folders, the longest first. */
function layers() {
  const present = fs.readdirSync(path.join(ROOT, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.readdirSync(path.join(ROOT, "tests", entry.name), { recursive: true }).some((file) => /(^|[\\/])test_.*\.py$/.test(file)))
    .map((entry) => entry.name);
  return present.sort((one, other) => (LONG[other] ?? 0) - (LONG[one] ?? 0) || one.localeCompare(other));
}

/** Counts of one JUnit report; a folder that could not even be collected counts as one failure. */
function readReport(file) {
  if (!fs.existsSync(file)) return { collected: 1, passed: 0, failed: 1, skipped: 0 };
  const head = /<testsuite [^>]*>/.exec(fs.readFileSync(file, "utf8"))?.[0] ?? "";
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { collected: number("tests"), passed: number("tests") - failed - number("skipped"), failed, skipped: number("skipped") };
}

async function runPytest(layer, words) {
  const report = path.join(REPORTS, `${layer}.xml`);
  const command = [
    "-m", "pytest", path.join("tests", layer), "-q", "--no-header", "--tb=short", "--durations=5", "--durations-min=10", `--junitxml=${report}`, ...words,
  ];
  const log = path.join(REPORTS, `${layer}.log`);
  const code = await runWhole(PYTHON, command, { cwd: ROOT, env: cleanEnvironment(), log, niceness: NICE[layer] });
  const counts = readReport(report);
  // pytest may fail after the last test, in a fixture of the session for example.
  if (code !== 0 && code !== NOTHING_COLLECTED && counts.failed === 0) return { ...counts, collected: counts.collected + 1, failed: 1 };
  return counts;
}

/** The TypeScript unit tests, counted from Node's own summary. */
async function runUnitTests() {
  const { code, output } = await run(process.execPath, [path.join(ROOT, "tests", "extension", "run.mjs")], { cwd: ROOT, capture: true, allow: [0, 1] });
  if (code !== 0) process.stdout.write(output);
  const number = (word) => Number(new RegExp(`^\\D*\\b${word} (\\d+)\\s*$`, "m").exec(output)?.[1] ?? 0);
  const failed = number("fail") + number("cancelled") || (code === 0 ? 0 : 1);
  return { collected: number("tests"), passed: number("pass"), failed, skipped: number("skipped") + number("todo") };
}

function printCounts(results) {
  const line = (name, counts) => `${name.padEnd(14)}${["collected", "passed", "failed", "skipped"].map((key) => String(counts[key]).padStart(11)).join("")}`;
  const total = { collected: 0, passed: 0, failed: 0, skipped: 0 };
  console.log(`\n${"layer".padEnd(14)}${["collected", "passed", "failed", "skipped"].map((key) => key.padStart(11)).join("")}`);
  for (const [name, counts] of results) {
    for (const key of Object.keys(total)) total[key] += counts[key];
    console.log(line(name, counts));
  }
  console.log(line("total", total));
  console.log(`\n${total.collected} tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total;
}

await main(async () => {
  const words = process.argv.slice(2);
  fs.rmSync(REPORTS, { recursive: true, force: true });
  fs.mkdirSync(REPORTS, { recursive: true });
  const results = [];
  await setUp();
  const broken = await checkAll();
  results.push(["static checks", { collected: 7, passed: 7 - broken.length, failed: broken.length, skipped: 0 }]);
  await step("TypeScript unit tests", async () => { results.push(["extension", await runUnitTests()]); });
  await makeVsix();
  const jobs = layers().map((layer) => ({
    name: `tests/${layer}`,
    layer,
    uses: USES[layer] ?? [],
    work: async () => {
      const counts = await runPytest(layer, words);
      results.push([layer, counts]);
      return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    },
  }));
  await runInLanes(jobs.filter((job) => FIRST.includes(job.layer)), 1);
  await runInLanes(jobs.filter((job) => !FIRST.includes(job.layer)), laneCount());
  const total = printCounts(results);
  if (total.failed) throw new Refusal(`${total.failed} of ${total.collected} tests failed.`);
  say("all tests passed");
});
