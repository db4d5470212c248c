/** Verbs of datasets, environments and images: show, edit, delete with undo, copy the id, send a row. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Asset, AssetKind, AssetUpdateParams } from "../../protocol";
import { ago } from "../../text/format";
import { showInformation, commandButton } from "../../editor/notifications";
import { kindWord, viewOf } from "../../views/assetNodes";
import type { Body } from "../../panels/request";
import { requestInView, inView } from "../interaction/progress";
import { askTags, askDescription } from "../models/edit";
import { selectedRows, serviceOf, subjectOf, workspaceId, here, hasFlag } from "../interaction/target";
import { joinWords } from "../../text/joinWords";
import { onThing, type ThingCommand, type ThingAction } from "../interaction/onThing";
import { showInUse } from "../models/models";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Rows of a dataset that are offered. */
const OFFERED = 200;

/** What to do where there is none of a kind. */
const NONE: Readonly<Record<AssetKind, () => readonly [sentence: string, button: string, command: string]>> = {
  dataset: () => [
    l10n.t("No dataset is registered yet. A dataset is a file of sample requests, one request body per row."),
    l10n.t("Register Dataset…"),
    "scoredock.registerDataset",
  ],
  environment: () => [
    l10n.t("No environment is registered yet."),
    l10n.t("Register Environment…"),
    "scoredock.registerEnvironment",
  ],
  image: () => [l10n.t("No image is registered or created yet."), l10n.t("Create Image…"), "scoredock.createImage"],
};

/** One of the registered ones; says so when there is none, and offers the way to the first. */
export async function pickAsset(app: App, title: string, kind: AssetKind | null = null): Promise<Asset | undefined> {
  const { assets } = await app.session.request("scoredock/asset/list", { kind, ...here(app) });
  if (assets.length === 0) {
    const [sentence, button, command] =
      kind === null
        ? [l10n.t("No dataset, environment or image is registered yet."), l10n.t("Register…"), "scoredock.register"]
        : NONE[kind]();
    showInformation(sentence, [commandButton(button, command)]);
    return undefined;
  }
  const now = Date.now() / 1000;
  const items = assets.map((asset) => ({
    label: asset.id,
    description: joinWords([kind === null ? kindWord(asset.kind) : "", asset.summary, ago(asset.created, now)]),
    asset,
  }));
  return (
    await showQuickPick(items, {
      title,
      matchOnDescription: true,
      placeHolder: kind === null ? l10n.t("Dataset, environment or image") : kindWord(kind),
    })
  )?.asset;
}

/** The asset that the command is about; of a name the newest version. */
async function assetOf(
  app: App,
  argument: unknown,
  title: string,
  kind: AssetKind | null = null,
): Promise<Asset | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset") {
    return subject.asset;
  }
  return subject?.kind === "assetName" ? subject.assets[0] : pickAsset(app, title, kind);
}

function onAsset(title: string, act: ThingAction<Asset>): ThingCommand {
  return onThing((app, argument) => assetOf(app, argument, title), act);
}

export const showAsset = onAsset(l10n.t("Show"), async (app, { kind, id }, argument) => {
  if (kind === "image") {
    app.pages.open({ kind, id, ...here(app) }, subjectOf(argument) !== undefined);
    return;
  }
  const { text, language, truncated } = await app.session.request("scoredock/asset/show", { kind, id, ...here(app) });
  await app.details.showText(`${kind}s/${id}`, text, language);
  if (truncated) {
    void showInformationMessage(l10n.t("{0} is too long to be shown in full; this is the beginning.", id));
  }
});

async function update(app: App, { kind, id }: Asset, change: Partial<AssetUpdateParams>): Promise<void> {
  await requestInView(app, viewOf(kind), "scoredock/asset/update", { kind, id, ...change, ...here(app) });
}

export const editAssetTags = onAsset(l10n.t("Edit Tags"), async (app, asset) => {
  const change = await askTags(asset);
  if (change !== undefined) {
    await update(app, asset, change);
  }
});

export const editAssetDescription = onAsset(l10n.t("Edit Description"), async (app, asset) => {
  const description = await askDescription(asset);
  if (description !== undefined) {
    await update(app, asset, { description });
  }
});

export const copyAssetId = onAsset(l10n.t("Copy ID"), (_, asset) => vscode.env.clipboard.writeText(asset.id));

async function restore(app: App, deleted: readonly Asset[], from: string): Promise<void> {
  for (const { kind, id } of deleted) {
    await app.session.request("scoredock/asset/restore", { kind, id, workspaceId: from });
  }
}

/** An image also leaves Docker. */
async function remove(app: App, { kind, id }: Asset, from: string): Promise<Asset> {
  return kind === "image"
    ? app.session.request("scoredock/image/delete", { id, workspaceId: from })
    : app.session.request("scoredock/asset/delete", { kind, id, workspaceId: from });
}

export async function deleteAsset(app: App, first: unknown, all: unknown): Promise<void> {
  const from = workspaceId(app);
  const deleted: Asset[] = [];
  for (const row of selectedRows(first, all)) {
    const asset = await assetOf(app, row, l10n.t("Delete"));
    if (asset !== undefined) {
      try {
        deleted.push(await inView(viewOf(asset.kind), () => remove(app, asset, from)));
      } catch (error) {
        showInUse(error, []);
      }
    }
  }
  if (deleted.length > 0) {
    showInformation(l10n.t("Deleted {0}. It can be restored from the trash.", deleted.map(({ id }) => id).join(", ")), [
      { title: l10n.t("Undo"), act: () => restore(app, deleted, from) },
    ]);
  }
}

/** One row of a dataset, or undefined when the person left. */
async function pickRow(app: App, id: string): Promise<string | undefined> {
  const { rows, total } = await app.session.request("scoredock/dataset/rows", {
    id,
    offset: 0,
    limit: OFFERED,
    ...here(app),
  });
  const items = rows.map((row, index) => ({
    label: l10n.t("Row {0}", index + 1),
    description: row.length > 200 ? `${row.slice(0, 200)}…` : row,
    row,
  }));
  if (items.length === 0) {
    void showInformationMessage(l10n.t("{0} has no rows.", id));
    return undefined;
  }
  const placeHolder =
    total > rows.length ? l10n.t("The first {0} of {1} rows", rows.length, total) : l10n.t("Request body");
  return (
    await showQuickPick(items, {
      title: l10n.t("Rows of {0}", id),
      placeHolder,
      matchOnDescription: true,
    })
  )?.row;
}

/** A row of a dataset for the request panel. */
export async function chooseBody(app: App): Promise<Body | undefined> {
  const dataset = await pickAsset(app, l10n.t("From Dataset"), "dataset");
  const body = dataset === undefined ? undefined : await pickRow(app, dataset.id);
  return dataset === undefined || body === undefined ? undefined : { body, reason: l10n.t("A row of {0}", dataset.id) };
}

export async function sendDatasetRow(app: App, argument: unknown): Promise<void> {
  const asset = await assetOf(app, argument, l10n.t("Send as Request"), "dataset");
  const row = asset === undefined ? undefined : await pickRow(app, asset.id);
  const service =
    row === undefined ? undefined : await serviceOf(app, undefined, l10n.t("Send Request"), hasFlag("answering"));
  if (asset !== undefined && row !== undefined && service !== undefined) {
    app.requests.open(service, { body: row, reason: l10n.t("A row of {0}", asset.id) });
  }
}
