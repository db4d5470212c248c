/** Markdown pages of results: what differs between two models, how a service did. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ModelComparison, ServiceProfile } from "./protocol";

function cell(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** What differs, and nothing else. */
export function comparisonPage(comparison: ModelComparison): string {
  const { first, second, differences } = comparison;
  const rows = differences.map(({ what, before, after }) => [what, before === "" ? "–" : before, after === "" ? "–" : after]);
  const found = rows.length === 0 ? l10n.t("They do not differ: the same files, the same descriptions and labels.") : table(["", first, second], rows);
  return [`# ${l10n.t("{0} and {1}", first, second)}`, found].join("\n\n");
}

function figure(value: number | null, unit: string): string {
  return value === null ? "" : `${value} ${unit}`;
}

/** The figures of a profile; what could not be measured is left out. */
export function profilePage(profile: ServiceProfile): string {
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t("Requests"), String(profile.totalQueries)],
    [l10n.t("Successful"), l10n.t("{0} ({1} %)", profile.successQueries, profile.successRate)],
    [l10n.t("Failed"), profile.error],
    [l10n.t("Request bodies"), profile.input],
    [l10n.t("Requests per second, one after the other"), String(profile.measuredQueriesPerSecond)],
    [l10n.t("Average latency"), figure(profile.averageLatencyInMs, "ms")],
    ["50 %", figure(profile.latencyPercentile50InMs, "ms")],
    ["90 %", figure(profile.latencyPercentile90InMs, "ms")],
    ["95 %", figure(profile.latencyPercentile95InMs, "ms")],
    ["99 %", figure(profile.latencyPercentile99InMs, "ms")],
    ["99.9 %", figure(profile.latencyPercentile999InMs, "ms")],
    [l10n.t("Highest CPU"), figure(profile.maxUtilizedCpu, l10n.t("cores"))],
    [l10n.t("Highest memory"), figure(profile.maxUtilizedMemoryInGB, "GB")],
    [l10n.t("Recommended CPU"), figure(profile.recommendedCpu, l10n.t("cores"))],
    [l10n.t("Recommended memory"), figure(profile.recommendedMemoryInGB, "GB")],
  ];
  const shown = rows.filter(([, value]) => value !== "");
  return [
    `# ${l10n.t("Profile of {0}", profile.name)}`,
    table([l10n.t("Measure"), l10n.t("Value")], shown),
    l10n.t("Recommended is a quarter more than the highest use, rounded up to a tenth."),
  ].join("\n\n");
}
