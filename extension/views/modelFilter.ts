/** What the Models view is narrowed, grouped and sorted by. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ModelGrouping, ModelOrder, ModelQuery } from "../protocol";
import { joinWords } from "../text/joinWords";

export interface ModelFilter {
  readonly search: string;
  readonly latest: boolean;
  readonly groupBy: ModelGrouping;
  /** Key of the tag when grouped by one. */
  readonly groupTag: string;
  readonly order: ModelOrder;
}

export const NO_FILTER: ModelFilter = {
  search: "",
  latest: false,
  groupBy: "name",
  groupTag: "",
  order: "newest",
};

const GROUPINGS: readonly ModelGrouping[] = ["name", "tag", "framework"];
const ORDERS: readonly ModelOrder[] = ["name", "newest", "largest"];

/** Whether some versions may be left out. */
export function hasConditions(filter: ModelFilter): boolean {
  return filter.search !== "" || filter.latest;
}

/** The same grouping and order with every version. */
export function withoutConditions(filter: ModelFilter): ModelFilter {
  return { ...NO_FILTER, groupBy: filter.groupBy, groupTag: filter.groupTag, order: filter.order };
}

/** As the server takes it; what is as usual is left out. */
export function queryOf(filter: ModelFilter): ModelQuery {
  return {
    ...(filter.search === "" ? {} : { search: filter.search }),
    ...(filter.latest ? { latest: true } : {}),
    groupBy: filter.groupBy,
    ...(filter.groupBy === "tag" ? { groupTag: filter.groupTag } : {}),
    order: filter.order,
  };
}

/** The filter in words, for the head of the view; empty when nothing is left out. */
export function filterWords(filter: ModelFilter): string {
  const parts = [filter.search === "" ? "" : `“${filter.search}”`, filter.latest ? l10n.t("newest versions only") : ""];
  return joinWords(parts);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Filters that releases before kept apart are words of the search now. */
function conditionsKept(kept: object): readonly string[] {
  const { framework, tag } = kept as Readonly<Record<string, unknown>>;
  return [
    text(framework) === "" ? "" : `framework:${text(framework)}`,
    text(tag) === "" || text(tag).includes("=") ? text(tag) : `tag:${text(tag)}`,
  ];
}

/** What was kept from an earlier session, whatever it is by now. */
export function readFilter(kept: unknown): ModelFilter {
  if (typeof kept !== "object" || kept === null) {
    return NO_FILTER;
  }
  const from = kept as Partial<Record<keyof ModelFilter, unknown>>;
  const groupTag = text(from.groupTag);
  const groupBy = GROUPINGS.find((one) => one === from.groupBy) ?? NO_FILTER.groupBy;
  return {
    search: joinWords([text(from.search), ...conditionsKept(kept)], " "),
    latest: from.latest === true,
    groupBy: groupBy === "tag" && groupTag === "" ? "name" : groupBy,
    groupTag: groupBy === "tag" ? groupTag : "",
    order: ORDERS.find((one) => one === from.order) ?? NO_FILTER.order,
  };
}
