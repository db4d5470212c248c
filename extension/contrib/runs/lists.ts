/** The lists that lead to runs, below the models. No `vscode` here. */
import type { Experiment, Run, RunArtifact, RunStore } from "../../protocol";
import type { Page } from "../../state/pages";
import type { RegistryChange } from "../../state/state";
import type { Entry, ListOf, OfWorkspace, WithKey } from "../../views/listId";
import { type ListQuestion, type ListTable, pageWithToken, wholePage } from "../../views/listKinds";
import { runNodes, runsHeading } from "./runNodes";

interface OfStore extends WithKey {
  readonly store: RunStore;
}

interface OfExperiment extends OfStore {
  readonly experiment: Experiment;
}

declare module "../../views/listId" {
  interface ListRefs {
    readonly runsHeading: OfWorkspace;
    readonly stores: OfWorkspace;
    readonly experiments: OfStore;
    readonly runs: OfExperiment & { readonly parent: string; readonly best: string };
    readonly artifacts: OfExperiment & { readonly run: Run; readonly path: string };
  }
  interface RowRefs {
    readonly store: { readonly store: RunStore };
    readonly experiment: { readonly experiment: Experiment };
    readonly run: { readonly run: Run };
    /** The rows of a parent run: its children before its artifacts. */
    readonly children: { readonly run: Run };
    readonly artifact: { readonly artifact: RunArtifact };
  }
}

declare module "../../views/node" {
  interface SubjectRefs {
    /** The heading. */
    readonly stores: object;
    readonly store: { readonly store: RunStore };
    readonly experiment: { readonly store: RunStore; readonly experiment: Experiment };
    readonly run: { readonly store: RunStore; readonly run: Run };
    readonly artifact: { readonly store: RunStore; readonly run: Run; readonly artifact: RunArtifact };
  }
}

async function stores(_: OfWorkspace, { request, folders }: ListQuestion): Promise<Page<Entry>> {
  const answer = await request("scoredock/run/stores", { folders: folders() });
  return wholePage(answer.stores.map((store) => ({ kind: "store", store })));
}

async function experiments({ store }: OfStore, { request, from }: ListQuestion): Promise<Page<Entry>> {
  const answer = await request("scoredock/run/experiments", { store: store.uri, page: from.next });
  const rows = answer.experiments.map((experiment) => ({ kind: "experiment", experiment }) as const);
  return pageWithToken(rows, answer.nextPage);
}

async function runs(list: ListOf<"runs">, { request, from }: ListQuestion): Promise<Page<Entry>> {
  const { store, experiment, parent } = list;
  const params = { store: store.uri, experimentId: experiment.id, parent, page: from.next };
  const answer = await request("scoredock/run/list", params);
  const rows = answer.runs.map((run) => ({ kind: "run", run }) as const);
  return pageWithToken(rows, answer.nextPage);
}

async function artifacts(list: ListOf<"artifacts">, { request }: ListQuestion): Promise<Page<Entry>> {
  const { run, path, store } = list;
  const answer = await request("scoredock/run/artifacts", { store: store.uri, runId: run.id, path });
  const children: readonly Entry[] = path === "" && run.hasChildren ? [{ kind: "children", run }] : [];
  return wholePage([...children, ...answer.artifacts.map((artifact) => ({ kind: "artifact", artifact }) as const)]);
}

/** The server tells of runs of the workspace; nobody tells of changes in other stores. */
function inStore(change: RegistryChange, { store }: OfStore): boolean {
  return change.runs && store.kind === "workspace";
}

type RunsList = "runsHeading" | "stores" | "experiments" | "runs" | "artifacts";
type RunsRow = "store" | "experiment" | "run" | "children" | "artifact";

const COMMON = { nodes: runNodes, ofFolders: true } as const;

export const LISTS: ListTable<RunsList, RunsRow> = {
  kinds: {
    runsHeading: {
      ask: stores,
      nodes: runsHeading,
      follows: (change) => change.runs,
      ofFolders: true,
      isRemembered: true,
      below: "models",
    },
    stores: { ...COMMON, ask: stores, follows: (change) => change.runs },
    experiments: { ...COMMON, ask: experiments, follows: inStore },
    runs: { ...COMMON, ask: runs, follows: inStore },
    artifacts: { ...COMMON, ask: artifacts, follows: inStore },
  },
  rows: {
    store: ({ store }) => store.uri,
    experiment: ({ experiment }) => experiment.id,
    run: ({ run }) => run.id,
    children: () => "children",
    artifact: ({ artifact }) => artifact.path,
  },
};
