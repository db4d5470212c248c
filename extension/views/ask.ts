/** Asks the server for a page of a list. No `vscode` here. */
import { tellable } from "../text/errors";
import type { From, Page, Source } from "../state/pages";
import type { Asset, Requests } from "../protocol";
import { type Entry, identityOf, keyOf, type Wanted } from "./wanted";

export type Request = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

function whole(rows: readonly Entry[]): Page<Entry> {
  return { rows, left: 0, next: "", problem: "" };
}

/** A page of a list whose length is known. */
function counted(rows: readonly Entry[], from: From, total: number): Page<Entry> {
  // An empty page ends the list, whatever was counted: it would be asked for without end.
  return { rows, left: rows.length === 0 ? 0 : Math.max(0, total - from.offset - rows.length), next: "", problem: "" };
}

function chained(rows: readonly Entry[], nextPage: string): Page<Entry> {
  return { rows, left: nextPage === "" ? 0 : undefined, next: nextPage, problem: "" };
}

/** Only what lies in the trash: the list has it among the others. */
async function deletedAssets(request: Request, workspaceId: string): Promise<readonly Asset[]> {
  const { assets } = await request("scoredock/asset/list", { deleted: true, workspaceId });
  return assets.filter(({ deleted }) => deleted !== null);
}

async function holdings(request: Request, workspaceId: string): Promise<Page<Entry>> {
  const [{ assets }, deleted, models] = await Promise.all([
    request("scoredock/asset/list", { workspaceId }),
    deletedAssets(request, workspaceId),
    request("scoredock/model/list", { deleted: true, limit: 1, workspaceId }),
  ]);
  const kinds = ["environment", "dataset", "image"] as const;
  return whole([
    ...kinds.map(
      (holding) =>
        ({ kind: "holding", holding, count: assets.filter((asset) => asset.kind === holding).length }) as const,
    ),
    { kind: "holding", holding: "runs", count: undefined },
    { kind: "holding", holding: "trash", count: models.total + deleted.length },
  ]);
}

/** Deleted models page by page, and the deleted assets after the last of them. */
async function trash(request: Request, workspaceId: string, from: From): Promise<Page<Entry>> {
  const { models, total } = await request("scoredock/model/list", {
    deleted: true,
    offset: from.offset,
    limit: from.limit,
    workspaceId,
  });
  const rows = models.map((model) => ({ kind: "version", model }) as const);
  const page = counted(rows, from, total);
  if (page.left !== 0) {
    return page;
  }
  return whole([
    ...rows,
    ...(await deletedAssets(request, workspaceId)).map((asset) => ({ kind: "asset", asset }) as const),
  ]);
}

async function artifacts(request: Request, wanted: Extract<Wanted, { kind: "artifacts" }>): Promise<Page<Entry>> {
  const { run, path, store } = wanted;
  const found = await request("scoredock/run/artifacts", { store: store.uri, runId: run.id, path });
  const children: readonly Entry[] = path === "" && run.hasChildren ? [{ kind: "children", run }] : [];
  return whole([...children, ...found.artifacts.map((artifact) => ({ kind: "artifact", artifact }) as const)]);
}

async function page(
  request: Request,
  folders: () => readonly string[],
  wanted: Wanted,
  from: From,
): Promise<Page<Entry>> {
  const { offset, limit } = from;
  switch (wanted.kind) {
    case "groups": {
      const answer = await request("scoredock/model/groups", {
        query: wanted.query,
        offset,
        limit,
        workspaceId: wanted.workspaceId,
      });
      return counted(
        answer.groups.map((group) => ({ kind: "group", group })),
        from,
        answer.total,
      );
    }
    case "versions": {
      const { group, query, workspaceId } = wanted;
      const answer = await request("scoredock/model/versions", { group, query, offset, limit, workspaceId });
      return counted(
        answer.models.map((model) => ({ kind: "version", model })),
        from,
        answer.total,
      );
    }
    case "files": {
      const answer = await request("scoredock/model/files", {
        id: wanted.model.id,
        offset,
        limit,
        workspaceId: wanted.workspaceId,
      });
      return counted(
        answer.files.map((file) => ({ kind: "file", file })),
        from,
        answer.total,
      );
    }
    case "holdings":
      return holdings(request, wanted.workspaceId);
    case "assets": {
      const { workspaceId } = wanted;
      if (wanted.asset === "environment") {
        const { environments } = await request("scoredock/environment/list", { workspaceId });
        return whole(environments.map((environment) => ({ kind: "environment", environment })));
      }
      if (wanted.asset === "image") {
        const { images } = await request("scoredock/image/list", { workspaceId });
        return whole(images.map((image) => ({ kind: "image", image })));
      }
      const { assets } = await request("scoredock/asset/list", { kind: wanted.asset, workspaceId });
      return whole(assets.map((asset) => ({ kind: "asset", asset })));
    }
    case "trash":
      return trash(request, wanted.workspaceId, from);
    case "stores": {
      const { stores } = await request("scoredock/run/stores", { folders: folders() });
      return whole(stores.map((store) => ({ kind: "store", store })));
    }
    case "experiments": {
      const answer = await request("scoredock/run/experiments", { store: wanted.store.uri, page: from.next });
      return chained(
        answer.experiments.map((experiment) => ({ kind: "experiment", experiment })),
        answer.nextPage,
      );
    }
    case "runs": {
      const { store, experiment, parent } = wanted;
      const answer = await request("scoredock/run/list", {
        store: store.uri,
        experimentId: experiment.id,
        parent,
        page: from.next,
      });
      return chained(
        answer.runs.map((run) => ({ kind: "run", run })),
        answer.nextPage,
      );
    }
    case "artifacts":
      return artifacts(request, wanted);
  }
}

/** Where the lists of the views come from. `folders` are the open ones. */
export function source(request: Request, folders: () => readonly string[]): Source<Wanted, Entry> {
  return {
    ask: (wanted, from) => page(request, folders, wanted, from),
    key: keyOf,
    identity: identityOf,
    explain: (error) => tellable(error).sentence,
  };
}
