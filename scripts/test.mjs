// The tests. `npm test` is the gate: every layer at the depth that finds what changes break. `npm run test:quick` has
// rules, units and pure layers; `npm run test:long` has everything there is, and writes a report with history.
//
// The gate takes one shard of the files that cost most (tests/shards.py); SCOREDOCK_TEST_SHARD=all takes them all.
//
//   npm test -- --without docker,browser     do without parts that this machine lacks, also where CI=true asks for all
//   npm run test:long -- --resume            goes on with a long run that was ended: its seed, what has not passed yet
//   npm test -- -- -k words                  whatever comes after `--` goes to pytest
import { randomInt } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { DIST, ROOT } from "./project.mjs";
import { checkAll } from "./check.mjs";
import { keepRun, recordOf } from "./history.mjs";
import { laneCount, runInLanes } from "./lanes.mjs";
import { PURE, keepSeconds, layers } from "./layers.mjs";
import { makeVsix } from "./package.mjs";
import { NO_TESTS, runPytest } from "./pytest.mjs";
import { leftOf, leftRun, noteRun, withPassed } from "./resume.mjs";
import { verdict, runAgainWithPytest, writeSecondRuns } from "./secondRuns.mjs";
import { setUp } from "./setup.mjs";
import { shardOf } from "./shard.mjs";
import { Refusal, main, run, say, step } from "./steps.mjs";

const REPORTS = path.join(DIST, "reports");
const STATIC = "static checks";
const VSIX = "VSIX";
const UNIT_TESTS = "extension";
const DEPTHS = ["gate", "quick", "long"];
const PARTS = ["docker", "browser", "cluster", "tools", "old-python"];
/** Tests of time run at the end of the long run, with nothing beside them. */
const TIMED = "timed";

/** {depth, resume, without, words} of the command line. */
function readArguments(argv) {
  const words = [...argv];
  const depth = DEPTHS.includes(words[0]) ? words.shift() : "gate";
  const resume = depth === "long" && words[0] === "--resume";
  if (resume) words.shift();
  let without = [];
  if (words[0] === "--without") {
    without = (words[1] ?? "").split(",");
    words.splice(0, 2);
    const unknown = without.filter((part) => !PARTS.includes(part));
    if (unknown.length)
      throw new Refusal(
        `--without takes ${PARTS.join(", ")}, separated by commas; "${unknown.join(",")}" is none of them.`,
      );
  }
  if (words[0] === "--") words.shift();
  return { depth, resume, without, words };
}

/** Results of all that ran: counts by name, seconds by name, failed tests. */
class Results {
  counts = new Map();
  seconds = {};
  failures = [];

  /** Runs one named piece of work that gives {counts, failures}, and returns the remark for its closing line. */
  async take(name, work) {
    const begin = performance.now();
    const { counts, failures = [] } = await work();
    this.counts.set(name, counts);
    this.seconds[name] = (performance.now() - begin) / 1000;
    this.failures.push(...failures);
    return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  }
}

async function runStaticChecks() {
  const { names, failed } = await checkAll();
  return {
    counts: { collected: names.length, passed: names.length - failed.length, failed: failed.length, skipped: 0 },
    failures: failed.map((name) => ({ id: `npm run check: ${name}`, chance: true, output: "" })),
  };
}

/** Which shard of costly tests this run takes, and why. */
async function ownShard(depth) {
  if (depth !== "gate") return { shard: "all", why: "" };
  const shards = JSON.parse(fs.readFileSync(path.join(ROOT, "tests", "shards.json"), "utf8"));
  return shardOf(ROOT, shards.length, process.env.SCOREDOCK_TEST_SHARD);
}

/** The TypeScript unit tests, counted from Node's own summary. */
async function runUnitTests(env) {
  const { code, output } = await run(process.execPath, [path.join(ROOT, "tests", "extension", "run.mjs")], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    capture: true,
    allow: [0, 1],
  });
  if (code !== 0) process.stdout.write(output);
  const number = (word) => Number(new RegExp(`^\\D*\\b${word} (\\d+)\\s*$`, "m").exec(output)?.[1] ?? 0);
  const failed = number("fail") + number("cancelled") || (code === 0 ? 0 : 1);
  return {
    counts: { collected: number("tests"), passed: number("pass"), failed, skipped: number("skipped") + number("todo") },
    failures: failed ? [{ id: "npm run test:unit", chance: true, output }] : [],
  };
}

/** A layer, or what an ended run has left of it. */
async function runLayer(name, options) {
  const left = options.resume ? leftOf(name, options.reports) : { words: [] };
  if (left.result) return left.result;
  const read = await runPytest(name, [path.join("tests", name)], {
    ...options,
    words: [...options.words, ...left.words],
  });
  return withPassed(read, left.passed ?? 0);
}

function jobsOf({ depth, words, options, results }) {
  const job = (name, work, rest = {}) => ({
    name,
    work: (niceness) => results.take(name, () => work(niceness)),
    ...rest,
  });
  const chosen = layers(depth).filter((layer) => depth !== "quick" || PURE.includes(layer.name));
  const pytest = chosen.map(({ name, needsDist, niceness }) =>
    job(name, (atLeast) => runLayer(name, { ...options, niceness: Math.max(niceness, atLeast), words }), {
      after: needsDist ? [VSIX] : [],
    }),
  );
  const units = job(UNIT_TESTS, () => runUnitTests(options.env));
  if (depth === "quick") return [units, ...pytest];
  const vsix = { name: VSIX, work: async () => path.basename(await makeVsix()) };
  return [vsix, job(STATIC, runStaticChecks), units, ...pytest];
}

function printCounts(counts) {
  const keys = Object.keys(NO_TESTS);
  const line = (name, values) => `${name.padEnd(14)}${values.map((value) => String(value).padStart(11)).join("")}`;
  const total = { ...NO_TESTS };
  console.log(`\n${line("layer", keys)}`);
  for (const [name, each] of counts) {
    if (each.collected === 0) continue;
    for (const key of keys) total[key] += each[key];
    console.log(
      line(
        name,
        keys.map((key) => each[key]),
      ),
    );
  }
  console.log(
    line(
      "total",
      keys.map((key) => total[key]),
    ),
  );
  return total;
}

/** Everything that is asked for, a failed test once more: {results, outcome}. */
async function runTests({ depth, words, options, seed }) {
  const results = new Results();
  const long = depth === "long";
  // A test at its whole depth has half an hour: what hangs is told from what other work holds up.
  const inLanes = long ? ["-m", "not timed", `--hypothesis-seed=${seed}`, "--timeout=1800", ...words] : words;
  await runInLanes(jobsOf({ depth, words: inLanes, options, results }), laneCount());
  if (long) {
    await step(TIMED, () =>
      results.take(TIMED, () => runPytest(TIMED, ["tests"], { ...options, words: ["-m", "timed", ...words] })),
    );
  }
  return { results, outcome: await runAgainWithPytest(results.failures, options) };
}

/** Prints the table, the second runs and the closing line: {failed, total}. */
function printOutcome({ results, outcome, seconds }) {
  const { lines, green } = verdict(outcome);
  const total = printCounts(results.counts);
  for (const test of outcome.failed) console.log(`failed: ${test.id}`);
  for (const line of lines) console.log(line);
  const failed = green ? 0 : Math.max(outcome.failed.length, 1);
  const passed = total.collected - total.skipped - failed;
  // Worded as pytest closes a run: whoever reads only the last such line reads the one for all layers.
  const counts = [
    ...(failed ? [`${failed} failed`] : []),
    `${passed} passed`,
    ...(total.skipped ? [`${total.skipped} skipped`] : []),
  ];
  console.log(`\n===== ${counts.join(", ")} in ${seconds.toFixed(2)}s =====`);
  return { failed, total };
}

/** {seed, minutes} of the run that begins, or is gone on with; seed 0 for all but long runs. */
function beginRun({ depth, resume }) {
  const left = resume ? leftRun(REPORTS) : undefined;
  if (resume && left === undefined)
    throw new Refusal("There is no long run to go on with: dist/reports has no run.json.");
  if (!resume) fs.rmSync(REPORTS, { recursive: true, force: true });
  fs.mkdirSync(REPORTS, { recursive: true });
  if (depth !== "long") return { seed: 0, minutes: 0 };
  const begun = left ?? { seed: Number(process.env.SCOREDOCK_TEST_SEED || randomInt(1, 2 ** 31)), minutes: 0 };
  say(`long run, seed ${begun.seed}${resume ? `, goes on after ${begun.minutes.toFixed(0)} minutes` : ""}`);
  noteRun(REPORTS, begun);
  return begun;
}

/** Keeps what later runs and the history want to know of this one. */
function keepResults({ depth, resume, without, words }, { results, outcome, seed, minutes }) {
  // A run without Docker says nothing of how long the layers with it take, a later sitting nothing of those before.
  if (!words.length && !without.length && !resume && depth !== "quick") keepSeconds(depth, results.seconds);
  if (depth !== "long") return;
  const { counts, seconds } = results;
  say(`report: ${keepRun(recordOf({ seed, minutes, results: [...counts], seconds, ...outcome }), REPORTS)}`);
}

await main(async () => {
  const begin = performance.now();
  const given = readArguments(process.argv.slice(2));
  const { depth, resume, without, words } = given;
  const { seed, minutes: before } = beginRun(given);
  const seconds = () => before * 60 + (performance.now() - begin) / 1000;
  const { shard, why } = await ownShard(depth);
  if (depth === "gate") say(`costly tests: shard ${shard}, ${why} (SCOREDOCK_TEST_SHARD=${shard} repeats it)`);
  const env = {
    SCOREDOCK_TEST_SHARD: shard,
    SCOREDOCK_TEST_WITHOUT: without.join(","),
    ...(depth === "long" ? { SCOREDOCK_TEST_DEPTH: "long", SCOREDOCK_TEST_SEED: String(seed) } : {}),
  };
  const options = { reports: REPORTS, env, resume };
  await setUp();
  const { results, outcome } = await runTests({ depth, words, options, seed });
  writeSecondRuns(REPORTS, outcome);
  const { failed, total } = printOutcome({ results, outcome, seconds: seconds() });
  keepResults(given, { results, outcome, seed, minutes: (seconds() / 60).toFixed(1) });
  if (failed) throw new Refusal(`${failed} of ${total.collected} tests failed; dist/reports holds the output.`);
  say("all tests passed");
});
