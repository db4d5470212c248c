// The report of the long run, and what has changed since the runs before it: dist/reports/long.md and a file of JSON
// lines in the cache, which outlives the checkout.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { ROOT, cacheFolder } from "./project.mjs";

const HISTORY = process.env.SCOREDOCK_LONG_HISTORY ?? path.join(cacheFolder(), "long-runs.jsonl");
const SHOWN_RUNS = 15;

function commit() {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: ROOT, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

export function readHistory(file = HISTORY) {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

/** One run as a record: what the history keeps of it. */
export const recordOf = ({ seed, minutes, results, seconds, unsteady, failed }) => ({
  ended: new Date().toISOString(),
  commit: commit(),
  seed,
  minutes,
  layers: Object.fromEntries(
    results.map(([name, counts]) => [name, { ...counts, seconds: Math.round(seconds[name] ?? 0) }]),
  ),
  failed: failed.map((test) => test.id).sort(),
  unsteady: unsteady.map((test) => test.id).sort(),
});

const total = (record, key) => Object.values(record.layers).reduce((sum, layer) => sum + layer[key], 0);
const table = (head, rows) =>
  [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
const list = (title, ids) => `## ${title}\n\n${ids.length ? ids.map((id) => `- \`${id}\``).join("\n") : "None."}\n`;

/** The page: this run, what is new in it, its layers beside those of the run before, and the runs before. */
export function page(record, before) {
  const last = before.at(-1);
  const known = new Set(before.flatMap((run) => run.failed));
  const rows = Object.entries(record.layers).map(([name, layer]) => {
    const earlier = last?.layers[name];
    return [
      name,
      layer.collected,
      layer.passed,
      layer.failed,
      layer.skipped,
      layer.seconds,
      earlier ? earlier.seconds : "–",
    ];
  });
  const runs = [...before, record].slice(-SHOWN_RUNS).reverse();
  const again = `SCOREDOCK_TEST_SEED=${record.seed} npm run test:long`;
  return [
    `# Long run of ${record.ended}\n`,
    `Commit ${record.commit}, seed ${record.seed} (the same again: \`${again}\`), ${record.minutes} minutes.\n`,
    list(
      "Failed for the first time",
      record.failed.filter((id) => !known.has(id)),
    ),
    list(
      "Failed again",
      record.failed.filter((id) => known.has(id)),
    ),
    list("Passed only in a second run, alone", record.unsteady),
    "## Layers\n",
    table(["layer", "collected", "passed", "failed", "skipped", "seconds", "seconds in the run before"], rows),
    "\n## Runs\n",
    table(
      ["ended", "commit", "seed", "minutes", "collected", "passed", "failed", "unsteady"],
      runs.map((run) => [
        run.ended,
        run.commit,
        run.seed,
        run.minutes,
        total(run, "collected"),
        total(run, "passed"),
        run.failed.length,
        run.unsteady.length,
      ]),
    ),
    "",
  ].join("\n");
}

/** Writes the page and adds the run to the history; gives the path of the page. */
export function keepRun(record, reports, file = HISTORY) {
  const before = readHistory(file);
  const target = path.join(reports, "long.md");
  fs.writeFileSync(target, page(record, before));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.appendFileSync(file, `${JSON.stringify(record)}\n`);
  return target;
}
