// What failed runs once more, alone: a test that was only unlucky beside the others costs no whole run, and is named.
import fs from "node:fs";
import path from "node:path";
import { runPytest } from "./pytest.mjs";
import { say } from "./steps.mjs";

/** So many tests may pass only in their second run; with more, the run is red. */
export const MOST_UNSTEADY = 3;
/** With more failures than this something is broken, and running it all again tells nothing new. */
const MOST_SECOND_RUNS = 10;

/**
 * Runs every failed test again, alone, but those of chance: gives {unsteady, failed}, each a list of {id, output,
 * second}. `unsteady` passed now. `run(id, number)` runs one test and gives its {counts, failures}.
 */
export async function runAgain(failures, run) {
  const again = failures.filter((failure) => !failure.chance);
  const failed = failures.filter((failure) => failure.chance);
  if (again.length > MOST_SECOND_RUNS) {
    say(`${again.length} tests failed, which is too many for second runs`);
    return { unsteady: [], failed: failures };
  }
  const unsteady = [];
  for (const [number, failure] of again.entries()) {
    say(`once more, alone: ${failure.id}`);
    const { counts, failures: left } = await run(failure.id, number);
    const passed = counts.passed > 0 && left.length === 0;
    (passed ? unsteady : failed).push({
      ...failure,
      second: passed ? "passed" : left.map((each) => each.output).join("\n") || "nothing ran",
    });
  }
  return { unsteady, failed };
}

/** The same with pytest, its logs beside those of the layers. */
export const runAgainWithPytest = (failures, options) =>
  runAgain(failures, (id, number) => runPytest(`second-${number + 1}`, [id], { ...options, allowNothing: false }));

/** What the closing lines say of it, and whether the run may stay green. */
export function verdict({ unsteady, failed }) {
  const lines = unsteady.map((test) => `passed only in its second run, alone: ${test.id}`);
  if (unsteady.length > MOST_UNSTEADY)
    lines.push(`${unsteady.length} tests passed only in their second run; ${MOST_UNSTEADY} may.`);
  return { lines, green: failed.length === 0 && unsteady.length <= MOST_UNSTEADY };
}

/** dist/reports/second-runs.md: every test that needed a second run, with both outputs. */
export function writeSecondRuns(reports, { unsteady, failed }) {
  const block = (title, text) => `${title}\n\n\`\`\`\n${text.trim()}\n\`\`\`\n`;
  const page = (test) =>
    [
      `## ${test.id}\n`,
      block("First run, beside the others:", test.output),
      block("Second run, alone:", test.second),
    ].join("\n");
  const tests = [...unsteady, ...failed.filter((test) => test.second !== undefined)];
  if (!tests.length) return;
  const head = [
    "# Tests that ran twice\n\nWhoever sees a name here finds the cause in the same change: ",
    "a fault of the product gets a test that fails every time, a fault of the test is mended.\n",
  ].join("");
  fs.writeFileSync(path.join(reports, "second-runs.md"), [head, ...tests.map(page)].join("\n"));
}
