/** The page of a comparison: verdict, columns, a picture of each, earlier results. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { DriftDetails, DriftFeature, DriftHistogram, DriftMonitor, DriftRecord, DriftSide } from "../../protocol";
import { joinWords } from "../../text/joinWords";
import {
  type Block,
  type Cell,
  code,
  column,
  command,
  content,
  fields,
  fileLink,
  notice,
  type PageAction,
  type PageContent,
  pageLink,
  section,
  table,
  text,
  time,
} from "../../pages/content";

function figure(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

/** Leads to the service or stands for itself. */
function sourceLink(side: DriftSide, workspaceId: string): Cell {
  const [, name = ""] = /^service:(.*)$/.exec(side.source) ?? [];
  if (name !== "") {
    return pageLink(name, { kind: "service", name, workspaceId });
  }
  return side.source.startsWith("dataset:") ? text(side.source.slice("dataset:".length)) : code(side.source);
}

function rowCount(count: number): string {
  return count === 1 ? l10n.t("1 row") : l10n.t("{0} rows", count.toLocaleString("en"));
}

function sideText(side: DriftSide, workspaceId: string): Cell {
  const times =
    side.since === "" && side.until === ""
      ? ""
      : l10n.t("{0} to {1} (UTC)", side.since === "" ? "…" : side.since, side.until === "" ? "…" : side.until);
  return [...sourceLink(side, workspaceId), ...text(joinWords([rowCount(side.rows), times]))];
}

function columns(details: DriftDetails): readonly Block[] {
  return table(
    [
      column(l10n.t("Column"), "long"),
      column(l10n.t("Result")),
      column(l10n.t("Metric"), "extra"),
      column(l10n.t("Value"), "figure"),
      column(l10n.t("Limit"), "figure"),
      column(l10n.t("Remarks"), "spare"),
    ],
    details.columns.map((one) => [
      text(one.name),
      [
        one.drifted
          ? { kind: "state", text: l10n.t("Drift"), tone: "warning" }
          : { kind: "state", text: l10n.t("No drift"), tone: "good" },
      ],
      text(one.metric),
      text(figure(one.value)),
      text(figure(one.limit)),
      text(one.remarks),
    ]),
  );
}

function barLabel(histogram: DriftHistogram, at: number): string {
  if (histogram.labels.length > 0) {
    return histogram.labels[at] ?? l10n.t("All others");
  }
  const low = histogram.edges[at] ?? null;
  const high = histogram.edges[at + 1] ?? null;
  return low === high ? figure(low) : `${figure(low)} … ${figure(high)}`;
}

function bars(feature: DriftFeature): readonly Block[] {
  const { histogram, name, drifted } = feature;
  if (histogram === null || histogram.baseline.length === 0) {
    return [];
  }
  const values = histogram.baseline.map((before, at) => ({
    label: barLabel(histogram, at),
    values: [before, histogram.target[at] ?? 0],
  }));
  const isNumber = histogram.labels.length === 0;
  const ends = isNumber ? [figure(histogram.edges[0] ?? null), figure(histogram.edges.at(-1) ?? null)] : [];
  return [
    {
      kind: "bars",
      title: name,
      mark: drifted ? l10n.t("Drift") : "",
      series: [l10n.t("Baseline"), l10n.t("Target")],
      bars: values,
      ends,
    },
  ];
}

function history(details: DriftDetails, now: number): readonly Block[] {
  return table(
    [column(l10n.t("Compared")), column(l10n.t("Result")), column(l10n.t("Columns"), "long")],
    details.history
      .slice(1)
      .map((one) => [
        time(one.created, now),
        text(one.verdict === "drift" ? l10n.t("Drift") : l10n.t("No drift")),
        text(one.drifted.join(", ")),
      ]),
  );
}

function actions({ monitor, record, choices }: DriftDetails): readonly PageAction[] {
  const { name, retrain, every, paused } = monitor;
  return [
    ...(paused ? [command(l10n.t("Resume Schedule"), "resumeDrift", name)] : []),
    ...(choices === null ? [] : [command(l10n.t("Compare Again"), "compareInputs", name, "first")]),
    ...(record === null
      ? []
      : [
          {
            label: l10n.t("Export Report…"),
            rank: "other" as const,
            act: { kind: "command" as const, command: "scoredock.exportDrift", arguments: [name, every !== ""] },
          },
        ]),
    ...(retrain.length === 0 ? [] : [command(l10n.t("Retrain…"), "retrain", name)]),
    ...(choices === null ? [] : [command(l10n.t("Schedule…"), "scheduleDrift", name)]),
  ];
}

function states(details: DriftDetails): PageContent["states"] {
  if (details.record === null) {
    return [{ text: l10n.t("Not compared yet"), tone: "plain" }];
  }
  return [{ text: details.summary, tone: details.record.verdict === "drift" ? "warning" : "good" }];
}

function scheduleFields(monitor: DriftMonitor, now: number): readonly Block[] {
  const { every, nextRun, paused, installed, retrain, retrained, exitCode, log } = monitor;
  const ended = exitCode === null ? "" : l10n.t("exit code {0}", exitCode);
  return fields([
    [l10n.t("Every"), text(every)],
    [
      l10n.t("Due"),
      paused
        ? text(l10n.t("paused"))
        : nextRun === null
          ? []
          : nextRun <= now
            ? text(l10n.t("now"))
            : time(nextRun, nextRun),
    ],
    [l10n.t("Without the editor"), text(installed)],
    [l10n.t("Command for retraining"), code(retrain.join(" "))],
    [l10n.t("Last retraining"), retrained === 0 ? [] : [...time(retrained, now), ...text(ended)]],
    [l10n.t("Log of retraining"), log === "" ? [] : fileLink(log, log)],
  ]);
}

function overview(record: DriftRecord, workspaceId: string, now: number): readonly Block[] {
  return fields([
    [l10n.t("Baseline"), sideText(record.baseline, workspaceId)],
    [l10n.t("Target"), sideText(record.target, workspaceId)],
    [l10n.t("Compared"), time(record.created, now)],
    ["Python", text(`${record.python}, NumPy ${record.numpy}`)],
  ]);
}

/** The page; parts without content are left out. `now` in seconds. */
export function driftContent(details: DriftDetails, workspaceId: string, now: number): PageContent {
  const { monitor, record } = details;
  return content({
    title: l10n.t("Drift of {0}", monitor.name),
    kind: l10n.t("Comparison"),
    states: states(details),
    actions: actions(details),
    notices: [
      ...(monitor.error === "" ? [] : [notice("bad", monitor.error)]),
      ...details.remarks.map((remark) => notice("plain", remark)),
    ],
    sections: [
      ...section(l10n.t("Overview"), record === null ? [] : overview(record, workspaceId, now)),
      ...section(l10n.t("Columns"), columns(details)),
      ...section(l10n.t("Distributions"), record === null ? [] : record.features.flatMap(bars)),
      ...section(l10n.t("Schedule"), scheduleFields(monitor, now)),
      ...section(l10n.t("Earlier Results"), history(details, now), true),
    ],
  });
}
