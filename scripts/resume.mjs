// What a long run that was ended from outside has left: its seed, how long it ran, and which tests have an outcome.
import fs from "node:fs";
import path from "node:path";
import { readReportLog } from "./pytest.mjs";

const RUN = "run.json";
const PASSED_BEFORE = ".passed";

/** Notes of a run in `reports`, for whoever goes on with it: its seed, and the minutes of the sittings before. */
export function noteRun(reports, { seed, minutes }) {
  fs.writeFileSync(path.join(reports, RUN), `${JSON.stringify({ seed, minutes, begun: Date.now() })}\n`);
}

/** {seed, minutes} of the run that `reports` is of, up to the last word of one of its tests; undefined without one. */
export function leftRun(reports) {
  const file = path.join(reports, RUN);
  if (!fs.existsSync(file)) return undefined;
  const { seed, minutes, begun } = JSON.parse(fs.readFileSync(file, "utf8"));
  const ended = Math.max(begun, ...logs(reports).map((each) => fs.statSync(path.join(reports, each)).mtimeMs));
  return { seed, minutes: minutes + (ended - begun) / 60_000 };
}

const logs = (reports) => fs.readdirSync(reports).filter((name) => name.endsWith(".tests.jsonl"));

/** The same results with so many tests besides that had passed before. */
export function withPassed(read, count) {
  const { collected, passed } = read.counts;
  return { ...read, counts: { ...read.counts, collected: collected + count, passed: passed + count } };
}

/**
 * What a layer has from before: `result` where it had ended, else the words for pytest that leave out what has passed.
 * Tests that failed or were skipped are asked again.
 */
export function leftOf(name, reports) {
  const log = path.join(reports, `${name}.tests.jsonl`);
  if (!fs.existsSync(log)) return { words: [] };
  const read = readReportLog(log);
  const list = path.join(reports, `${name}${PASSED_BEFORE}`);
  const known = fs.existsSync(list) ? fs.readFileSync(list, "utf8").split("\n").filter(Boolean) : [];
  if (read.finished) return { result: withPassed(read, known.length), words: [] };
  for (const [id, test] of read.tests) if (test.ended && test.outcome === "passed") known.push(id);
  fs.writeFileSync(list, known.join("\n"));
  return { words: [`--passed-before=${list}`], passed: known.length };
}
