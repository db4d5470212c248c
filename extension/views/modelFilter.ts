/** What the Models view is narrowed, grouped and sorted by. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ModelGrouping, ModelOrder, ModelQuery } from "../protocol";

export interface ModelFilter {
  readonly search: string;
  readonly framework: string;
  /** `key` or `key=value`; empty for any. */
  readonly tag: string;
  readonly favourites: boolean;
  readonly latest: boolean;
  readonly groupBy: ModelGrouping;
  /** Key of the tag when grouped by one. */
  readonly groupTag: string;
  readonly order: ModelOrder;
}

export const NO_FILTER: ModelFilter = {
  search: "",
  framework: "",
  tag: "",
  favourites: false,
  latest: false,
  groupBy: "name",
  groupTag: "",
  order: "name",
};

const GROUPINGS: readonly ModelGrouping[] = ["name", "tag", "framework"];
const ORDERS: readonly ModelOrder[] = ["name", "newest", "largest"];

/** Whether some versions may be left out. */
export function hasConditions(filter: ModelFilter): boolean {
  return filter.search !== "" || filter.framework !== "" || filter.tag !== "" || filter.favourites || filter.latest;
}

/** The same grouping and order with every version. */
export function withoutConditions(filter: ModelFilter): ModelFilter {
  return { ...NO_FILTER, groupBy: filter.groupBy, groupTag: filter.groupTag, order: filter.order };
}

/** As the server takes it; what is as usual is left out. */
export function queryOf(filter: ModelFilter): ModelQuery {
  return {
    ...(filter.search === "" ? {} : { search: filter.search }),
    ...(filter.framework === "" ? {} : { framework: filter.framework }),
    ...(filter.tag === "" ? {} : { tags: [filter.tag] }),
    ...(filter.favourites ? { favourites: true } : {}),
    ...(filter.latest ? { latest: true } : {}),
    groupBy: filter.groupBy,
    ...(filter.groupBy === "tag" ? { groupTag: filter.groupTag } : {}),
    order: filter.order,
  };
}

/** The filter in words, for the head of the view; empty when nothing is left out. */
export function filterWords(filter: ModelFilter): string {
  const parts = [
    filter.search === "" ? "" : `“${filter.search}”`,
    filter.framework,
    filter.tag === "" ? "" : l10n.t("tag {0}", filter.tag),
    filter.favourites ? l10n.t("favourites") : "",
    filter.latest ? l10n.t("latest only") : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
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
    search: text(from.search),
    framework: text(from.framework),
    tag: text(from.tag),
    favourites: from.favourites === true,
    latest: from.latest === true,
    groupBy: groupBy === "tag" && groupTag === "" ? "name" : groupBy,
    groupTag: groupBy === "tag" ? groupTag : "",
    order: ORDERS.find((one) => one === from.order) ?? NO_FILTER.order,
  };
}
