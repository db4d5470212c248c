/** The kinds of lists of the core: what each asks the server for, and its rows. No `vscode` here. */
import type { Asset, Model } from "../protocol";
import type { Page, PageStart } from "../state/pages";
import { assetNodes } from "./assetNodes";
import { computeNodes } from "./computeNodes";
import type { Entry, Holding, ListOf, OfWorkspace } from "./listId";
import { type ListQuestion, type ListTable, pageOfTotal, type SendRequest, wholePage } from "./listKinds";
import { modelNodes } from "./modelNodes";

function versionEntry(model: Model): Entry {
  return { kind: "version", model };
}

/** Only what lies in the trash: the list has it among the others. */
async function deletedAssets(request: SendRequest, workspaceId: string): Promise<readonly Asset[]> {
  const { assets } = await request("scoredock/asset/list", { deleted: true, workspaceId });
  return assets.filter(({ deleted }) => deleted !== null);
}

/** How many there are of what stands below a heading. */
async function countOf(request: SendRequest, holding: Holding, workspaceId: string): Promise<number> {
  if (holding !== "trash") {
    return (await request("scoredock/asset/list", { kind: holding, workspaceId })).assets.length;
  }
  const [models, deleted] = await Promise.all([
    request("scoredock/model/list", { deleted: true, limit: 1, workspaceId }),
    deletedAssets(request, workspaceId),
  ]);
  return models.total + deleted.length;
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

async function assets({ asset, workspaceId }: ListOf<"assets">, { request }: ListQuestion): Promise<Page<Entry>> {
  switch (asset) {
    case "environment": {
      const { environments } = await request("scoredock/environment/list", { workspaceId });
      return wholePage(environments.map((environment) => ({ kind: "environment", environment })));
    }
    case "image": {
      const { images } = await request("scoredock/image/list", { workspaceId });
      return wholePage(images.map((image) => ({ kind: "image", image })));
    }
    case "dataset": {
      const answer = await request("scoredock/asset/list", { kind: asset, workspaceId });
      return wholePage(answer.assets.map((one) => ({ kind: "asset", asset: one })));
    }
  }
}

async function groups({ query, workspaceId }: ListOf<"groups">, question: ListQuestion): Promise<Page<Entry>> {
  const { offset, limit } = question.from;
  const answer = await question.request("scoredock/model/groups", { query, offset, limit, workspaceId });
  const rows = answer.groups.map((group) => ({ kind: "group", group }) as const);
  return pageOfTotal(rows, question.from, answer.total);
}

async function modelVersions(list: ListOf<"versions">, { request, from }: ListQuestion): Promise<Page<Entry>> {
  const { group, query, workspaceId } = list;
  const params = { group, query, offset: from.offset, limit: from.limit, workspaceId };
  const { models, total } = await request("scoredock/model/versions", params);
  return pageOfTotal(models.map(versionEntry), from, total);
}

async function modelFiles({ model, workspaceId }: ListOf<"files">, question: ListQuestion): Promise<Page<Entry>> {
  const { offset, limit } = question.from;
  const { files, total } = await question.request("scoredock/model/files", {
    id: model.id,
    offset,
    limit,
    workspaceId,
  });
  const rows = files.map((file) => ({ kind: "file", file }) as const);
  return pageOfTotal(rows, question.from, total);
}

async function heading({ holding, workspaceId }: ListOf<"heading">, { request }: ListQuestion): Promise<Page<Entry>> {
  const count = await countOf(request, holding, workspaceId);
  return wholePage(count === 0 ? [] : [{ kind: "holding", holding, count }]);
}

async function computes({ workspaceId }: OfWorkspace, { request, trusts }: ListQuestion): Promise<Page<Entry>> {
  const { targets } = await request("scoredock/compute/list", { workspaceId, ask: trusts() });
  return wholePage(targets.map((compute) => ({ kind: "compute", compute })));
}

type CoreList = "groups" | "versions" | "files" | "heading" | "assets" | "trash" | "computes";
type CoreRow = "group" | "version" | "file" | "holding" | "asset" | "environment" | "image" | "compute";

export const CORE_LISTS: ListTable<CoreList, CoreRow> = {
  kinds: {
    groups: { ask: groups, nodes: modelNodes, follows: ({ models }) => models, isRemembered: true },
    versions: { ask: modelVersions, nodes: modelNodes, follows: ({ models }) => models },
    files: { ask: modelFiles, nodes: modelNodes, follows: () => false },
    heading: {
      ask: heading,
      nodes: assetNodes,
      follows: (change) => change.models || change.assets,
      isRemembered: true,
    },
    assets: {
      ask: assets,
      nodes: assetNodes,
      follows: (change) => change.assets || change.models,
      isRemembered: true,
    },
    trash: {
      ask: ({ workspaceId }, { request, from }) => trash(request, workspaceId, from),
      nodes: assetNodes,
      follows: (change) => change.models || change.assets,
    },
    computes: { ask: computes, nodes: computeNodes, follows: () => false },
  },
  rows: {
    group: ({ group }) => group.key,
    version: ({ model }) => model.id,
    file: ({ file }) => file.path,
    holding: ({ holding }) => holding,
    asset: ({ asset }) => `${asset.kind}/${asset.id}`,
    environment: ({ environment }) => `${environment.origin}/${environment.id}`,
    image: ({ image }) => image.asset.id,
    compute: ({ compute }) => compute.name,
  },
};
