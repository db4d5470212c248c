/** Builds in rows of environments and images: what both have in common. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Asset } from "../protocol";
import { few } from "../text/format";
import { card, type Icon, type Node } from "./node";

export const PROGRESS_ICON: Icon = { id: "loading~spin", color: "charts.blue" };
export const ERROR_ICON: Icon = { id: "error", color: "problemsErrorIcon.foreground" };

/** Who uses it. */
export function usedWords(names: readonly string[]): string {
  return names.length === 0 ? "" : l10n.t("used by {0}", few(names));
}

/** Why it failed, below its row. */
export function reasonNode(id: string, message: string, fix: string): Node {
  return {
    id: `${id}/reason`,
    label: message,
    description: "",
    icon: { id: "warning", color: "problemsWarningIcon.foreground" },
    flags: "problem",
    spoken: `${message} ${fix}`,
    tooltip: card(message, [[l10n.t("What to do"), fix]]),
    subject: { kind: "problem", sentence: `${message} ${fix}` },
  };
}

/** A row for each name that has several versions, with the versions below it; the row itself for one that has one. */
export function nodesByName<R>(
  records: readonly R[],
  of: (record: R) => Asset,
  row: (record: R, label: string) => Node,
  name: (newest: R, all: readonly R[], versionRows: () => readonly Node[]) => Node,
): readonly Node[] {
  const names = new Map<string, R[]>();
  for (const record of records) {
    names.set(of(record).name, [...(names.get(of(record).name) ?? []), record]);
  }
  return [...names.values()].flatMap((all): readonly Node[] => {
    const sorted = [...all].sort((one, other) => of(other).version - of(one).version);
    const newest = sorted[0];
    if (newest === undefined) {
      return [];
    }
    return [
      sorted.length === 1
        ? row(newest, of(newest).id)
        : name(newest, sorted, () => sorted.map((record) => row(record, `v${of(record).version}`))),
    ];
  });
}
