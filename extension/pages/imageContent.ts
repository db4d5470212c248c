/** The page of one image: where it lies, what it holds, what became of its creation. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Image, ImageDetails, ImageLayers } from "../protocol";
import type { Failure } from "../text/errors";
import { imageFlags, imageWords } from "../views/imageNodes";
import {
  type Block,
  button,
  chips,
  code,
  column,
  command,
  content,
  copyable,
  digest,
  fields,
  list,
  notice,
  type PageAction,
  type PageContent,
  pageLinks,
  paragraph,
  row,
  section,
  size,
  table,
  text,
  time,
  type Tone,
  allowedFlags,
  withMain,
  registrationText,
} from "./content";
import { layerTable } from "./layersContent";
import { joinWords } from "../text/joinWords";

const TONES: Readonly<Record<Image["state"], Tone>> = {
  Registered: "plain",
  Creating: "busy",
  Failed: "bad",
  Succeeded: "good",
};

function actions(image: Image): readonly PageAction[] {
  const it = row({ kind: "asset", asset: image.asset });
  const offers = allowedFlags(imageFlags(image), it, [
    ["deployable", l10n.t("Deploy Image…"), "deployImage"],
    ["deployable", l10n.t("Update Service to This Image…"), "updateToImage"],
    ["exportable", l10n.t("Save, Push or Export Image…"), "useImage"],
    ["exportable", l10n.t("Compare with Another Image…"), "compareImages"],
    ["created", l10n.t("Open Build Log"), "openBuildLog"],
  ]);
  return [
    ...withMain(offers, "deployImage"),
    command(l10n.t("Show Lineage"), "showLineage", `image:${image.asset.id}`),
    command(l10n.t("Copy ID"), "copyAssetId", it),
    command(l10n.t("Delete"), "deleteAsset", it, "danger"),
  ];
}

/** Of an image whose layers are not read yet, were read, or cannot be read; undefined where there are none. */
type LayersOfPage = ImageLayers | Failure | "reading" | undefined;

function layerBlocks(layers: LayersOfPage, workspaceId: string): readonly Block[] {
  if (layers === undefined) {
    return [];
  }
  if (layers === "reading") {
    return paragraph(l10n.t("Reading the layers…"));
  }
  if ("sentence" in layers) {
    const again: PageAction = { label: l10n.t("Try Again"), rank: "other", act: { kind: "readAgain" } };
    return [notice("warning", layers.sentence, [again])];
  }
  return layerTable(layers.layers, workspaceId);
}

function pushRows({ pushes }: Image, now: number): readonly Block[] {
  return table(
    [column(l10n.t("Reference"), "long"), column(l10n.t("Digest"), "extra"), column(l10n.t("Pushed"))],
    pushes.map((one) => [copyable(one.reference), digest(one.digest), time(one.time, now)]),
  );
}

/** The page; parts without content are left out. `now` in seconds. */
export function imageContent(
  details: ImageDetails,
  layers: LayersOfPage,
  workspaceId: string,
  now: number,
): PageContent {
  const { image, configuration, properties, files } = details;
  const { asset } = image;
  const it = row({ kind: "asset", asset });
  const reason = joinWords([image.message, image.fix], " ");
  const words = imageWords(image);
  return content({
    title: asset.id,
    kind: l10n.t("Image"),
    states: words === "" ? [] : [{ text: words, tone: TONES[image.state] }],
    actions: actions(image),
    notices: reason === "" ? [] : [notice("bad", reason, [command(l10n.t("Open Build Log"), "openBuildLog", it)])],
    sections: [
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("Image"), copyable(image.location)],
          [l10n.t("Digest"), digest(image.digest)],
          [l10n.t("Size"), size(image.size)],
          [l10n.t("Platform"), text(typeof layers === "object" && "platform" in layers ? layers.platform : "")],
          [l10n.t("Models"), pageLinks(image.models, (id) => ({ kind: "model", id, workspaceId }))],
          [l10n.t("Services"), pageLinks(image.services, (name) => ({ kind: "service", name, workspaceId }))],
          [l10n.t("Description"), [...text(asset.description), ...button(l10n.t("Edit…"), "editAssetDescription", it)]],
          [l10n.t("Tags"), [...chips(asset.tags), ...button(l10n.t("Edit…"), "editAssetTags", it)]],
          [l10n.t("Properties"), chips(properties)],
          [l10n.t("Registered"), registrationText(asset, now)],
        ]),
      ),
      ...section(l10n.t("Pushed To"), pushRows(image, now)),
      ...section(l10n.t("Layers"), layerBlocks(layers, workspaceId)),
      ...section(
        l10n.t("Image Configuration"),
        fields(Object.entries(configuration).map(([name, value]) => [name, code(value)])),
      ),
      ...section(l10n.t("Files"), list(files.map(code))),
    ],
  });
}
