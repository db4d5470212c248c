/** The page of a search for the smallest size, and its charts. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { chart, roundUp } from "../../extension/pages/chartBlock";
import type { PageContent } from "../../extension/pages/content";
import { sizeContent } from "../../extension/contrib/profiling/sizeContent";
import type { SizeReport, SizeResult } from "../../extension/protocol";

const NOW = 1_800_000_000;

function trial(cpu: number, outcome: SizeResult["outcome"], latencyMs: number | null): SizeResult {
  const used = { usedCpu: 0.22, usedMemoryInGB: 0.031, note: "" };
  return { ...{ cpu, outcome, latencyMs, ...used }, memoryInGB: 0.1, medianMs: latencyMs, seconds: 17, windows: 3 };
}

const REPORT: SizeReport = {
  name: "diabetes",
  revision: 4,
  engine: "docker",
  end: "complete",
  reason: "",
  latencyMs: 50,
  percentile: 95,
  rate: 20,
  recommended: { cpu: 0.3, memoryInGB: 0.1 },
  nextSmaller: { cpu: 0.2, memoryInGB: 0.1 },
  profile: {
    name: "diabetes",
    totalQueries: 300,
    successQueries: 300,
    successRate: 100,
    averageLatencyInMs: 13,
    latencyPercentile50InMs: 12,
    latencyPercentile90InMs: 15,
    latencyPercentile95InMs: 18,
    latencyPercentile99InMs: 20,
    latencyPercentile999InMs: 21,
    measuredQueriesPerSecond: 20,
    maxUtilizedCpu: 0.3,
    maxUtilizedMemoryInGB: 0.031,
    recommendedCpu: 0.3,
    recommendedMemoryInGB: 0.1,
    error: "",
    input: "/home/ada/rows.txt",
    requestedQueriesPerSecond: 20,
    skippedQueries: 0,
    generator: { keptUp: true, lagMs: 1, longestLagMs: 2, stalledSeconds: 0, cpu: 0.02, skipped: 0, note: "" },
  },
  requested: { cpu: 0.3, memoryInGB: 0.1 },
  sizes: [trial(2, "holds", 19), trial(0.3, "holds", 18), trial(0.2, "misses", 961)],
  untriedCpus: [2.5, 3, 3.5],
  untriedMemories: [],
  curve: [
    { rate: 10, latencyMs: 17, medianMs: 12, holds: true },
    { rate: 20, latencyMs: 18, medianMs: 12, holds: true },
    { rate: 30, latencyMs: null, medianMs: null, holds: false },
  ],
  knee: 20,
  isKneeBounded: true,
  memory: [
    { seconds: 3, bytes: 30_000_000 },
    { seconds: 4, bytes: 31_000_000 },
  ],
  growthBytes: 0,
  workers: 1,
  concurrency: 1,
  concurrentRequests: 0.371,
  replicas: 1,
  targetUtilization: 0.7,
  batches: [
    { rows: 1, latencyMs: 13, rowsPerSecond: 80 },
    { rows: 2, latencyMs: 24, rowsPerSecond: 160 },
  ],
  batchRows: 2,
  notes: ["2.5, 3, 3.5 cores were not tried: the machine has fewer."],
  seconds: 152,
};

function words(page: PageContent): string {
  return JSON.stringify(page);
}

test("a size that was found can be used with one click", () => {
  const page = sizeContent(REPORT, "local", NOW, NOW);
  assert.deepEqual(page.states, [{ text: "0.3 cores and 0.1 GB", tone: "good" }]);
  const [first] = page.actions;
  assert.deepEqual(first, {
    label: "Use This Size",
    rank: "first",
    act: {
      kind: "command",
      command: "scoredock.useServiceSize",
      arguments: [{ name: "diabetes", workspaceId: "local", size: REPORT.recommended }],
    },
  });
  const titles = page.sections.map(({ title }) => title);
  assert.deepEqual(titles, [
    ...["Overview", "Notes", "Sizes", "Latency against Rate", "Memory", "Deployment", "Rows in a Request"],
    "Latency at 0.3 cores and 0.1 GB",
  ]);
  assert.match(words(page), /95% within 50 ms at 20 requests per second/);
  assert.equal(page.sections.flatMap(({ blocks }) => blocks).filter(({ kind }) => kind === "chart").length, 3);
  assert.doesNotMatch(words(page), /null|undefined|NaN/);
});

test("nothing is offered where nothing is recommended, and the reason stands first", () => {
  const reason = "Requests failed: status 500 (12).";
  const failed: SizeReport = { ...REPORT, end: "failed", reason, recommended: null, nextSmaller: null, replicas: null };
  const page = sizeContent({ ...failed, sizes: [], curve: [], memory: [], knee: null }, "local", NOW, NOW);
  assert.deepEqual(page.states, [{ text: "Requests failed", tone: "bad" }]);
  assert.deepEqual(
    page.actions.map(({ label }) => label),
    ["Search Again…", "Profile…"],
  );
  assert.equal(page.notices[0]?.text, reason);
  assert.doesNotMatch(words(page), /null|undefined|NaN/);
});

test("the size of a service whose memory grows is not written anywhere", () => {
  const profile = { ...REPORT.profile, recommendedMemoryInGB: null };
  const page = sizeContent({ ...REPORT, growthBytes: 20_000, profile }, "local", NOW, NOW);
  assert.doesNotMatch(words(page), /Use This Size/);
  assert.deepEqual(page.states, [{ text: "0.3 cores", tone: "good" }]);
});

test("without limits it is said that nothing was searched", () => {
  const reason = "This account may not limit the CPU and the memory of processes on this machine.";
  const only: SizeReport = { ...REPORT, end: "not-searched", reason, recommended: null, requested: null, sizes: [] };
  const page = sizeContent(only, "local", NOW, NOW);
  assert.deepEqual(page.states, [{ text: "Measured, not searched", tone: "warning" }]);
  assert.equal(page.sections.at(-1)?.title, "Latency");
});

test("a chart has round ticks, and what it shows lies within it", () => {
  const axis = { label: "x", words: String };
  const points = [
    { x: 0.1, y: 12 },
    { x: 2, y: 6500 },
  ];
  const line = { label: "a", colour: "blue", look: "dots", points } as const;
  const [made] = chart({ label: "c", x: axis, y: axis, lines: [line], levels: [{ value: 50, text: "wished" }] });
  assert.ok(made !== undefined);
  assert.deepEqual(
    made.x.ticks.map(({ text }) => text),
    ["0", "0.5", "1", "1.5", "2"],
  );
  assert.deepEqual(
    made.y.ticks.map(({ text }) => text),
    ["10", "100", "1000", "10000"],
  );
  for (const { x, y } of made.lines[0]?.points ?? []) {
    assert.ok(x >= 0 && x <= 1 && y >= 0 && y <= 1);
  }
  assert.deepEqual(chart({ label: "c", x: axis, y: axis, lines: [{ ...line, points: [] }] }), []);
});

test("rounding up to a figure that people count with", () => {
  assert.deepEqual(
    [0.04, 0.05, 0.3, 1, 1.2, 7, 1000].map((value) => Number(roundUp(value).toPrecision(3))),
    [0.05, 0.05, 0.5, 1, 2, 10, 1000],
  );
});
