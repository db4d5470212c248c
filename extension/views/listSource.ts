/** Asks the server for a page of a list. No `vscode` here. */
import { failureOf } from "../text/errors";
import type { PageStart, Page, ListSource } from "../state/pages";
import type { Asset, Requests } from "../protocol";
import { type Entry, type Holding, identityOf, keyOf, type ListId } from "./listId";
import type { Model } from "../protocol";

export type SendRequest = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

function wholePage(rows: readonly Entry[]): Page<Entry> {
  return { rows, left: 0, next: "", problem: "" };
}

/** A page of a list whose length is known. */
function pageOfTotal(rows: readonly Entry[], from: PageStart, total: number): Page<Entry> {
  // An empty page ends the list, whatever was counted: it would be asked for without end.
  return { rows, left: rows.length === 0 ? 0 : Math.max(0, total - from.offset - rows.length), next: "", problem: "" };
}

function pageWithToken(rows: readonly Entry[], nextPage: string): Page<Entry> {
  return { rows, left: nextPage === "" ? 0 : undefined, next: nextPage, problem: "" };
}

function versionEntry(model: Model): Entry {
  return { kind: "version", model };
}

/** Only what lies in the trash: the list has it among the others. */
async function deletedAssets(request: SendRequest, workspaceId: string): Promise<readonly Asset[]> {
  const { assets } = await request("scoredock/asset/list", { deleted: true, workspaceId });
  return assets.filter(({ deleted }) => deleted !== null);
}

/** How many there are of what stands below a heading; runs are not counted, their stores are. */
async function countOf(request: SendRequest, holding: Holding, from: HoldingPlace): Promise<number> {
  const { workspaceId, folders } = from;
  switch (holding) {
    case "dataset":
    case "image":
      return (await request("scoredock/asset/list", { kind: holding, workspaceId })).assets.length;
    case "runs":
      return (await request("scoredock/run/stores", { folders })).stores.length;
    case "trash": {
      const [models, deleted] = await Promise.all([
        request("scoredock/model/list", { deleted: true, limit: 1, workspaceId }),
        deletedAssets(request, workspaceId),
      ]);
      return models.total + deleted.length;
    }
  }
}

interface HoldingPlace {
  readonly workspaceId: string;
  readonly folders: readonly string[];
}

async function heading(request: SendRequest, holding: Holding, from: HoldingPlace): Promise<Page<Entry>> {
  const count = await countOf(request, holding, from);
  return wholePage(count === 0 ? [] : [{ kind: "holding", holding, count }]);
}

/** Deleted models page by page, and the deleted assets after the last of them. */
async function trash(request: SendRequest, workspaceId: string, from: PageStart): Promise<Page<Entry>> {
  const params = { deleted: true, offset: from.offset, limit: from.limit, workspaceId };
  const { models, total } = await request("scoredock/model/list", params);
  const rows = models.map(versionEntry);
  const page = pageOfTotal(rows, from, total);
  if (page.left !== 0) {
    return page;
  }
  const assets = await deletedAssets(request, workspaceId);
  return wholePage([...rows, ...assets.map((asset) => ({ kind: "asset", asset }) as const)]);
}

async function artifacts(request: SendRequest, list: Extract<ListId, { kind: "artifacts" }>): Promise<Page<Entry>> {
  const { run, path, store } = list;
  const found = await request("scoredock/run/artifacts", { store: store.uri, runId: run.id, path });
  const children: readonly Entry[] = path === "" && run.hasChildren ? [{ kind: "children", run }] : [];
  return wholePage([...children, ...found.artifacts.map((artifact) => ({ kind: "artifact", artifact }) as const)]);
}

/** What the lists depend on besides the server. */
export interface ListSurroundings {
  /** The open folders. */
  readonly folders: () => readonly string[];
  /** Whether the person trusts them: else no cluster is called, as signing in may run a program. */
  readonly trusts: () => boolean;
}

async function page(
  request: SendRequest,
  { folders, trusts }: ListSurroundings,
  list: ListId,
  from: PageStart,
): Promise<Page<Entry>> {
  const { offset, limit } = from;
  switch (list.kind) {
    case "groups": {
      const { query, workspaceId } = list;
      const { groups, total } = await request("scoredock/model/groups", { query, offset, limit, workspaceId });
      const rows = groups.map((group) => ({ kind: "group", group }) as const);
      return pageOfTotal(rows, from, total);
    }
    case "versions": {
      const { group, query, workspaceId } = list;
      const params = { group, query, offset, limit, workspaceId };
      const { models, total } = await request("scoredock/model/versions", params);
      return pageOfTotal(models.map(versionEntry), from, total);
    }
    case "files": {
      const params = { id: list.model.id, offset, limit, workspaceId: list.workspaceId };
      const { files, total } = await request("scoredock/model/files", params);
      const rows = files.map((file) => ({ kind: "file", file }) as const);
      return pageOfTotal(rows, from, total);
    }
    case "heading":
      return heading(request, list.holding, { workspaceId: list.workspaceId, folders: folders() });
    case "assets": {
      const { workspaceId } = list;
      if (list.asset === "environment") {
        const { environments } = await request("scoredock/environment/list", { workspaceId });
        return wholePage(environments.map((environment) => ({ kind: "environment", environment })));
      }
      if (list.asset === "image") {
        const { images } = await request("scoredock/image/list", { workspaceId });
        return wholePage(images.map((image) => ({ kind: "image", image })));
      }
      const { assets } = await request("scoredock/asset/list", { kind: list.asset, workspaceId });
      return wholePage(assets.map((asset) => ({ kind: "asset", asset })));
    }
    case "trash":
      return trash(request, list.workspaceId, from);
    case "stores": {
      const { stores } = await request("scoredock/run/stores", { folders: folders() });
      return wholePage(stores.map((store) => ({ kind: "store", store })));
    }
    case "computes": {
      const { targets } = await request("scoredock/compute/list", { workspaceId: list.workspaceId, ask: trusts() });
      return wholePage(targets.map((compute) => ({ kind: "compute", compute })));
    }
    case "subscriptions": {
      const { subscriptions } = await request("scoredock/event/list", { workspaceId: list.workspaceId });
      return wholePage(subscriptions.map((subscription) => ({ kind: "subscription", subscription })));
    }
    case "jobs": {
      const { jobs } = await request("scoredock/batch/list", { workspaceId: list.workspaceId });
      return wholePage(jobs.map((job) => ({ kind: "job", job })));
    }
    case "rules": {
      const { rules } = await request("scoredock/rule/list", { workspaceId: list.workspaceId });
      return wholePage(rules.map((rule) => ({ kind: "rule", rule })));
    }
    case "experiments": {
      const params = { store: list.store.uri, page: from.next };
      const { experiments, nextPage } = await request("scoredock/run/experiments", params);
      const rows = experiments.map((experiment) => ({ kind: "experiment", experiment }) as const);
      return pageWithToken(rows, nextPage);
    }
    case "runs": {
      const { store, experiment, parent } = list;
      const params = { store: store.uri, experimentId: experiment.id, parent, page: from.next };
      const { runs, nextPage } = await request("scoredock/run/list", params);
      const rows = runs.map((run) => ({ kind: "run", run }) as const);
      return pageWithToken(rows, nextPage);
    }
    case "artifacts":
      return artifacts(request, list);
  }
}

/** Where the lists of the views come from. */
export function listSource(request: SendRequest, around: ListSurroundings): ListSource<ListId, Entry> {
  return {
    ask: (list, from) => page(request, around, list, from),
    key: keyOf,
    identity: identityOf,
    explain: (error) => failureOf(error).sentence,
  };
}
