import assert from "node:assert/strict";
import { test } from "node:test";

import { allErrors, chartsOf, revisionMarks, withUnit } from "../../extension/metrics/charts";
import { frame } from "../../extension/metrics/frame";
import type { MetricsTexts } from "../../extension/metrics/texts";
import { recentRequests } from "../../extension/metrics/recent";
import type { MetricHistory, MetricSeries } from "../../extension/protocol";

const texts = new Proxy({} as MetricsTexts, {
  get: (_, key) => (key === "kinds" ? { failed: "failed (5xx)", busy: "busy (503)" } : String(key)),
});

function series(more: Partial<MetricSeries> = {}): MetricSeries {
  const totals = { requests: 6, errors: {}, p50Ms: 1, p95Ms: 2, p99Ms: 3, meanMs: 1 };
  return {
    ...{ service: "prices", requests: [null, 2, 4], errors: {}, note: "", sparkline: "" },
    ...{ p50Ms: [null, 1, 1], p95Ms: [null, 2, 2], p99Ms: [null, 3, 3] },
    ...{ inFlight: [null, 0, 1], queued: [null, 0, 0], cpuPercent: [null, 5, 6] },
    ...{ memoryBytes: [null, 1e8, 1e8], workers: [null, 1, 1], totals },
    revisions: [{ revision: 1, since: 0, totals }],
    ...more,
  };
}

function history(...services: MetricSeries[]): MetricHistory {
  return { times: [0, 2, 4], step: 2, services, csv: "" };
}

test("one service has all charts, errors by kind, and lines that differ in more than colour", () => {
  const errors = { failed: [null, 0, 1], busy: [null, 0.5, 0] };
  const charts = chartsOf(history(series({ errors })), texts);
  assert.deepEqual(
    charts.map(({ id }) => id),
    ["requests", "latency", "errors", "load", "cpu", "memory", "workers"],
  );
  assert.deepEqual(
    charts[2]?.lines.map(({ label }) => label),
    ["failed (5xx)", "busy (503)"],
  );
  const latency = charts[1]?.lines ?? [];
  assert.equal(new Set(latency.map(({ dash }) => dash.join())).size, latency.length);
  assert.equal(chartsOf(history(series()), texts)[2]?.empty, "noErrors");
});

test("a kind of error has its colour whichever others there are", () => {
  const values = [null, 0, 1];
  const coloursOf = (errors: Record<string, readonly (number | null)[]>): readonly string[] =>
    chartsOf(history(series({ errors })), texts)[2]?.lines.map(({ colour }) => colour) ?? [];
  assert.deepEqual(coloursOf({ failed: values }), ["red"]);
  assert.deepEqual(coloursOf({ badRequest: values, failed: values }), ["yellow", "red"]);
});

test("several services have a line each, in every chart", () => {
  const charts = chartsOf(history(series(), series({ service: "returns" })), texts);
  for (const chart of charts) {
    assert.deepEqual(
      chart.lines.map(({ label }) => label),
      ["prices", "returns"],
    );
  }
  assert.deepEqual(revisionMarks(history(series(), series())), []);
});

test("all errors together are unknown where nothing is known", () => {
  const one = series({ errors: { failed: [null, 1, 0], busy: [null, 0.5, null] } });
  assert.deepEqual(allErrors(one), [null, 1.5, 0]);
});

test("where another revision began to serve is marked", () => {
  const { totals } = series();
  const revisions = [1, 2].map((revision) => ({ revision, since: revision * 10, totals }));
  assert.deepEqual(revisionMarks(history(series({ revisions }))), [{ at: 20, revision: 2 }]);
});

test("values have three digits and a unit", () => {
  assert.equal(withUnit(0.12345, "rate"), "0.123/s");
  assert.equal(withUnit(1234, "ms"), "1234 ms");
  assert.equal(withUnit(12_340, "ms"), "12.3 s");
  assert.equal(withUnit(123_456_789, "bytes"), "123 MB");
  assert.equal(withUnit(0, "bytes"), "0 B");
  assert.equal(withUnit(null, "percent"), "–");
});

test("a tooltip has the line of the server, and nothing where nothing is known", async () => {
  const ask = (sparkline: string) => async () => Promise.resolve(history(series({ sparkline })));
  assert.equal(
    await recentRequests(ask("▁█ up to 3 requests/s"), "prices", ""),
    "Requests (last 10 minutes): ▁█ up to 3 requests/s",
  );
  assert.equal(await recentRequests(ask(""), "prices", ""), "");
});

test("the page is named by its services", () => {
  const told: Readonly<Record<string, unknown>> = { title: "Metrics of {0}", ranges: {} };
  const page = frame({
    ...{ nonce: "n", script: "", style: "", language: "en" },
    texts: new Proxy({} as MetricsTexts, { get: (_, key) => told[String(key)] ?? String(key) }),
    state: { names: ["prices", "churn"], workspaceId: "local", seconds: 600, revision: 0, paused: false },
  });
  assert.match(page, /<title>Metrics of prices, churn<\/title>/);
});
