/** The lists that the views show page by page: what each is of, and what its rows are. No `vscode` here. */
import type {
  Asset,
  AssetKind,
  BatchJob,
  Compute,
  Environment,
  EventSubscription,
  Experiment,
  Image,
  Model,
  ModelFile,
  ModelGroup,
  ModelQuery,
  Run,
  RuleSummary,
  RunArtifact,
  RunStore,
} from "../protocol";
import type { RegistryChange } from "../state/state";

/** What stands below the rows of a view as a heading of its own. */
export type Holding = "dataset" | "image" | "runs" | "trash";

/** A list, by what it is of. */
export type ListId =
  | { readonly kind: "groups"; readonly workspaceId: string; readonly query: ModelQuery }
  | { readonly kind: "versions"; readonly workspaceId: string; readonly query: ModelQuery; readonly group: string }
  | { readonly kind: "files"; readonly workspaceId: string; readonly model: Model }
  /** The heading of one holding; no row where there is nothing to look into. */
  | { readonly kind: "heading"; readonly workspaceId: string; readonly holding: Holding }
  | { readonly kind: "assets"; readonly workspaceId: string; readonly asset: AssetKind }
  | { readonly kind: "trash"; readonly workspaceId: string }
  | { readonly kind: "stores"; readonly workspaceId: string }
  | { readonly kind: "computes"; readonly workspaceId: string }
  | { readonly kind: "subscriptions"; readonly workspaceId: string }
  | { readonly kind: "jobs"; readonly workspaceId: string }
  | { readonly kind: "rules"; readonly workspaceId: string }
  | { readonly kind: "experiments"; readonly store: RunStore }
  | {
      readonly kind: "runs";
      readonly store: RunStore;
      readonly experiment: Experiment;
      readonly parent: string;
      readonly best: string;
    }
  | {
      readonly kind: "artifacts";
      readonly store: RunStore;
      readonly experiment: Experiment;
      readonly run: Run;
      readonly path: string;
    };

/** One row of a list. */
export type Entry =
  | { readonly kind: "group"; readonly group: ModelGroup }
  | { readonly kind: "version"; readonly model: Model }
  | { readonly kind: "file"; readonly file: ModelFile }
  | { readonly kind: "holding"; readonly holding: Holding; readonly count: number }
  | { readonly kind: "asset"; readonly asset: Asset }
  | { readonly kind: "environment"; readonly environment: Environment }
  | { readonly kind: "image"; readonly image: Image }
  | { readonly kind: "store"; readonly store: RunStore }
  | { readonly kind: "compute"; readonly compute: Compute }
  | { readonly kind: "subscription"; readonly subscription: EventSubscription }
  | { readonly kind: "job"; readonly job: BatchJob }
  | { readonly kind: "rule"; readonly rule: RuleSummary }
  | { readonly kind: "experiment"; readonly experiment: Experiment }
  | { readonly kind: "run"; readonly run: Run }
  /** The rows of a parent run: its children before its artifacts. */
  | { readonly kind: "children"; readonly run: Run }
  | { readonly kind: "artifact"; readonly artifact: RunArtifact };

export function entriesOf<K extends Entry["kind"]>(rows: readonly Entry[], kind: K): Extract<Entry, { kind: K }>[] {
  return rows.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

/** The same for the same list, whatever is known of it by now. */
export function keyOf(list: ListId): string {
  switch (list.kind) {
    case "groups":
      return JSON.stringify([list.kind, list.workspaceId, list.query]);
    case "versions":
      return JSON.stringify([list.kind, list.workspaceId, list.query, list.group]);
    case "files":
      return JSON.stringify([list.kind, list.workspaceId, list.model.id]);
    case "heading":
      return JSON.stringify([list.kind, list.workspaceId, list.holding]);
    case "trash":
    case "stores":
    case "computes":
    case "subscriptions":
    case "jobs":
    case "rules":
      return JSON.stringify([list.kind, list.workspaceId]);
    case "assets":
      return JSON.stringify([list.kind, list.workspaceId, list.asset]);
    case "experiments":
      return JSON.stringify([list.kind, list.store.uri]);
    case "runs":
      return JSON.stringify([list.kind, list.store.uri, list.experiment.id, list.parent]);
    case "artifacts":
      return JSON.stringify([list.kind, list.store.uri, list.run.id, list.path]);
  }
}

/** Of a row within its list. */
export function identityOf(entry: Entry): string {
  switch (entry.kind) {
    case "group":
      return entry.group.key;
    case "version":
      return entry.model.id;
    case "file":
      return entry.file.path;
    case "holding":
      return entry.holding;
    case "asset":
      return `${entry.asset.kind}/${entry.asset.id}`;
    case "environment":
      return `${entry.environment.origin}/${entry.environment.id}`;
    case "image":
      return entry.image.asset.id;
    case "store":
      return entry.store.uri;
    case "compute":
      return entry.compute.name;
    case "subscription":
      return entry.subscription.name;
    case "job":
      return entry.job.name;
    case "rule":
      return entry.rule.name;
    case "experiment":
      return entry.experiment.id;
    case "run":
      return entry.run.id;
    case "children":
      return "children";
    case "artifact":
      return entry.artifact.path;
  }
}

/** What is of runs; nobody tells of changes in tracking stores of MLflow. */
export function ofRuns(list: ListId): boolean {
  return (
    ["stores", "experiments", "runs", "artifacts"].includes(list.kind) ||
    (list.kind === "heading" && list.holding === "runs")
  );
}

/** Whether a list may be another one after the server said what changed; nobody tells of changes in other stores. */
export function concerns(list: ListId, change: RegistryChange): boolean {
  switch (list.kind) {
    case "groups":
    case "versions":
      return change.models;
    case "assets":
      return change.assets || change.models;
    case "heading":
      return list.holding === "runs" ? change.runs : change.models || change.assets;
    case "trash":
      return change.models || change.assets;
    case "stores":
      return change.runs;
    case "jobs":
      return change.jobs;
    case "rules":
      return change.rules;
    case "subscriptions":
      return change.events;
    case "experiments":
    case "runs":
    case "artifacts":
      return change.runs && list.store.kind === "workspace";
    case "files":
    case "computes":
      return false;
  }
}
