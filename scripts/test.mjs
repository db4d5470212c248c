// All tests of all layers, and at the end a plain count of them. Words after `--` go to pytest.
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYTHON, cleanEnvironment } from "./project.mjs";
import { checkAll } from "./check.mjs";
import { makeVsix } from "./package.mjs";
import { setUp } from "./setup.mjs";
import { Refusal, main, run, say, step } from "./steps.mjs";

const REPORTS = path.join(DIST, "reports");
/** The order: what is quick and says most first, what needs a browser last. */
const LAYERS = [
  "rules", "configs", "checks", "language", "registry", "environments", "engines", "deploy", "runtime", "lsp", "cli", "workspaces", "samples", "faults", "packaging", "demo", "ui",
];
/** Exit code of pytest when a folder holds no test. */
const NOTHING_COLLECTED = 5;

/** Python test folders: the known ones in their order, then any that were added since. */
function layers() {
  const present = fs.readdirSync(path.join(ROOT, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.readdirSync(path.join(ROOT, "tests", entry.name), { recursive: true }).some((file) => /(^|[\\/])test_.*\.py$/.test(file)))
    .map((entry) => entry.name);
  return [...LAYERS.filter((name) => present.includes(name)), ...present.filter((name) => !LAYERS.includes(name)).sort()];
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
  const command = ["-m", "pytest", path.join("tests", layer), "-q", "--no-header", "--tb=short", `--junitxml=${report}`, ...words];
  const { code } = await run(PYTHON, command, { cwd: ROOT, env: cleanEnvironment(), allow: [0, 1, 2, 3, 4, NOTHING_COLLECTED] });
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
  for (const layer of layers()) {
    await step(`tests/${layer}`, async () => {
      const counts = await runPytest(layer, words);
      results.push([layer, counts]);
      return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    });
  }
  const total = printCounts(results);
  if (total.failed) throw new Refusal(`${total.failed} of ${total.collected} tests failed.`);
  say("all tests passed");
});
