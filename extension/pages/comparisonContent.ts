/** The page of two model versions side by side: what differs, and nothing else. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ModelComparison, ModelDifference } from "../protocol";
import {
  type Block,
  type Cell,
  column,
  content,
  digest,
  link,
  type PageAction,
  type PageContent,
  paragraph,
  section,
  table,
  text,
  pageLink,
} from "./content";

const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;

function value(words: string): Cell {
  if (words === "") {
    return [{ kind: "text", text: "–" }];
  }
  const whole = DIGEST.exec(words)?.[1];
  return whole !== undefined ? digest(whole) : text(words.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…"));
}

function differenceRow(one: ModelDifference, side: (file: string) => PageAction["act"]): readonly Cell[] {
  const name =
    one.isText && one.file !== "" ? link(one.what, side(one.file), l10n.t("Show side by side")) : text(one.what);
  return [name, value(one.before), value(one.after)];
}

function differences(comparison: ModelComparison, workspaceId: string): readonly Block[] {
  const { first, second } = comparison;
  const side = (file: string): PageAction["act"] => ({ kind: "difference", first, second, file, workspaceId });
  return [
    ...paragraph(
      comparison.differences.length === 0
        ? l10n.t("There are no differences: files, descriptions and labels are the same.")
        : "",
    ),
    ...table(
      [column(l10n.t("What differs"), "long"), column(first, "long"), column(second, "long")],
      comparison.differences.map((one) => differenceRow(one, side)),
    ),
    {
      kind: "paragraph",
      cell: [first, second].flatMap((id) => pageLink(l10n.t("Page of {0}", id), { kind: "model", id, workspaceId })),
    },
  ];
}

function actions(comparison: ModelComparison, workspaceId: string): readonly PageAction[] {
  const { first, second } = comparison;
  const texts = comparison.differences.filter(({ file, isText }) => isText && file !== "");
  return texts.slice(0, 4).map(({ file }, index) => ({
    label: texts.length === 1 ? l10n.t("Show {0} Side by Side", file) : file,
    rank: index === 0 && texts.length === 1 ? "first" : "other",
    act: { kind: "difference", first, second, file, workspaceId },
  }));
}

function countText(count: number): string {
  if (count === 0) {
    return l10n.t("No differences");
  }
  return count === 1 ? l10n.t("1 difference") : l10n.t("{0} differences", count);
}

export function comparisonContent(comparison: ModelComparison, workspaceId: string): PageContent {
  const { first, second } = comparison;
  return content({
    title: l10n.t("{0} and {1}", first, second),
    kind: l10n.t("Comparison of model versions"),
    states: [{ text: countText(comparison.differences.length), tone: "plain" }],
    actions: actions(comparison, workspaceId),
    sections: section(l10n.t("Differences"), differences(comparison, workspaceId)),
  });
}
