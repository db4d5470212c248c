/** Rows of Runs: tracking stores, experiments, runs with their children, artifacts. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Page } from "../../state/pages";
import type { Experiment, Run, RunArtifact, RunStore } from "../../protocol";
import { ago, bytes, dateTime, tags } from "../../text/format";
import { runStatusName } from "../../text/runStatus";
import { card, endNodes, type Icon, type Node, withMore } from "../../views/node";
import { keyOf, type Entry, type ListId, type ListOf } from "../../views/listId";
import { applying, withText, joinWords } from "../../text/joinWords";

const STORE_ICONS: Readonly<Record<RunStore["kind"], string>> = {
  folder: "folder",
  sqlite: "database",
  server: "globe",
  workspace: "archive",
};

/** The heading, there where there is a store to look into; its rows are not runs, so that nobody counts them. */
export function runsHeading({ workspaceId }: ListOf<"runsHeading">, page: Page<Entry>): readonly Node[] {
  const label = l10n.t("Runs");
  const tooltip = l10n.t(
    "Runs that scripts logged to this workspace, and MLflow runs in the open folders and on the servers in the settings. The model of a run can be registered.",
  );
  const heading: Node = {
    id: "holding/runs",
    label,
    description: "",
    icon: { id: "beaker" },
    flags: "runs",
    spoken: label,
    tooltip: withMore(card(label, []), tooltip),
    subject: { kind: "stores" },
    list: { kind: "stores", workspaceId },
  };
  return page.rows.length === 0 && page.problem === "" ? [] : [heading];
}

export function experimentsOf(store: RunStore): ListOf<"experiments"> {
  return { kind: "experiments", store, key: [store.uri] };
}

export function runsOf(store: RunStore, experiment: Experiment, parent: string, best: string): ListOf<"runs"> {
  return { kind: "runs", store, experiment, parent, best, key: [store.uri, experiment.id, parent] };
}

export function artifactsOf(store: RunStore, experiment: Experiment, run: Run, path: string): ListOf<"artifacts"> {
  return { kind: "artifacts", store, experiment, run, path, key: [store.uri, run.id, path] };
}

function storeNode(store: RunStore): Node {
  const broken = store.problem !== "";
  return {
    id: `store/${store.uri}`,
    label: store.title,
    description: broken ? store.problem : store.uri,
    icon: broken ? { id: "warning", color: "problemsWarningIcon.foreground" } : { id: STORE_ICONS[store.kind] },
    flags: broken ? "problem" : "store",
    spoken: broken
      ? l10n.t("Tracking store {0}, could not be read: {1}", store.title, store.problem)
      : l10n.t("Tracking store {0}", store.title),
    tooltip: card(store.title, [
      [l10n.t("Address"), store.uri],
      [l10n.t("Problem"), store.problem],
    ]),
    subject: { kind: "store", store },
    ...(broken ? {} : { list: experimentsOf(store) }),
  };
}

function experimentNode(store: RunStore, experiment: Experiment): Node {
  const count =
    experiment.runs === null ? "" : experiment.runs === 1 ? l10n.t("1 run") : l10n.t("{0} runs", experiment.runs);
  return {
    id: `experiment/${store.uri}/${experiment.id}`,
    label: experiment.name,
    description: count,
    icon: { id: "beaker" },
    flags: "experiment",
    spoken: joinWords([l10n.t("Experiment {0}", experiment.name), count], ", "),
    tooltip: card(experiment.name, [
      [l10n.t("ID"), experiment.id],
      [l10n.t("Runs"), count],
    ]),
    subject: { kind: "experiment", store, experiment },
    list: runsOf(store, experiment, "", ""),
  };
}

function runIcon(run: Run): Icon {
  switch (run.status.toUpperCase()) {
    case "FINISHED":
      return { id: "pass", color: "testing.iconPassed" };
    case "RUNNING":
    case "SCHEDULED":
      return { id: "sync", color: "charts.blue" };
    case "FAILED":
      return { id: "error", color: "problemsErrorIcon.foreground" };
    case "KILLED":
      return { id: "circle-slash", color: "problemsWarningIcon.foreground" };
    default:
      return { id: "circle-outline" };
  }
}

/** A measured value as short as it can be read. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** The metric that matters first, then the others as they come; three at most. */
function metricsOf(run: Run): string {
  const names = Object.keys(run.metrics).sort(
    (one, other) => Number(other === run.primaryMetric) - Number(one === run.primaryMetric),
  );
  return names
    .slice(0, 3)
    .map((name) => `${name}=${figure(run.metrics[name] ?? Number.NaN)}`)
    .join(", ");
}

function runNode(list: ListOf<"runs">, run: Run, now: number): Node {
  const model = run.models.length > 0 ? l10n.t("model") : "";
  const started = run.started === null ? "" : ago(run.started, now);
  const notes = withText([run.id === list.best ? l10n.t("best") : "", started, model, metricsOf(run)]);
  const label = run.name === "" ? run.id : run.name;
  return {
    id: `run/${list.store.uri}/${list.parent}/${run.id}`,
    label,
    description: notes.join(" · "),
    icon: runIcon(run),
    flags: applying({ run: true, parent: run.hasChildren, ofWorkspace: list.store.kind === "workspace" }),
    spoken: l10n.t("Run {0}, {1}", label, [runStatusName(run.status), ...notes].join(", ")),
    tooltip: card(label, [
      [l10n.t("ID"), run.id],
      [l10n.t("Status"), runStatusName(run.status)],
      [l10n.t("Started"), run.started === null ? "" : dateTime(run.started)],
      [l10n.t("Ended"), run.ended === null ? "" : dateTime(run.ended)],
      [l10n.t("Logged models"), run.models.join(", ")],
      [l10n.t("Primary metric"), run.primaryMetric],
      [l10n.t("Metrics"), metricsOf(run)],
      [l10n.t("Tags"), tags(run.tags)],
    ]),
    subject: { kind: "run", store: list.store, run },
    click: { kind: "run", command: "scoredock.showRun", title: l10n.t("Show Details") },
    list: artifactsOf(list.store, list.experiment, run, ""),
  };
}

function childrenNode(list: ListOf<"artifacts">): Node {
  const { store, experiment, run } = list;
  const label = l10n.t("Child Runs");
  return {
    id: `children/${list.store.uri}/${list.run.id}`,
    label,
    description: list.run.primaryMetric,
    icon: { id: "list-tree" },
    flags: "children",
    spoken: joinWords([label, list.run.primaryMetric], ", "),
    tooltip: "",
    subject: { kind: "run", store: list.store, run: list.run },
    list: runsOf(store, experiment, run.id, run.bestChild),
  };
}

function artifactNode(list: ListOf<"artifacts">, artifact: RunArtifact): Node {
  const name = artifact.path.split("/").at(-1) ?? artifact.path;
  const notes = withText([artifact.isModel ? l10n.t("model") : "", artifact.size === null ? "" : bytes(artifact.size)]);
  return {
    id: `artifact/${keyOf(list)}/${artifact.path}`,
    label: name,
    description: notes.join(" · "),
    icon: { id: artifact.isModel ? "package" : artifact.isFolder ? "folder" : "file" },
    flags: artifact.isModel ? "artifact logged" : "artifact",
    spoken: [artifact.isFolder ? l10n.t("Folder {0}", name) : l10n.t("File {0}", name), ...notes].join(", "),
    tooltip: card(artifact.path, []),
    subject: { kind: "artifact", store: list.store, run: list.run, artifact },
    ...(artifact.isFolder ? { list: artifactsOf(list.store, list.experiment, list.run, artifact.path) } : {}),
  };
}

/** The rows of a list of runs and what leads to them. `now` in seconds. */
export function runNodes(list: ListId, page: Page<Entry>, now: number): readonly Node[] {
  const nodes = page.rows.flatMap((entry): readonly Node[] => {
    if (entry.kind === "store") {
      return [storeNode(entry.store)];
    }
    if (entry.kind === "experiment" && list.kind === "experiments") {
      return [experimentNode(list.store, entry.experiment)];
    }
    if (entry.kind === "run" && list.kind === "runs") {
      return [runNode(list, entry.run, now)];
    }
    if (entry.kind === "children" && list.kind === "artifacts") {
      return [childrenNode(list)];
    }
    return entry.kind === "artifact" && list.kind === "artifacts" ? [artifactNode(list, entry.artifact)] : [];
  });
  const empty = nodes.length === 0 && page.problem === "" ? [emptyNode(list)] : [];
  return [...nodes, ...empty, ...endNodes(list, page)];
}

/** Says that there is nothing, and where it would come from. */
function emptyNode(list: ListId): Node {
  const label = list.kind === "stores" ? l10n.t("No tracking store found") : l10n.t("Nothing here");
  const description =
    list.kind === "stores"
      ? l10n.t("an mlruns folder or mlflow.db in an open folder, or a server in the settings")
      : "";
  return {
    id: `empty/${keyOf(list)}`,
    label,
    description,
    icon: { id: "info" },
    flags: "empty",
    spoken: joinWords([label, description], ", "),
    tooltip: description === "" ? "" : card(`${label}: ${description}`, []),
    subject: { kind: "problem", sentence: label },
  };
}
