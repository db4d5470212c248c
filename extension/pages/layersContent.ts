/** Layers of images as a table, the base's first. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ImageLayer, LayerHolds } from "../protocol";
import { type Block, type Cell, code, column, digest, pageLink, pageLinks, size, table, text } from "./content";

/** More layers of the base than these are one row: one looks for what is on it. */
const MOST_OF_BASE = 3;

const WORDS: Readonly<Record<LayerHolds, () => string>> = {
  base: () => l10n.t("Base"),
  packages: () => l10n.t("Packages"),
  runtime: () => l10n.t("Scoring runtime"),
  environment: () => l10n.t("Compiled modules"),
  model: () => l10n.t("Model"),
  code: () => l10n.t("Code"),
  "": () => "",
};

function contentCell({ holds, instruction, model, isRegistered }: ImageLayer, workspaceId: string): Cell {
  const named = isRegistered ? pageLink(model, { kind: "model", id: model, workspaceId }) : text(model);
  return [...text(WORDS[holds]()), ...named, ...code(instruction)];
}

function sum(counts: readonly (number | null)[]): number | null {
  return counts.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
}

interface Row {
  readonly content: Cell;
  readonly digest: Cell;
  readonly size: number | null;
  readonly unpacked: number | null;
  readonly shared: readonly string[];
}

function rowOf(layer: ImageLayer, workspaceId: string): Row {
  return {
    content: contentCell(layer, workspaceId),
    digest: digest(layer.digest === "" ? layer.diffId : layer.digest),
    size: layer.size,
    unpacked: layer.unpackedSize,
    shared: layer.sharedWith,
  };
}

/** The base as one row, shared with what has all of it. */
function baseRow(base: readonly ImageLayer[]): Row {
  const [first, ...others] = base;
  return {
    content: text(l10n.t("Base, {0} layers", base.length)),
    digest: [],
    size: sum(base.map((one) => one.size)),
    unpacked: sum(base.map((one) => one.unpackedSize)),
    shared: (first?.sharedWith ?? []).filter((id) => others.every(({ sharedWith }) => sharedWith.includes(id))),
  };
}

/** What each holds, how large it is, and which other images have it. Columns without a value are left out. */
export function layerTable(layers: readonly ImageLayer[], workspaceId: string): readonly Block[] {
  const base = layers.filter(({ holds }) => holds === "base");
  const folded = base.length > MOST_OF_BASE ? base : [];
  const rows = [
    ...(folded.length === 0 ? [] : [baseRow(folded)]),
    ...layers.filter((layer) => !folded.includes(layer)).map((layer) => rowOf(layer, workspaceId)),
  ];
  const columns = [
    { column: column(l10n.t("Contents"), "long"), cell: (one: Row) => one.content },
    { column: column(l10n.t("Size"), "figure"), cell: (one: Row) => size(one.size) },
    { column: column(l10n.t("Unpacked"), "figure"), cell: (one: Row) => size(one.unpacked) },
    {
      column: column(l10n.t("Shared With"), "long"),
      cell: (one: Row) => pageLinks(one.shared, (id) => ({ kind: "image", id, workspaceId })),
    },
    { column: column(l10n.t("Digest"), "extra"), cell: (one: Row) => one.digest },
  ].filter(({ cell }) => rows.some((one) => cell(one).length > 0));
  return table(
    columns.map((one) => one.column),
    rows.map((one) => columns.map(({ cell }) => cell(one))),
  );
}
