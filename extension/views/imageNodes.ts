/**
 * Rows of images: those that were created here with how far they are, and those that are only recorded. No `vscode`
 * here.
 */
import * as l10n from "@vscode/l10n";

import type { Image, ImageState } from "../protocol";
import { ago, bytes, dateTime, shortTags, tags, versions } from "../text/format";
import { ERROR_ICON, nodesByName, reasonNode, usedWords, PROGRESS_ICON } from "./buildNodes";
import { card, type Icon, type Node } from "./node";
import { joinWords, applying } from "../text/joinWords";

function imageIcon(state: ImageState): Icon {
  switch (state) {
    case "Creating":
      return PROGRESS_ICON;
    case "Failed":
      return ERROR_ICON;
    case "Succeeded":
      return { id: "vm", color: "charts.green" };
    case "Registered":
      return { id: "vm" };
  }
}

/** The state of an image in a list; one that was only recorded has none. */
export function imageWords(image: Image): string {
  switch (image.state) {
    case "Creating":
      return `${l10n.t("Creating…")}${image.step === "" ? "" : ` ${image.step}`}`;
    case "Failed":
      return l10n.t("Failed");
    case "Succeeded":
      return joinWords([l10n.t("Succeeded"), image.size === null ? "" : bytes(image.size)]);
    case "Registered":
      return "";
  }
}

/** Whether there is an image to save and push; one that was only recorded may lie anywhere, which is found out then. */
function isMade(state: ImageState): boolean {
  return state === "Succeeded" || state === "Registered";
}

/** What can be done with an image, as flags for the menus. */
export function imageFlags({ state }: Image): string {
  return applying({
    asset: true,
    one: true,
    exportable: isMade(state),
    deployable: state === "Succeeded",
    created: state !== "Registered",
    building: state === "Creating",
  });
}

/** Where it was pushed last, and to how many places besides; the page has them all. */
function pushedWords({ asset, pushes: [last, ...others] }: Image): string {
  if (last === undefined) {
    return "";
  }
  if (others.length > 0) {
    return l10n.t("pushed to {0} and {1} more", last.reference, others.length);
  }
  return asset.summary.startsWith(last.reference) ? l10n.t("pushed") : l10n.t("pushed to {0}", last.reference);
}

function imageCard(image: Image): string {
  const { asset } = image;
  return card(asset.id, [
    [l10n.t("State"), imageWords(image)],
    [l10n.t("Reason"), image.message],
    [l10n.t("Description"), asset.description],
    [l10n.t("Image"), image.location],
    [l10n.t("Pushed to"), image.pushes.map(({ reference }) => reference).join(", ")],
    [l10n.t("Models"), image.models.join(", ")],
    [l10n.t("Tags"), tags(asset.tags)],
    [l10n.t("Registered"), dateTime(asset.created)],
    [l10n.t("By"), asset.createdBy],
    [l10n.t("Services"), image.services.join(", ")],
  ]);
}

/** What it holds; of a packaged image the reference comes first, which is often the very name of the row. */
function contentOf({ asset }: Image): string {
  if (asset.summary === asset.id) {
    return "";
  }
  return asset.summary.startsWith(`${asset.id} · `) ? asset.summary.slice(asset.id.length + 3) : asset.summary;
}

function imageNode(image: Image, label: string, now: number): Node {
  const { asset } = image;
  const id = `asset/image/${asset.id}`;
  const description = joinWords([
    imageWords(image),
    contentOf(image),
    pushedWords(image),
    ago(asset.created, now),
    shortTags(asset.tags),
    usedWords(image.services),
  ]);
  return {
    id,
    label,
    description,
    icon: imageIcon(image.state),
    flags: imageFlags(image),
    spoken: l10n.t("Image {0}, {1}", asset.id, description),
    tooltip: imageCard(image),
    subject: { kind: "asset", asset },
    click: { kind: "run", command: "scoredock.showAsset", title: l10n.t("Show Details") },
    ...(image.message === "" ? {} : { children: () => [reasonNode(id, image.message, image.fix)] }),
  };
}

function nameNode(newest: Image, all: readonly Image[], children: () => readonly Node[]): Node {
  const { asset } = newest;
  const description = joinWords([`v${asset.version}`, imageWords(newest), contentOf(newest), pushedWords(newest)]);
  return {
    id: `assetName/image/${asset.name}`,
    label: asset.name,
    description,
    icon: imageIcon(newest.state),
    flags: applying({
      asset: true,
      name: true,
      exportable: isMade(newest.state),
      deployable: newest.state === "Succeeded",
    }),
    spoken: l10n.t("Image {0}, {1}", asset.name, `${versions(all.length)}, ${description}`),
    tooltip: imageCard(newest),
    subject: { kind: "assetName", assets: all.map((one) => one.asset) },
    click: { kind: "run", command: "scoredock.showAsset", title: l10n.t("Show Details") },
    children,
  };
}

/** Images by name. */
export function imageNodes(images: readonly Image[], now: number): readonly Node[] {
  return nodesByName(
    images,
    ({ asset }) => asset,
    (image, label) => imageNode(image, label, now),
    nameNode,
  );
}
