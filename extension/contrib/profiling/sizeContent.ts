/** The page of a search for the smallest size of a service. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { SizeReport, SizeResult } from "../../protocol";
import { bytes, duration } from "../../text/format";
import { chart, type ChartPoint } from "../../pages/chartBlock";
import {
  type Block,
  type Cell,
  column,
  command,
  content,
  fields,
  list,
  notice,
  type PageContent,
  pageLink,
  paragraph,
  section,
  table,
  text,
  time,
  type Tone,
} from "../../pages/content";
import { latencies } from "./profileContent";

function outcomeOf(outcome: SizeResult["outcome"]): { readonly text: string; readonly tone: Tone } {
  switch (outcome) {
    case "holds":
      return { text: l10n.t("Holds"), tone: "good" };
    case "misses":
      return { text: l10n.t("Too slow"), tone: "bad" };
    case "unsteady":
      return { text: l10n.t("Unsteady"), tone: "warning" };
    case "out-of-memory":
      return { text: l10n.t("Out of memory"), tone: "bad" };
    case "failed":
      return { text: l10n.t("Requests failed"), tone: "bad" };
    case "late":
      return { text: l10n.t("Not measured"), tone: "warning" };
  }
}

function cores(count: number): string {
  return count === 1 ? l10n.t("1 core") : l10n.t("{0} cores", count);
}

function sizeText(size: SizeReport["recommended"]): string {
  return size === null ? "" : l10n.t("{0} and {1} GB", cores(size.cpu), size.memoryInGB);
}

/** Cores alone for a service whose memory grows. */
function recommendedText({ recommended, profile }: SizeReport): string {
  return recommended !== null && profile.recommendedMemoryInGB === null
    ? cores(recommended.cpu)
    : sizeText(recommended);
}

function milliseconds(value: number | null): string {
  return value === null ? "" : duration(value);
}

function stateOf(report: SizeReport): { readonly text: string; readonly tone: Tone } {
  if (report.recommended !== null) {
    return { text: recommendedText(report), tone: "good" };
  }
  switch (report.end) {
    case "failed":
      return { text: l10n.t("Requests failed"), tone: "bad" };
    case "too-small":
    case "complete":
      return { text: l10n.t("No size is enough"), tone: "bad" };
    case "not-searched":
      return { text: l10n.t("Measured, not searched"), tone: "warning" };
    case "late":
    case "out-of-time":
      return { text: l10n.t("Undecided"), tone: "warning" };
  }
}

function wish({ percentile, latencyMs, rate }: SizeReport): string {
  return l10n.t("{0}% within {1} at {2} requests per second", percentile, duration(latencyMs), rate);
}

function knee(report: SizeReport): string {
  if (report.knee === null) {
    return "";
  }
  return report.isKneeBounded
    ? l10n.t("{0} requests per second", report.knee)
    : l10n.t("at least {0} requests per second", report.knee);
}

function latencyAxis(): { readonly label: string; readonly words: (value: number) => string } {
  return { label: l10n.t("Latency"), words: (value) => (value === 0 ? "0" : duration(value)) };
}

function level({ latencyMs }: SizeReport): readonly { readonly value: number; readonly text: string }[] {
  return [{ value: latencyMs, text: l10n.t("wished") }];
}

function sizesChart(report: SizeReport): readonly Block[] {
  const points = (holds: boolean): readonly ChartPoint[] =>
    report.sizes
      .filter(({ outcome, latencyMs }) => latencyMs !== null && (outcome === "holds") === holds)
      .map(({ cpu, latencyMs }) => ({ x: cpu, y: latencyMs ?? 0 }));
  return chart({
    label: l10n.t("Latency at each size that was tried"),
    x: { label: l10n.t("Cores"), words: (value) => String(Number(value.toFixed(2))) },
    y: latencyAxis(),
    lines: [
      { label: l10n.t("holds"), colour: "green" as const, points: points(true), look: "dots" as const },
      { label: l10n.t("does not hold"), colour: "red" as const, points: points(false), look: "dots" as const },
    ].filter((line) => line.points.length > 0),
    levels: level(report),
  });
}

function sizes(report: SizeReport): readonly Block[] {
  const rows = report.sizes.map((one): readonly Cell[] => [
    text(String(one.cpu)),
    text(String(one.memoryInGB)),
    [{ kind: "state", ...outcomeOf(one.outcome) }],
    text(milliseconds(one.latencyMs)),
    text(milliseconds(one.medianMs)),
    text(one.usedCpu === null ? "" : String(Number(one.usedCpu.toFixed(2)))),
    text(one.usedMemoryInGB === null ? "" : bytes(one.usedMemoryInGB * 1e9)),
  ]);
  return [
    ...sizesChart(report),
    ...table(
      [
        column(l10n.t("Cores"), "figure"),
        column("GB", "figure"),
        column(l10n.t("Result")),
        column(`${report.percentile}%`, "figure"),
        column("50%", "figure"),
        column(l10n.t("Cores in use"), "figure"),
        column(l10n.t("Memory in use"), "figure"),
      ],
      rows,
    ),
  ];
}

function rates(report: SizeReport): readonly Block[] {
  const share = `${report.percentile}%`;
  const points = (of: "latencyMs" | "medianMs"): readonly ChartPoint[] =>
    report.curve.filter((one) => one[of] !== null).map((one) => ({ x: one.rate, y: one[of] ?? 0 }));
  if (report.curve.length < 2) {
    return [];
  }
  return [
    ...chart({
      label: l10n.t("Latency against the rate of requests"),
      x: { label: l10n.t("Requests per second"), words: (value) => String(Number(value.toFixed(2))) },
      y: latencyAxis(),
      lines: [
        { label: share, colour: "blue", points: points("latencyMs"), look: "both" },
        { label: "50%", colour: "purple", points: points("medianMs"), look: "dashed" },
      ],
      levels: level(report),
    }),
    ...table(
      [column(l10n.t("Requests per second"), "figure"), column(share, "figure"), column("50%", "figure"), column("")],
      report.curve.map((one) => [
        text(String(one.rate)),
        text(milliseconds(one.latencyMs)),
        text(milliseconds(one.medianMs)),
        [{ kind: "state", ...outcomeOf(one.holds ? "holds" : "misses") }],
      ]),
    ),
  ];
}

function memory(report: SizeReport): readonly Block[] {
  if (report.memory.length < 2) {
    return [];
  }
  const first = report.memory[0]?.seconds ?? 0;
  const size = report.requested;
  return chart({
    label: l10n.t("Memory over time"),
    x: { label: l10n.t("Seconds"), words: (value) => String(Math.round(value)) },
    y: { label: l10n.t("Memory"), words: (value) => (value === 0 ? "0" : bytes(value)) },
    lines: [
      {
        label: l10n.t("Memory"),
        colour: "orange",
        points: report.memory.map((one) => ({ x: one.seconds - first, y: one.bytes })),
        look: "line",
      },
    ],
    levels: size === null ? [] : [{ value: size.memoryInGB * 2 ** 30, text: l10n.t("limit") }],
  });
}

function deployment(report: SizeReport): readonly Block[] {
  const { workers, concurrency, concurrentRequests, replicas, targetUtilization } = report;
  if (replicas === null || concurrentRequests === null) {
    return [];
  }
  const formula = l10n.t(
    "Requests at a time are rate × average latency ÷ {0}; replicas are these ÷ requests in each, rounded up.",
    targetUtilization,
  );
  return [
    ...fields([
      [l10n.t("Workers"), text(String(workers ?? ""))],
      [l10n.t("Requests in each"), text(String(concurrency ?? ""))],
      [l10n.t("Requests at a time"), text(String(concurrentRequests))],
      [l10n.t("Replicas"), text(String(replicas))],
    ]),
    ...paragraph(formula),
  ];
}

function batches(report: SizeReport): readonly Block[] {
  const rows = report.batches.map((one): readonly Cell[] => [
    text(String(one.rows)),
    text(duration(one.latencyMs)),
    text(String(one.rowsPerSecond)),
    one.rows === report.batchRows ? [{ kind: "state", text: l10n.t("Most in time"), tone: "good" }] : [],
  ]);
  return table(
    [
      column(l10n.t("Rows in a request"), "figure"),
      column(`${report.percentile}%`, "figure"),
      column(l10n.t("Rows per second"), "figure"),
      column(""),
    ],
    rows,
  );
}

/** `measured` and `now` in seconds. */
export function sizeContent(report: SizeReport, workspaceId: string, measured: number, now: number): PageContent {
  const { name, recommended, profile } = report;
  const use =
    recommended === null || profile.recommendedMemoryInGB === null
      ? []
      : [command(l10n.t("Use This Size"), "useServiceSize", { name, workspaceId, size: recommended }, "first")];
  return content({
    title: l10n.t("Size of {0}", name),
    kind: l10n.t("Size"),
    states: [stateOf(report)],
    actions: [
      ...use,
      command(l10n.t("Search Again…"), "findServiceSize", name, use.length === 0 ? "first" : "other"),
      command(l10n.t("Profile…"), "profileService", name),
    ],
    notices: [
      ...(report.reason === "" ? [] : [notice(report.end === "failed" ? "bad" : "warning", report.reason)]),
      ...(profile.generator.note === "" ? [] : [notice("warning", profile.generator.note)]),
    ],
    sections: [
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("Service"), pageLink(name, { kind: "service", name, workspaceId })],
          [l10n.t("Revision"), text(String(report.revision))],
          [l10n.t("Measured"), time(measured, now)],
          [l10n.t("Wish"), text(wish(report))],
          [l10n.t("Smallest size"), text(recommendedText(report))],
          [l10n.t("Does not hold"), text(sizeText(report.nextSmaller))],
          [l10n.t("Holds up to"), text(knee(report))],
          [l10n.t("Request bodies"), text(profile.input)],
        ]),
      ),
      ...section(l10n.t("Notes"), list(report.notes.map((one) => text(one)))),
      ...section(l10n.t("Sizes"), sizes(report)),
      ...section(l10n.t("Latency against Rate"), rates(report)),
      ...section(l10n.t("Memory"), memory(report)),
      ...section(l10n.t("Deployment"), deployment(report)),
      ...section(l10n.t("Rows in a Request"), batches(report)),
      ...section(
        report.requested === null ? l10n.t("Latency") : l10n.t("Latency at {0}", sizeText(report.requested)),
        latencies(profile),
      ),
    ],
  });
}
