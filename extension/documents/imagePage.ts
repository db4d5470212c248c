/** Markdown page of one image: where it lies, what it holds, what became of its creation. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { code, section } from "./modelPage";
import type { ImageDetails } from "../protocol";
import { table } from "./reports";
import { dateTime, tags } from "../text/format";
import { imageWords } from "../views/imageNodes";
import { oneLine, plain } from "../views/node";

function factTable(rows: readonly (readonly [string, string])[]): string {
  const filled = rows.filter(([, value]) => value !== "");
  return filled.length === 0 ? "" : table(["", ""], filled, true);
}

/** The page; parts without content are left out. */
export function imagePage({ image, configuration, properties, files }: ImageDetails): string {
  const { asset } = image;
  const facts = factTable([
    [l10n.t("Id"), code(asset.id)],
    [l10n.t("State"), plain(imageWords(image))],
    [l10n.t("Reason"), plain([image.message, image.fix].filter((part) => part !== "").join(" "))],
    [l10n.t("Image"), code(image.location)],
    [l10n.t("Models"), image.models.map(code).join(" ")],
    [l10n.t("Tags"), plain(tags(asset.tags))],
    [l10n.t("Properties"), plain(tags(properties))],
    [l10n.t("Registered"), dateTime(asset.created)],
    [l10n.t("By"), plain(asset.createdBy)],
    [l10n.t("Services"), image.services.map(code).join(" ")],
  ]);
  return [
    `# ${plain(oneLine(asset.id))}`,
    plain(asset.description),
    facts,
    section(
      l10n.t("Image Configuration"),
      factTable(Object.entries(configuration).map(([name, value]) => [code(name), code(value)])),
    ),
    section(l10n.t("Files"), files.map((file) => `- ${code(file)}`).join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
