/** The trash of the workspace: bring back, remove for ever, empty. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Asset, Model } from "../../protocol";
import { confirm, showInformation } from "../../editor/notifications";
import { kindWord } from "../../views/assetNodes";
import { requestInView, inView } from "../interaction/progress";
import { selectedRows, subjectOf, here } from "../interaction/target";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Something that was deleted. */
type DeletedItem = { readonly model: Model } | { readonly asset: Asset };

const OFFERED = 500;

const FOR_EVER = l10n.t("This cannot be undone. Version numbers are never reused.");

function idOf(deleted: DeletedItem): string {
  return "model" in deleted ? deleted.model.id : deleted.asset.id;
}

async function inTrash(app: App): Promise<readonly DeletedItem[]> {
  const [{ models }, { assets }] = await Promise.all([
    app.session.request("scoredock/model/list", { deleted: true, limit: OFFERED, ...here(app) }),
    app.session.request("scoredock/asset/list", { deleted: true, ...here(app) }),
  ]);
  return [
    ...models.map((model) => ({ model })),
    ...assets.filter((asset) => asset.deleted !== null).map((asset) => ({ asset })),
  ];
}

/** The rows that were selected, or those that are picked of what lies in the trash. */
async function chooseDeleted(
  app: App,
  first: unknown,
  all: unknown,
  title: string,
  suits: (deleted: DeletedItem) => boolean = () => true,
): Promise<readonly DeletedItem[]> {
  const rows = selectedRows(first, all).flatMap((row): readonly DeletedItem[] => {
    const subject = subjectOf(row);
    return subject?.kind === "version"
      ? [{ model: subject.model }]
      : subject?.kind === "asset"
        ? [{ asset: subject.asset }]
        : [];
  });
  if (rows.length > 0) {
    return rows.filter(suits);
  }
  const items = (await inTrash(app)).filter(suits).map((deleted) => ({
    label: idOf(deleted),
    description: "model" in deleted ? l10n.t("Model") : kindWord(deleted.asset.kind),
    deleted,
  }));
  if (items.length === 0) {
    void showInformationMessage(l10n.t("The trash is empty."));
    return [];
  }
  const picked = await showQuickPick(items, { title, placeHolder: l10n.t("Deleted"), canPickMany: true });
  return (picked ?? []).map(({ deleted }) => deleted);
}

export async function restoreDeleted(app: App, first: unknown, all: unknown): Promise<void> {
  const deleted = await chooseDeleted(app, first, all, l10n.t("Restore"));
  const from = here(app);
  await inView("models", async () => {
    for (const one of deleted) {
      await ("model" in one
        ? app.session.request("scoredock/model/restore", { id: one.model.id, ...from })
        : app.session.request("scoredock/asset/restore", { kind: one.asset.kind, id: one.asset.id, ...from }));
    }
  });
  if (deleted.length > 0) {
    showInformation(l10n.t("Restored {0}.", deleted.map(idOf).join(", ")));
  }
}

async function purge(app: App, ids: readonly string[]): Promise<void> {
  const { ids: gone } = await requestInView(app, "models", "scoredock/model/purge", { ids, ...here(app) });
  showInformation(
    gone.length === 1
      ? l10n.t("Permanently deleted {0}.", gone[0] ?? "")
      : l10n.t("Permanently deleted {0} model versions.", gone.length),
  );
}

export async function purgeDeleted(app: App, first: unknown, all: unknown): Promise<void> {
  const title = l10n.t("Delete Permanently");
  const ids = (await chooseDeleted(app, first, all, title, (one) => "model" in one)).map(idOf);
  const [question, listed]: readonly [string, readonly string[]] =
    ids.length === 1
      ? [l10n.t("Permanently delete {0}?", ids[0] ?? ""), []]
      : [l10n.t("Permanently delete {0} model versions?", ids.length), [...ids.slice(0, 20), ""]];
  if (ids.length > 0 && (await confirm(question, [...listed, FOR_EVER], title))) {
    await purge(app, ids);
  }
}

export async function emptyTrash(app: App): Promise<void> {
  const { total } = await app.session.request("scoredock/model/list", { deleted: true, limit: 1, ...here(app) });
  if (total === 0) {
    void showInformationMessage(l10n.t("There are no model versions in the trash."));
    return;
  }
  const question =
    total === 1
      ? l10n.t("Permanently delete the model version in the trash?")
      : l10n.t("Permanently delete all {0} model versions in the trash?", total);
  if (await confirm(question, FOR_EVER, l10n.t("Empty Trash"))) {
    await purge(app, []);
  }
}
