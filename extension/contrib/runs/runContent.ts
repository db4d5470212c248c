/** The page of a run of a tracking store: what it was, what it measured, what it was given. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Run, RunDetails } from "../../protocol";
import { duration } from "../../text/format";
import { runStatusName } from "../../text/runStatus";
import { figure } from "./runNodes";
import {
  type Block,
  chips,
  code,
  column,
  command,
  content,
  copyable,
  fields,
  type Part,
  type PageContent,
  type PageRef,
  row,
  section,
  table,
  text,
  time,
  type Tone,
  pageLink,
} from "../../pages/content";

function tone(status: string): Tone {
  switch (status.toUpperCase()) {
    case "FINISHED":
      return "good";
    case "RUNNING":
    case "SCHEDULED":
      return "busy";
    case "FAILED":
      return "bad";
    case "KILLED":
      return "warning";
    default:
      return "plain";
  }
}

/** Seconds as one speaks of them. */
function lastingWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) {
    return duration(seconds * 1000);
  }
  return minutes < 60 ? l10n.t("{0} min", minutes) : l10n.t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

function metrics({ metrics: all, primaryMetric }: Run): readonly Block[] {
  const rows = Object.entries(all).map(([name, value]): readonly (readonly Part[])[] => [
    [...code(name), ...text(name === primaryMetric ? l10n.t("primary metric") : "")],
    [{ kind: "text", text: figure(value) }],
  ]);
  return table([column(l10n.t("Metric"), "long"), column(l10n.t("Value"), "figure")], rows);
}

function parameters({ params }: Run): readonly Block[] {
  return table(
    [column(l10n.t("Parameter"), "long"), column(l10n.t("Value"), "long")],
    Object.entries(params).map(([name, value]) => [code(name), text(value)]),
  );
}

/** The page; parts without content are left out. `now` in seconds. */
export function runContent(details: RunDetails, workspaceId: string, now: number): PageContent {
  const { run, store, experiment } = details;
  const it = row({ kind: "run", store, run });
  const other = (id: string): PageRef => ({ kind: "run", store: store.uri, id, workspaceId });
  const lasted = run.started === null || run.ended === null ? "" : lastingWords(run.ended - run.started);
  const register = run.models.length > 0 || run.hasChildren;
  return content({
    title: run.name === "" ? run.id : run.name,
    kind: l10n.t("Run"),
    states: [{ text: runStatusName(run.status), tone: tone(run.status) }],
    actions: [
      command(l10n.t("Register Model…"), "registerModelFromRun", it, register ? "first" : "other"),
      // Of other stores only those are there that a model was made by.
      ...(store.kind === "workspace" ? [command(l10n.t("Show Lineage"), "showLineage", it)] : []),
    ],
    sections: [
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("ID"), copyable(run.id)],
          [l10n.t("Error"), text(run.error)],
          [l10n.t("Experiment"), text(experiment.name)],
          [l10n.t("Tracking store"), code(store.uri)],
          [l10n.t("Started"), time(run.started, now)],
          [l10n.t("Ended"), time(run.ended, now)],
          [l10n.t("Duration"), text(lasted)],
          [l10n.t("Parent run"), pageLink(run.parent, other(run.parent))],
          [l10n.t("Best child run"), pageLink(run.bestChild, other(run.bestChild))],
          [l10n.t("Logged models"), run.models.flatMap(code)],
          [l10n.t("Tags"), chips(run.tags)],
        ]),
      ),
      ...section(l10n.t("Metrics"), metrics(run)),
      ...section(l10n.t("Parameters"), parameters(run)),
    ],
  });
}
