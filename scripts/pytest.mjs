// One run of pytest, and what its report log says: counts, and every test that failed with its output.
import fs from "node:fs";
import path from "node:path";
import { ROOT, PYTHON, cleanEnvironment } from "./project.mjs";
import { runWhole } from "./lanes.mjs";

/** Exit code of pytest when nothing was left to run. */
const NOTHING_COLLECTED = 5;
/** Whatever runs this long hangs: the longest layer of the long run takes about half of it. */
const INTERRUPTED_SECONDS = 4 * 3600;

export const NO_TESTS = Object.freeze({ collected: 0, passed: 0, failed: 0, skipped: 0 });

const textOf = (longrepr) => {
  if (!longrepr) return "";
  if (typeof longrepr === "string") return longrepr;
  if (Array.isArray(longrepr)) return String(longrepr.at(-1));
  const crash = longrepr.reprcrash;
  const lines = (longrepr.reprtraceback?.reprentries ?? []).flatMap((entry) => entry.data?.lines ?? []);
  return [...lines.slice(-30), crash ? `${crash.path}:${crash.lineno}: ${crash.message.split("\n")[0]}` : ""]
    .join("\n")
    .trim();
};

/** What a report says besides its traceback: captured output, its last lines. */
const outputOf = (report) =>
  [
    textOf(report.longrepr),
    ...(report.sections ?? []).map(
      ([title, text]) => `--- ${title}\n${text.trimEnd().split("\n").slice(-30).join("\n")}`,
    ),
  ].join("\n");

/**
 * Reads a report log (JSON lines of pytest-reportlog) that may end anywhere: {counts, failures, seconds}.
 * A failure is {id, chance, output}; `chance` says that no second run may take it back.
 */
export function readReportLog(file) {
  const tests = new Map();
  const broken = [];
  let finished = false;
  const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
  for (const line of lines) {
    if (!line.endsWith("}")) continue;
    const report = JSON.parse(line);
    if (report.$report_type === "SessionFinish") finished = true;
    if (report.$report_type === "CollectReport" && report.outcome === "failed") {
      broken.push({ id: report.nodeid || "collection", chance: true, output: outputOf(report) });
    }
    if (report.$report_type === "TestReport") addReport(tests, report);
  }
  return { ...summed(tests, broken), finished, tests };
}

/** Adds what a phase of a test reports to what is known of the test. */
function addReport(tests, report) {
  const test = tests.get(report.nodeid) ?? { outcome: "passed", seconds: 0, outputs: [], chance: false, ended: false };
  test.ended ||= report.when === "teardown";
  test.seconds += report.duration;
  test.chance ||= "chance" in report.keywords;
  if (report.outcome === "failed") {
    test.outcome = "failed";
    test.outputs.push(`${report.when}: ${outputOf(report)}`);
  } else if (report.outcome === "skipped" && test.outcome !== "failed") {
    test.outcome = "skipped";
  }
  tests.set(report.nodeid, test);
}

/** {counts, failures} of tests and of what could not be collected. */
function summed(tests, broken) {
  const failures = [...broken];
  const counts = { collected: tests.size + broken.length, passed: 0, failed: broken.length, skipped: 0 };
  for (const [id, test] of tests) {
    counts[test.outcome] += 1;
    if (test.outcome === "failed") failures.push({ id, chance: test.chance, output: test.outputs.join("\n") });
  }
  return { counts, failures };
}

/**
 * Runs pytest over `targets` (folders or node ids) with its output in `<reports>/<name>.log`, printed whole at its end.
 * A run that ends otherwise than pytest ends by itself counts as a failure that no second run takes back.
 */
export async function runPytest(
  name,
  targets,
  { reports, words = [], env = {}, niceness = 0, root = ROOT, allowNothing = true },
) {
  const reportLog = path.join(reports, `${name}.tests.jsonl`);
  const log = path.join(reports, `${name}.log`);
  const command = [
    "-m",
    "pytest",
    ...targets,
    "-q",
    "--no-header",
    "--tb=short",
    "--durations=5",
    "--durations-min=10",
    `--report-log=${reportLog}`,
    ...words,
  ];
  const code = await runWhole(PYTHON, command, {
    cwd: root,
    env: cleanEnvironment(env),
    log,
    niceness,
    seconds: INTERRUPTED_SECONDS,
  });
  const read = readReportLog(reportLog);
  if (code !== 0 && !(allowNothing && code === NOTHING_COLLECTED)) addEnd(read, { code, log, targets });
  return read;
}

/** pytest may also fail after the last test, in a fixture of the session for example, or be ended from outside. */
function addEnd(read, { code, log, targets }) {
  if (read.failures.length === 0 || !read.finished) {
    const end = fs.readFileSync(log, "utf8").split("\n").slice(-40).join("\n");
    const output = `pytest ended with ${code === null ? "a signal" : `exit code ${code}`}\n${end}`;
    read.failures.push({ id: targets.join(" "), chance: true, output });
    read.counts.collected += 1;
    read.counts.failed += 1;
  }
}
