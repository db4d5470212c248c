/** Rows of datasets, images and the trash, each below its heading. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Page } from "../state/pages";
import type { Asset, AssetKind, Model } from "../protocol";
import { ago, bytes, dateTime, few, shortTags, tags, versions } from "../text/format";
import { environmentNodes } from "./environmentNodes";
import { imageNodes } from "./imageNodes";
import { versionCard } from "./modelNodes";
import { plain } from "../text/markdown";
import { card, endNodes, type Node } from "./node";
import type { Entry, Holding, ListId } from "./listId";
import { withText, joinWords } from "../text/joinWords";
import { entriesOf } from "./listId";
import { nodesByName } from "./buildNodes";

const ICONS: Readonly<Record<AssetKind, string>> = {
  environment: "server-environment",
  dataset: "database",
  image: "vm",
};

/** The kind of one asset, as it begins a sentence. */
export function kindWord(kind: AssetKind): string {
  switch (kind) {
    case "environment":
      return l10n.t("Environment");
    case "dataset":
      return l10n.t("Dataset");
    case "image":
      return l10n.t("Image");
  }
}

/** The view that shows assets of a kind. */
export function viewOf(kind: AssetKind): "models" | "environments" {
  return kind === "dataset" ? "models" : "environments";
}

function holdingWord(holding: Holding): string {
  switch (holding) {
    case "dataset":
      return l10n.t("Datasets");
    case "image":
      return l10n.t("Images");
    case "trash":
      return l10n.t("Trash");
  }
}

function holdingTooltip(holding: Holding): string {
  switch (holding) {
    case "dataset":
      return l10n.t("Sample requests, one request body per row. A row can be sent to a service.");
    case "image":
      return l10n.t("Docker images that were created or registered in this workspace.");
    case "trash":
      return l10n.t("Deleted models and assets. Models stay here for 30 days.");
  }
}

const HOLDING_ICONS: Readonly<Record<Holding, string>> = {
  dataset: "database",
  image: "vm",
  trash: "trash",
};

function listOf(holding: Holding, workspaceId: string): ListId {
  switch (holding) {
    case "trash":
      return { kind: "trash", workspaceId };
    case "dataset":
    case "image":
      return { kind: "assets", workspaceId, asset: holding };
  }
}

function holdingNode(holding: Holding, count: number, workspaceId: string): Node {
  const label = holdingWord(holding);
  return {
    id: `holding/${holding}`,
    label,
    description: String(count),
    icon: { id: HOLDING_ICONS[holding] },
    flags: holding,
    spoken: joinWords([label, String(count)], ", "),
    tooltip: card(label, []) + `  \n${plain(holdingTooltip(holding))}`,
    subject: { kind: "holding", holding },
    list: listOf(holding, workspaceId),
  };
}

function assetCard(asset: Asset): string {
  return card(asset.id, [
    [l10n.t("Description"), asset.description],
    [l10n.t("Contents"), asset.summary],
    [l10n.t("Tags"), tags(asset.tags)],
    [l10n.t("Registered"), dateTime(asset.created)],
    [l10n.t("By"), asset.createdBy],
    [l10n.t("Used by"), few(asset.usedBy)],
    [l10n.t("Deleted"), asset.deleted === null ? "" : dateTime(asset.deleted)],
  ]);
}

function assetNode(asset: Asset, label: string, now: number): Node {
  const gone = asset.deleted !== null;
  const when = asset.deleted ?? asset.created;
  const used = asset.usedBy.length > 0 && !gone ? l10n.t("in use") : "";
  const notes = withText([
    asset.summary,
    gone ? l10n.t("deleted {0}", ago(when, now)) : ago(when, now),
    shortTags(asset.tags),
    used,
  ]);
  return {
    id: `${gone ? "deleted" : "asset"}/${asset.kind}/${asset.id}`,
    label,
    description: notes.join(" · "),
    icon: { id: ICONS[asset.kind] },
    flags: gone ? "deleted deletedAsset" : `asset one${asset.kind === "dataset" ? " rows" : ""}`,
    spoken: `${kindWord(asset.kind)} ${asset.id}, ${notes.join(", ")}`,
    tooltip: assetCard(asset),
    subject: { kind: "asset", asset },
    ...(gone ? {} : { click: { kind: "run", command: "scoredock.showAsset", title: l10n.t("Show") } as const }),
  };
}

function nameNode(newest: Asset, all: readonly Asset[], children: () => readonly Node[]): Node {
  const { kind, name, version, summary } = newest;
  const notes = withText([`v${version}`, summary]);
  return {
    id: `assetName/${kind}/${name}`,
    label: name,
    description: notes.join(" · "),
    icon: { id: ICONS[kind] },
    flags: `asset name${kind === "dataset" ? " rows" : ""}`,
    spoken: `${kindWord(kind)} ${name}, ${versions(all.length)}, ${notes.join(", ")}`,
    tooltip: assetCard(newest),
    subject: { kind: "assetName", assets: all },
    children,
  };
}

function deletedModelNode(model: Model, now: number): Node {
  const notes = withText([
    model.deleted === null ? "" : l10n.t("deleted {0}", ago(model.deleted, now)),
    bytes(model.size),
  ]);
  return {
    id: `deleted/model/${model.id}`,
    label: model.id,
    description: notes.join(" · "),
    icon: { id: "package" },
    flags: "deleted deletedModel",
    spoken: l10n.t("Deleted version {0} of {1}, {2}", model.version, model.name, notes.join(", ")),
    tooltip: versionCard(model),
    subject: { kind: "version", model },
  };
}

function rowsOf(list: ListId, page: Page<Entry>, now: number): readonly Node[] {
  if (list.kind !== "assets") {
    return page.rows.flatMap((entry) => nodesOf(entry, list, now));
  }
  switch (list.asset) {
    case "environment":
      return environmentNodes(
        entriesOf(page.rows, "environment").map(({ environment }) => environment),
        now,
      );
    case "image":
      return imageNodes(
        entriesOf(page.rows, "image").map(({ image }) => image),
        now,
      );
    case "dataset": {
      const assets = entriesOf(page.rows, "asset").map(({ asset }) => asset);
      const row = (asset: Asset, label: string): Node => assetNode(asset, label, now);
      return nodesByName(assets, (asset) => asset, row, nameNode);
    }
  }
}

function nodesOf(entry: Entry, list: ListId, now: number): readonly Node[] {
  if (entry.kind === "holding" && list.kind === "heading") {
    return [holdingNode(entry.holding, entry.count, list.workspaceId)];
  }
  if (entry.kind === "version") {
    return [deletedModelNode(entry.model, now)];
  }
  return entry.kind === "asset" ? [assetNode(entry.asset, entry.asset.id, now)] : [];
}

/** The rows of what a workspace holds. `now` in seconds. */
export function assetNodes(list: ListId, page: Page<Entry>, now: number): readonly Node[] {
  return [...rowsOf(list, page, now), ...endNodes(list, page)];
}
