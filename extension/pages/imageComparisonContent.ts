/** The page of two images side by side: layers, files and variables that differ. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { FileDifferenceKind, ImageComparison, ImageFileDifference, LayerFileKind } from "../protocol";
import { bytes } from "../text/format";
import { joinWords } from "../text/joinWords";
import {
  type Block,
  type Cell,
  code,
  column,
  content,
  link,
  type PageContent,
  pageLink,
  paragraph,
  section,
  table,
  text,
  type Tone,
  names,
} from "./content";
import { layerTable } from "./layersContent";

const TONES: Readonly<Record<FileDifferenceKind, Tone>> = { added: "good", removed: "bad", changed: "warning" };

function changeWords(change: FileDifferenceKind): string {
  switch (change) {
    case "added":
      return l10n.t("Added");
    case "removed":
      return l10n.t("Removed");
    case "changed":
      return l10n.t("Changed");
  }
}

function kindWords(kind: LayerFileKind): string {
  switch (kind) {
    case "file":
      return l10n.t("file");
    case "folder":
      return l10n.t("contents of the folder");
    case "link":
      return l10n.t("link");
    case "other":
      return "";
  }
}

function pathCell(one: ImageFileDifference, comparison: ImageComparison, workspaceId: string): Cell {
  const { first, second } = comparison;
  if (!one.isComparable) {
    return code(one.path);
  }
  const act = { kind: "imageDifference", first, second, path: one.path, workspaceId } as const;
  return link(one.path, act, l10n.t("Show side by side"));
}

function fileRow(one: ImageFileDifference, comparison: ImageComparison, workspaceId: string): readonly Cell[] {
  const before = one.beforeKind === null ? "" : kindWords(one.beforeKind);
  const kind = one.kind === "file" && before === "" ? "" : kindWords(one.kind);
  return [
    [{ kind: "state", text: changeWords(one.change), tone: TONES[one.change] }],
    [...pathCell(one, comparison, workspaceId), ...text(joinWords([before, kind], " → "))],
    text(one.beforeSize === null ? "" : bytes(one.beforeSize)),
    text(one.afterSize === null ? "" : bytes(one.afterSize)),
  ];
}

function files(comparison: ImageComparison, workspaceId: string): readonly Block[] {
  const { first, second, added, removed, changed } = comparison;
  const rest = added + removed + changed - comparison.files.length;
  return [
    ...paragraph(comparison.files.length === 0 ? l10n.t("The files of both images are the same.") : ""),
    ...table(
      [column(l10n.t("Change")), column(l10n.t("File"), "long"), column(first, "figure"), column(second, "figure")],
      comparison.files.map((one) => fileRow(one, comparison, workspaceId)),
    ),
    ...paragraph(rest === 0 ? "" : l10n.t("… and {0} more", rest)),
  ];
}

function countWords({ added, removed, changed }: ImageComparison): string {
  if (added + removed + changed === 0) {
    return l10n.t("No file differs");
  }
  return l10n.t("{0} added, {1} removed, {2} changed", added, removed, changed);
}

export function imageComparisonContent(comparison: ImageComparison, workspaceId: string): PageContent {
  const { first, second, same, firstOnly, secondOnly, variables } = comparison;
  // A reference has a slash or no record: its page would be one of nothing.
  const pages = [first, second].filter((id) => !id.includes("/"));
  return content({
    title: l10n.t("{0} and {1}", first, second),
    kind: l10n.t("Comparison of images"),
    states: [{ text: countWords(comparison), tone: "plain" }],
    sections: [
      ...section(l10n.t("Files"), files(comparison, workspaceId)),
      ...section(
        l10n.t("Environment Variables That Differ"),
        variables.length === 0 ? [] : [{ kind: "paragraph", cell: names(variables) }],
      ),
      ...section(l10n.t("Layers of {0} Only", first), layerTable(firstOnly, workspaceId)),
      ...section(l10n.t("Layers of {0} Only", second), layerTable(secondOnly, workspaceId)),
      ...section(l10n.t("Layers of Both"), layerTable(same, workspaceId), true),
      ...section(
        l10n.t("Images"),
        pages.length === 0
          ? []
          : [
              {
                kind: "paragraph",
                cell: pages.flatMap((id) => pageLink(l10n.t("Page of {0}", id), { kind: "image", id, workspaceId })),
              },
            ],
      ),
    ],
  });
}
