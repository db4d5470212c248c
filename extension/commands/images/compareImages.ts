/** Compares two images: the page of what differs. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { openOrOffer, withPresence } from "../../editor/presence";
import type { Image } from "../../protocol";
import { subjectOf, selectedRows, here } from "../interaction/target";
import { imageOfRow } from "../interaction/pickImage";
import { longRequest } from "../interaction/progress";
import { registryCredentials } from "../docker/registries";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

interface ImageItem extends vscode.QuickPickItem {
  readonly image?: string;
}

async function finishedImages(app: App): Promise<readonly Image[]> {
  const { images } = await app.session.request("scoredock/image/list", { ...here(app) });
  return images.filter(({ state }) => state === "Succeeded" || state === "Registered");
}

/** The version before it first, then the others of its name, then all else. */
function inOrderOfNearness(images: readonly Image[], one: string): readonly Image[] {
  const own = images.find(({ asset }) => asset.id === one)?.asset;
  const rank = ({ asset }: Image): number => {
    if (asset.name !== own?.name) {
      return Number.MAX_SAFE_INTEGER;
    }
    return asset.version < own.version ? own.version - asset.version : 1_000_000 + asset.version;
  };
  return images.filter(({ asset }) => asset.id !== one).sort((left, right) => rank(left) - rank(right));
}

async function pick(images: readonly Image[], title: string): Promise<string | undefined> {
  const items: readonly ImageItem[] = [
    ...images.map(({ asset, location }) => ({
      label: asset.id,
      description: location === asset.id ? "" : location,
      image: asset.id,
    })),
    { label: l10n.t("Another…"), description: l10n.t("a reference of a registry or of Docker") },
  ];
  const chosen = await showQuickPick(items, { title, placeHolder: l10n.t("Image") });
  const isOther = chosen !== undefined && chosen.image === undefined;
  if (!isOther) {
    return chosen?.image;
  }
  const written = await showInputBox({
    title,
    prompt: l10n.t("Registered image (name:version), or a reference that Docker knows"),
    ignoreFocusOut: true,
  });
  return written === undefined || written.trim() === "" ? undefined : written.trim();
}

/** The two rows that were selected, or undefined. */
function bothSelected(first: unknown, all: unknown): readonly [string, string] | undefined {
  const [one, other, ...more] = selectedRows(first, all)
    .filter((row) => subjectOf(row) !== undefined)
    .map((row) => imageOfRow(row));
  return one !== undefined && other !== undefined && one !== other && more.length === 0 ? [one, other] : undefined;
}

async function chooseTwo(app: App, argument: unknown): Promise<readonly [string, string] | undefined> {
  const images = await finishedImages(app);
  const one = imageOfRow(argument) ?? (await pick(images, l10n.t("Compare Images")));
  const other =
    one === undefined ? undefined : await pick(inOrderOfNearness(images, one), l10n.t("Compare {0} with", one));
  return one === undefined || other === undefined ? undefined : [one, other];
}

/** Differences read from the older to the newer one of a name, else in the order in which the two were named. */
function inOrder([one, other]: readonly [string, string]): readonly [string, string] {
  const [name, version] = one.split(":");
  const [otherName, otherVersion] = other.split(":");
  return name === otherName && Number(otherVersion) < Number(version) ? [other, one] : [one, other];
}

export async function compareImages(app: App, first: unknown, all: unknown): Promise<void> {
  const both = bothSelected(first, all) ?? (await chooseTwo(app, first));
  if (both === undefined) {
    return;
  }
  const [before, after] = inOrder(both);
  const params = { first: before, second: after, registryCredentials: await registryCredentials(app), ...here(app) };
  const title = l10n.t("Comparing {0} and {1}", before, after);
  const { result: comparison, isElsewhere } = await withPresence(() =>
    longRequest(app, title, "scoredock/image/compare", params),
  );
  const page = { kind: "imageComparison", comparison, ...here(app) } as const;
  openOrOffer(isElsewhere, l10n.t("{0} and {1} are compared.", before, after), () => app.pages.open(page));
}
