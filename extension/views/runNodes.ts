/** Rows of Runs (MLflow): tracking stores, experiments, runs with their children, artifacts. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Page } from "../state/pages";
import type { Experiment, Run, RunArtifact, RunStore } from "../protocol";
import { ago, bytes, dateTime, tags } from "../text/format";
import { card, endNodes, type Icon, type Node } from "./node";
import { keyOf, type Entry, type Wanted } from "./wanted";

const STORE_ICONS: Readonly<Record<RunStore["kind"], string>> = {
  folder: "folder",
  sqlite: "database",
  server: "globe",
};

function storeNode(store: RunStore): Node {
  const broken = store.problem !== "";
  return {
    id: `store/${store.uri}`,
    label: store.title,
    description: broken ? store.problem : store.uri,
    icon: broken ? { id: "warning", color: "list.warningForeground" } : { id: STORE_ICONS[store.kind] },
    flags: broken ? "problem" : "store",
    spoken: broken
      ? l10n.t("Tracking store {0}, could not be read: {1}", store.title, store.problem)
      : l10n.t("Tracking store {0}", store.title),
    tooltip: card(store.title, [
      [l10n.t("Address"), store.uri],
      [l10n.t("Problem"), store.problem],
    ]),
    subject: { kind: "store", store },
    ...(broken ? {} : { list: { kind: "experiments", store } as const }),
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
    spoken: [l10n.t("Experiment {0}", experiment.name), count].filter((part) => part !== "").join(", "),
    tooltip: card(experiment.name, [
      [l10n.t("Id"), experiment.id],
      [l10n.t("Runs"), count],
    ]),
    subject: { kind: "experiment", store, experiment },
    list: { kind: "runs", store, experiment, parent: "", best: "" },
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
      return { id: "error", color: "list.errorForeground" };
    case "KILLED":
      return { id: "circle-slash", color: "list.warningForeground" };
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

function runNode(wanted: Extract<Wanted, { kind: "runs" }>, run: Run, now: number): Node {
  const model = run.models.length > 0 ? l10n.t("model") : "";
  const started = run.started === null ? "" : ago(run.started, now);
  const notes = [run.id === wanted.best ? l10n.t("best") : "", started, model, metricsOf(run)].filter(
    (part) => part !== "",
  );
  const label = run.name === "" ? run.id : run.name;
  return {
    id: `run/${wanted.store.uri}/${wanted.parent}/${run.id}`,
    label,
    description: notes.join(" · "),
    icon: runIcon(run),
    flags: run.hasChildren ? "run parent" : "run",
    spoken: l10n.t("Run {0}, {1}", label, [run.status.toLowerCase(), ...notes].join(", ")),
    tooltip: card(label, [
      [l10n.t("Id"), run.id],
      [l10n.t("Status"), run.status],
      [l10n.t("Started"), run.started === null ? "" : dateTime(run.started)],
      [l10n.t("Ended"), run.ended === null ? "" : dateTime(run.ended)],
      [l10n.t("Logged models"), run.models.join(", ")],
      [l10n.t("Primary metric"), run.primaryMetric],
      [l10n.t("Metrics"), metricsOf(run)],
      [l10n.t("Tags"), tags(run.tags)],
    ]),
    subject: { kind: "run", store: wanted.store, run },
    list: { kind: "artifacts", store: wanted.store, experiment: wanted.experiment, run, path: "" },
  };
}

function childrenNode(wanted: Extract<Wanted, { kind: "artifacts" }>): Node {
  const label = l10n.t("Child Runs");
  return {
    id: `children/${wanted.store.uri}/${wanted.run.id}`,
    label,
    description: wanted.run.primaryMetric,
    icon: { id: "list-tree" },
    flags: "children",
    spoken: [label, wanted.run.primaryMetric].filter((part) => part !== "").join(", "),
    tooltip: "",
    subject: { kind: "run", store: wanted.store, run: wanted.run },
    list: {
      kind: "runs",
      store: wanted.store,
      experiment: wanted.experiment,
      parent: wanted.run.id,
      best: wanted.run.bestChild,
    },
  };
}

function artifactNode(wanted: Extract<Wanted, { kind: "artifacts" }>, artifact: RunArtifact): Node {
  const name = artifact.path.split("/").at(-1) ?? artifact.path;
  const notes = [artifact.isModel ? l10n.t("model") : "", artifact.size === null ? "" : bytes(artifact.size)].filter(
    (part) => part !== "",
  );
  return {
    id: `artifact/${keyOf(wanted)}/${artifact.path}`,
    label: name,
    description: notes.join(" · "),
    icon: { id: artifact.isModel ? "package" : artifact.isFolder ? "folder" : "file" },
    flags: artifact.isModel ? "artifact logged" : "artifact",
    spoken: [artifact.isFolder ? l10n.t("Folder {0}", name) : l10n.t("File {0}", name), ...notes].join(", "),
    tooltip: card(artifact.path, []),
    subject: { kind: "artifact", store: wanted.store, run: wanted.run, artifact },
    ...(artifact.isFolder
      ? {
          list: {
            kind: "artifacts",
            store: wanted.store,
            experiment: wanted.experiment,
            run: wanted.run,
            path: artifact.path,
          } as const,
        }
      : {}),
  };
}

/** The rows of a list of runs and what leads to them. `now` in seconds. */
export function runNodes(wanted: Wanted, page: Page<Entry>, now: number): readonly Node[] {
  const nodes = page.rows.flatMap((entry): readonly Node[] => {
    if (entry.kind === "store") {
      return [storeNode(entry.store)];
    }
    if (entry.kind === "experiment" && wanted.kind === "experiments") {
      return [experimentNode(wanted.store, entry.experiment)];
    }
    if (entry.kind === "run" && wanted.kind === "runs") {
      return [runNode(wanted, entry.run, now)];
    }
    if (wanted.kind === "artifacts") {
      return entry.kind === "children"
        ? [childrenNode(wanted)]
        : entry.kind === "artifact"
          ? [artifactNode(wanted, entry.artifact)]
          : [];
    }
    return [];
  });
  const empty = nodes.length === 0 && page.problem === "" ? [emptyNode(wanted)] : [];
  return [...nodes, ...empty, ...endNodes(wanted, page)];
}

/** Says that there is nothing, and where it would come from. */
function emptyNode(wanted: Wanted): Node {
  const label = wanted.kind === "stores" ? l10n.t("No tracking store found") : l10n.t("Nothing here");
  const description =
    wanted.kind === "stores" ? l10n.t("mlruns or mlflow.db of an open folder, or a server of the settings") : "";
  return {
    id: `empty/${keyOf(wanted)}`,
    label,
    description,
    icon: { id: "info" },
    flags: "empty",
    spoken: [label, description].filter((part) => part !== "").join(", "),
    tooltip: description === "" ? "" : card(`${label}: ${description}`, []),
    subject: { kind: "problem", sentence: label },
  };
}
