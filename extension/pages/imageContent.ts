/** The page of one image: where it lies, what it holds, what became of its creation. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Image, ImageDetails } from "../protocol";
import { imageFlags, imageWords } from "../views/imageNodes";
import {
  button,
  chips,
  code,
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
  row,
  section,
  size,
  text,
  type Tone,
  allowedFlags,
  withMain,
  registrationText,
} from "./content";
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
    ["buildLog", l10n.t("Open Build Log"), "openBuildLog"],
  ]);
  return [...withMain(offers, "deployImage"), command(l10n.t("Delete"), "deleteAsset", it, "danger")];
}

/** The page; parts without content are left out. `now` in seconds. */
export function imageContent(details: ImageDetails, workspaceId: string, now: number): PageContent {
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
          [l10n.t("Pushed to"), image.pushes.flatMap(({ reference }) => copyable(reference))],
          [l10n.t("Size"), size(image.size)],
          [l10n.t("Models"), pageLinks(image.models, (id) => ({ kind: "model", id, workspaceId }))],
          [l10n.t("Services"), pageLinks(image.services, (name) => ({ kind: "service", name, workspaceId }))],
          [l10n.t("Description"), [...text(asset.description), ...button(l10n.t("Edit…"), "editAssetDescription", it)]],
          [l10n.t("Tags"), [...chips(asset.tags), ...button(l10n.t("Edit…"), "editAssetTags", it)]],
          [l10n.t("Properties"), chips(properties)],
          [l10n.t("Registered"), registrationText(asset, now)],
        ]),
      ),
      ...section(
        l10n.t("Image Configuration"),
        fields(Object.entries(configuration).map(([name, value]) => [name, code(value)])),
      ),
      ...section(l10n.t("Files"), list(files.map(code))),
    ],
  });
}
