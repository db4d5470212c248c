/**
 * What a page shows, as plain data: a title, states, actions and sections of fields, tables and texts. The builders
 * (`*Content.ts`) make it from records of the protocol, `page.ts` draws it. No `vscode` here.
 */
import * as l10n from "@vscode/l10n";

import type { DocumentTried, ImageComparison, WorkspaceRepaired, WorkspaceVerified } from "../protocol";
import type { Subject } from "../views/node";
import type { ChartBlock } from "./chartBlock";
import { ago, bytes, dateTime } from "../text/format";
import type { State } from "../protocol";

interface InWorkspace {
  readonly workspaceId: string;
}

interface WithId extends InWorkspace {
  readonly id: string;
}

export interface WithName extends InWorkspace {
  readonly name: string;
}

/**
 * What a page is about, by its kind; a contribution adds its own by `declare module`. Results, which cannot be read
 * again, are held whole.
 */
export interface PageRefs {
  readonly model: WithId;
  readonly environment: WithId;
  readonly image: WithId;
  readonly service: WithName;
  readonly endpoint: WithName;
  readonly description: WithName;
  readonly revisions: WithName;
  readonly comparison: InWorkspace & { readonly first: string; readonly second: string };
  readonly revisionComparison: WithName & { readonly before: number; readonly after: number };
  readonly imageComparison: InWorkspace & { readonly comparison: ImageComparison };
  readonly workspace: { readonly id: string };
  readonly try: { readonly tried: DocumentTried; readonly at: number };
  readonly verification: WithName & { readonly found: WorkspaceVerified };
  readonly repair: WithName & { readonly found: WorkspaceRepaired };
}

/** What a page is about. */
export type PageRef = { [K in keyof PageRefs]: PageRefs[K] & { readonly kind: K } }[keyof PageRefs];

/** A page whose kind a contribution brings, for those who may not import that. */
export function contributedPage(kind: string, about: InWorkspace & Readonly<Record<string, unknown>>): PageRef {
  return { ...about, kind } as unknown as PageRef;
}

/** What pressing something on a page does. */
export type Act =
  | { readonly kind: "command"; readonly command: string; readonly arguments: readonly unknown[] }
  /** A zero-based line. */
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "page"; readonly page: PageRef }
  | {
      readonly kind: "difference";
      readonly first: string;
      readonly second: string;
      readonly file: string;
      readonly workspaceId: string;
    }
  | {
      readonly kind: "imageDifference";
      readonly first: string;
      readonly second: string;
      readonly path: string;
      readonly workspaceId: string;
    }
  | { readonly kind: "readAgain" }
  | { readonly kind: "close" };

/** A colour with a meaning; the words beside it say the same. */
export type Tone = "good" | "busy" | "warning" | "bad" | "plain";

export interface PageAction {
  readonly label: string;
  readonly act: Act;
  readonly rank: "first" | "other" | "danger";
}

/** A piece of a cell, a field or a sentence. */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  /** Shown short, whole as its title, copied whole. */
  | { readonly kind: "copy"; readonly text: string; readonly whole: string; readonly label: string }
  | { readonly kind: "time"; readonly text: string; readonly exact: string }
  | { readonly kind: "link"; readonly text: string; readonly title: string; readonly act: Act }
  | { readonly kind: "chip"; readonly text: string }
  | { readonly kind: "state"; readonly text: string; readonly tone: Tone }
  | { readonly kind: "action"; readonly action: PageAction };

export type Cell = readonly Part[];

export interface Field {
  readonly name: string;
  readonly value: Cell;
}

/**
 * `figure` is right-aligned and not wrapped, `long` is broken anywhere, `extra` is left out in half a window,
 * and `spare` in the narrowest.
 */
export interface Column {
  readonly title: string;
  readonly kind: "text" | "figure" | "long" | "extra" | "spare";
}

export type Block =
  | { readonly kind: "fields"; readonly fields: readonly Field[] }
  | {
      readonly kind: "table";
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
    }
  /** Shares that can be changed and are applied together; what was typed goes to `apply` as its last argument. */
  | {
      readonly kind: "traffic";
      readonly rows: readonly {
        readonly name: string;
        readonly share: number;
        readonly isDefault: boolean;
        readonly marks: readonly string[];
      }[];
      readonly texts: Readonly<
        Record<"version" | "share" | "default" | "shareOf" | "rest" | "tooMuch" | "reset", string>
      >;
      readonly apply: PageAction;
    }
  /** Limits that can be changed in the same way; an empty value is not a limit. */
  | {
      readonly kind: "limits";
      readonly rows: readonly {
        readonly name: string;
        readonly values: Readonly<Record<"errors" | "milliseconds" | "seconds" | "requests", string>>;
      }[];
      readonly texts: Readonly<
        Record<"version" | "errors" | "milliseconds" | "seconds" | "requests" | "none" | "reset", string>
      >;
      readonly apply: PageAction;
    }
  /** Shares of two data sets in the same bins or categories; `ends` are the outer limits of bins of numbers. */
  | {
      readonly kind: "bars";
      readonly title: string;
      readonly mark: string;
      readonly series: readonly string[];
      readonly bars: readonly { readonly label: string; readonly values: readonly number[] }[];
      readonly ends: readonly string[];
    }
  | ChartBlock
  | { readonly kind: "list"; readonly items: readonly Cell[] }
  | { readonly kind: "paragraph"; readonly cell: Cell }
  /** Code, logs and files, with a button that copies them. */
  | { readonly kind: "code"; readonly text: string; readonly label: string }
  | { readonly kind: "notice"; readonly tone: Tone; readonly text: string; readonly actions: readonly PageAction[] };

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** Folded until it is opened. */
  readonly folded?: boolean;
}

export interface PageContent {
  /** Of the tab, and the heading. */
  readonly title: string;
  /** What kind of thing it is, above the heading. */
  readonly kind: string;
  readonly states: readonly { readonly text: string; readonly tone: Tone }[];
  readonly chips: readonly string[];
  readonly lead: string;
  readonly actions: readonly PageAction[];
  readonly notices: readonly Extract<Block, { kind: "notice" }>[];
  readonly sections: readonly Section[];
}

/** In which pages show the state of a service or of an endpoint. */
export const STATE_TONES: Readonly<Record<State, Tone>> = {
  Healthy: "good",
  Transitioning: "busy",
  Unhealthy: "warning",
  Unschedulable: "bad",
  Failed: "bad",
  Stopped: "plain",
};

/** Longer texts are cut: laying out megabytes would freeze the page. */
const LONGEST = 500_000;

export function text(words: string): Cell {
  return words === "" ? [] : [{ kind: "text", text: words }];
}

export function code(words: string): Cell {
  return words === "" ? [] : [{ kind: "code", text: words }];
}

/** Something that is copied to be used elsewhere, shown whole. */
export function copyable(whole: string): Cell {
  return whole === "" ? [] : [{ kind: "copy", text: whole, whole, label: l10n.t("Copy {0}", whole) }];
}

/** A digest as long as one compares by eye. */
export function digest(whole: string): Cell {
  const short = whole.length > 14 ? `${whole.slice(0, 12)}…` : whole;
  return whole === "" ? [] : [{ kind: "copy", text: short, whole, label: l10n.t("Copy {0}", short) }];
}

/** Seconds since the epoch. */
export function time(seconds: number | null, now: number): Cell {
  return seconds === null || seconds === 0 ? [] : [{ kind: "time", text: ago(seconds, now), exact: dateTime(seconds) }];
}

export function size(count: number | null): Cell {
  return count === null ? [] : text(bytes(count));
}

export function link(words: string, act: Act, title = ""): Cell {
  return words === "" ? [] : [{ kind: "link", text: words, title, act }];
}

export function fileLink(path: string, words: string, line = 0): Cell {
  return link(words, { kind: "file", path, line }, path);
}

export function folderLink(path: string, words = path): Cell {
  return link(words, { kind: "folder", path }, l10n.t("Show {0} in the file manager", path));
}

export function pageLink(words: string, page: PageRef, title = ""): Cell {
  return link(words, { kind: "page", page }, title);
}

/** Each leads to its page. */
export function pageLinks(names: readonly string[], page: (name: string) => PageRef): Cell {
  return names.flatMap((name) => pageLink(name, page(name)));
}

export function pageAction(label: string, page: PageRef): PageAction {
  return { label, rank: "other", act: { kind: "page", page } };
}

/** Who registered it, and when. */
export function registrationText(asset: { readonly created: number; readonly createdBy: string }, now: number): Cell {
  return [...time(asset.created, now), ...text(asset.createdBy === "" ? "" : l10n.t("by {0}", asset.createdBy))];
}

/** Of what can be done the things that the flags of a row allow. */
export function allowedFlags(
  flags: string,
  argument: unknown,
  offers: readonly (readonly [flag: string, label: string, command: string])[],
): readonly PageAction[] {
  const has = new Set(flags.split(" "));
  return offers.filter(([flag]) => has.has(flag)).map(([, label, name]) => command(label, name, argument));
}

/** The first of the actions is the main one where it does one of these. */
export function withMain(actions: readonly PageAction[], ...names: readonly string[]): readonly PageAction[] {
  const [first, ...others] = actions;
  const command = first?.act.kind === "command" ? first.act.command : "";
  const isMain = names.some((name) => command === `scoredock.${name}`);
  return first !== undefined && isMain ? [{ ...first, rank: "first" }, ...others] : actions;
}

/** Tags and the like; a key with an empty value is itself. */
export function chips(pairs: Readonly<Record<string, string>>): Cell {
  return Object.entries(pairs).map(([key, value]) => ({
    kind: "chip",
    text: value === "" ? key : `${key}=${value}`,
  }));
}

export function names(all: readonly string[]): Cell {
  return all.map((one) => ({ kind: "chip", text: one }));
}

/** The row of a view that a command can be run on. */
export function row(subject: Subject): { readonly subject: Subject } {
  return { subject };
}

export function command(
  label: string,
  name: string,
  argument: unknown,
  rank: PageAction["rank"] = "other",
): PageAction {
  const list = argument === undefined ? [] : [argument];
  return { label, rank, act: { kind: "command", command: `scoredock.${name}`, arguments: list } };
}

/** A small button beside a value. */
export function button(label: string, name: string, argument: unknown): Cell {
  return [{ kind: "action", action: command(label, name, argument) }];
}

/** Names and values; those without a value are left out, and so is a block without any. */
export function fields(rows: readonly (readonly [name: string, value: Cell])[]): readonly Block[] {
  const shown = rows.filter(([, value]) => value.length > 0).map(([name, value]) => ({ name, value }));
  return shown.length === 0 ? [] : [{ kind: "fields", fields: shown }];
}

export function column(title: string, kind: Column["kind"] = "text"): Column {
  return { title, kind };
}

export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): readonly Block[] {
  return rows.length === 0 ? [] : [{ kind: "table", columns, rows }];
}

/** The same without the columns that no row has anything in. */
export function compactTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): readonly Block[] {
  const isUsed = (_: unknown, at: number): boolean => rows.some((cells) => (cells[at]?.length ?? 0) > 0);
  return table(
    columns.filter(isUsed),
    rows.map((cells) => cells.filter(isUsed)),
  );
}

export function list(items: readonly Cell[]): readonly Block[] {
  return items.length === 0 ? [] : [{ kind: "list", items }];
}

export function paragraph(words: string): readonly Block[] {
  return words === "" ? [] : [{ kind: "paragraph", cell: text(words) }];
}

/** `label` says what it is, for the button that copies it and for a screen reader. */
export function block(words: string, label: string): readonly Block[] {
  const whole = words.replace(/\n+$/, "");
  const shown =
    whole.length <= LONGEST
      ? whole
      : `${whole.slice(0, LONGEST)}\n… ${l10n.t("{0} characters more", whole.length - LONGEST)}`;
  return shown === "" ? [] : [{ kind: "code", text: shown, label }];
}

/** The first lines of a file: in columns where there are any. */
export function preview(rows: readonly (readonly string[])[], lines: string, label: string): readonly Block[] {
  const [first = []] = rows;
  const columns = first.map((_, at) => {
    const isFigure = rows.every(
      (cells) => cells[at] !== undefined && cells[at] !== "" && !Number.isNaN(Number(cells[at])),
    );
    return column(String(at + 1), isFigure ? "figure" : "text");
  });
  const cells = rows.map((values) => values.map((value) => text(value)));
  return rows.length === 0 ? block(lines, label) : table(columns, cells);
}

export function notice(
  tone: Tone,
  words: string,
  actions: readonly PageAction[] = [],
): Extract<Block, { kind: "notice" }> {
  return { kind: "notice", tone, text: words, actions };
}

/** None where there is nothing to show. */
export function section(title: string, blocks: readonly Block[], folded = false): readonly Section[] {
  return blocks.length === 0 ? [] : [{ title, blocks, ...(folded ? { folded } : {}) }];
}

/** A page with what was given, and nothing of the rest. */
export function content(
  given: Pick<PageContent, "title" | "kind"> & Partial<Omit<PageContent, "title" | "kind">>,
): PageContent {
  return { states: [], chips: [], lead: "", actions: [], notices: [], sections: [], ...given };
}
