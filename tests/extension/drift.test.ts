import assert from "node:assert/strict";
import { test } from "node:test";

import { driftContent } from "../../extension/contrib/drift/driftContent";
import type { DriftDetails, DriftFeature, DriftMonitor, DriftRecord } from "../../extension/protocol";

const NOW = 1_800_000_000;
const SIDE = { since: "", until: "", rows: 1000, compared: 1000, skipped: 0, skippedPlaces: [], unanswered: 0 };
const FACTS = { rows: 1000, missing: 0, different: 900, mean: 1, deviation: 1, min: 0, median: 1, max: 2 };

function feature(more: Partial<DriftFeature> = {}): DriftFeature {
  return {
    name: "bmi",
    kind: "numerical",
    role: "feature",
    drifted: true,
    metrics: [],
    baseline: FACTS,
    target: FACTS,
    histogram: { labels: [], edges: [0, 0.5, 1], baseline: [0.4, 0.6], target: [0.1, 0.9] },
    newCategories: [],
    newCategoryCount: 0,
    lostCategories: [],
    lostCategoryCount: 0,
    notes: [],
    ...more,
  };
}

function record(more: Partial<DriftRecord> = {}): DriftRecord {
  return {
    format: 1,
    kind: "drift",
    name: "weekly",
    created: NOW - 60,
    verdict: "drift",
    drifted: ["bmi"],
    baseline: { ...SIDE, source: "/p/training.csv" },
    target: { ...SIDE, source: "service:diabetes", since: "2026-11-20T00:00:00" },
    thresholds: { numerical: {}, categorical: {} },
    features: [feature()],
    onlyInBaseline: [],
    onlyInTarget: [],
    python: "3.11.2",
    numpy: "2.4.6",
    seconds: 1,
    cpuSeconds: 1,
    ...more,
  };
}

function details(more: Partial<DriftDetails> = {}, monitor: Partial<DriftMonitor> = {}): DriftDetails {
  return {
    monitor: {
      name: "weekly",
      target: "service:diabetes",
      baseline: "/p/training.csv",
      every: "",
      paused: false,
      nextRun: null,
      retrain: [],
      lastRun: NOW - 60,
      verdict: "drift",
      drifted: ["bmi"],
      error: "",
      retrained: 0,
      exitCode: null,
      log: "",
      installed: "",
      ...monitor,
    },
    record: record(),
    choices: null,
    summary: "Drift in 1 of 1 columns",
    remarks: ["Only in the baseline, and not compared: target."],
    columns: [{ name: "bmi", drifted: true, metric: "distance", value: 0.80312, limit: 0.1, remarks: "" }],
    history: [{ created: NOW - 60, verdict: "drift", drifted: ["bmi"] }],
    ...more,
  };
}

function labels(of: DriftDetails): string[] {
  return driftContent(of, "local", NOW).actions.map(({ label }) => label);
}

test("a column that moved has its figures and its picture", () => {
  const page = driftContent(details(), "local", NOW);
  assert.deepEqual(page.states, [{ text: "Drift in 1 of 1 columns", tone: "warning" }]);
  assert.deepEqual(
    page.notices.map(({ text }) => text),
    ["Only in the baseline, and not compared: target."],
  );
  const blocks = page.sections.flatMap((section) => section.blocks);
  const bars = blocks.filter((block) => block.kind === "bars");
  assert.equal(bars.length, 1);
  const [chart] = bars;
  assert.ok(chart !== undefined);
  assert.deepEqual(chart.ends, ["0", "1"]);
  assert.deepEqual(chart.bars[0], { label: "0 … 0.5", values: [0.4, 0.1] });
  const table = blocks.find((block) => block.kind === "table");
  assert.deepEqual(
    table?.rows[0]?.map((cell) => cell.map((part) => ("text" in part ? part.text : "")).join("")),
    ["bmi", "Drift", "distance", "0.803", "0.1", ""],
  );
});

test("categories stand below their bars, and the rest has a name", () => {
  const histogram = { labels: ["F", null], edges: [], baseline: [0.5, 0.5], target: [0.2, 0.8] };
  const of = details({ record: record({ features: [feature({ kind: "categorical", histogram })] }) });
  const blocks = driftContent(of, "local", NOW).sections.flatMap((section) => section.blocks);
  const chart = blocks.find((block) => block.kind === "bars");
  assert.ok(chart !== undefined);
  assert.deepEqual(
    chart.bars.map(({ label }) => label),
    ["F", "All others"],
  );
  assert.deepEqual(chart.ends, []);
});

test("a button trains again where there is a command, and one compares again where it is known what", () => {
  assert.deepEqual(labels(details()), ["Export Report…"]);
  const choices = {
    target: "service:diabetes",
    baseline: "",
    since: "",
    until: "",
    baselineSince: "",
    baselineUntil: "",
    thresholds: {},
    categorical: [],
    exclude: [],
    predictions: [],
    python: "",
    sampleRows: 0,
  };
  const scheduled = details({ choices }, { every: "1w", nextRun: NOW + 60, retrain: ["python", "train.py"] });
  assert.deepEqual(labels(scheduled), ["Compare Again", "Export Report…", "Retrain…", "Schedule…"]);
});

test("before the first comparison there is a page, too", () => {
  const of = details({ record: null, summary: "", columns: [], remarks: [], history: [] }, { error: "It is gone." });
  const page = driftContent(of, "local", NOW);
  assert.deepEqual(page.states, [{ text: "Not compared yet", tone: "plain" }]);
  assert.deepEqual(
    page.notices.map(({ text, tone }) => [text, tone]),
    [["It is gone.", "bad"]],
  );
});
