/** One row of a tree view as plain data; `tree.ts` turns it into a TreeItem. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Page } from "../state/pages";
import type {
  Asset,
  Compute,
  ConnectOffer,
  EndpointDetails,
  EndpointVersionDetails,
  Environment,
  Model,
  ModelFile,
  ModelGroup,
  Service,
  Workspace,
} from "../protocol";
import { plain } from "../text/markdown";
import { inRow } from "../text/visible";
import { keyOf, type Holding, type ListId } from "./listId";
import { joinWords } from "../text/joinWords";

/** What a row stands for, by its kind; a contribution adds its own by `declare module`. */
export interface SubjectRefs {
  readonly workspace: { readonly workspace: Workspace };
  readonly offer: { readonly offer: ConnectOffer };
  /** The heading of compute targets. */
  readonly computes: unknown;
  readonly compute: { readonly compute: Compute };
  readonly group: { readonly group: ModelGroup };
  readonly version: { readonly model: Model };
  readonly file: { readonly model: Model; readonly file: ModelFile };
  readonly holding: { readonly holding: Holding };
  /** One version of it. */
  readonly asset: { readonly asset: Asset; readonly environment?: Environment };
  /** One that nobody registered. */
  readonly environment: { readonly environment: Environment };
  /** All versions of a name, newest first. */
  readonly assetName: { readonly assets: readonly Asset[] };
  readonly more: { readonly list: ListId };
  readonly problem: { readonly sentence: string };
  readonly service: { readonly service: Service };
  readonly endpoint: { readonly endpoint: EndpointDetails };
  readonly endpointVersion: { readonly endpoint: EndpointDetails; readonly version: EndpointVersionDetails };
  readonly detail: { readonly service: Service; readonly value: string };
}

/** What a row stands for; commands that are run on a row read it. */
export type Subject = { [K in keyof SubjectRefs]: SubjectRefs[K] & { readonly kind: K } }[keyof SubjectRefs];

export interface Icon {
  /** Name of a codicon. */
  readonly id: string;
  /** Id of a theme colour. */
  readonly color?: string;
}

/** Opens a file at a line, or runs one of our commands on the row. */
export type Click =
  | { readonly kind: "open"; readonly path: string; readonly line: number }
  | {
      readonly kind: "run";
      readonly command: string;
      readonly title: string;
      /** What the command is run with instead of the row. */
      readonly argument?: string;
    };

export interface Node {
  /** Unique in its tree and the same after a redraw, so that what is open stays open. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Flags separated by spaces, matched by the `when` clauses of the manifest. */
  readonly flags: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** Markdown; empty for none. */
  readonly tooltip: string;
  readonly subject: Subject;
  /** What is below it and known; with neither this nor a list it is a leaf. */
  readonly children?: () => readonly Node[];
  /** What is below it and asked for page by page. */
  readonly list?: ListId;
  readonly open?: boolean;
  readonly click?: Click;
}

/**
 * Text from outside on one line, where another line would end a heading or a row. Markdown counts a lone \r as well.
 */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, " ");
}

/** Backticks that cannot end what they enclose: one more than follow one another in the text, and at least `least`. */
export function fenceAround(text: string, least: number): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), least - 1);
  return "`".repeat(longest + 1);
}

/** What a second line of a value begins with, so that it is not read as a row of its own. */
const FURTHER = "\u2003";

/** A tooltip of a title and rows of name and value; rows with an empty value are left out. */
export function card(title: string, rows: readonly (readonly [name: string, value: string])[]): string {
  const shown = rows
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${plain(name)}: ${plain(value).replaceAll("\n", `\n${FURTHER}`)}`);
  return [`**${plain(inRow(title))}**`, ...shown].join("  \n");
}

/** A tooltip with one more fact below. */
export function withMore(tooltip: string, more: string): string {
  return more === "" ? tooltip : `${tooltip}  \n${plain(more)}`;
}

/** What stands below the rows of a page: a failure, and the row that shows more. */
export function endNodes<R>(list: ListId, page: Page<R>): readonly Node[] {
  const key = keyOf(list);
  const nodes: Node[] = [];
  if (page.problem !== "") {
    nodes.push({
      id: `problem/${key}`,
      label: page.problem,
      description: "",
      icon: { id: "warning", color: "problemsWarningIcon.foreground" },
      flags: "problem",
      spoken: l10n.t("Could not be read: {0}", page.problem),
      tooltip: card(page.problem, []),
      subject: { kind: "problem", sentence: page.problem },
    });
  }
  if (page.left !== 0) {
    const label = l10n.t("Show More…");
    const description = page.left === undefined ? "" : l10n.t("{0} left", page.left);
    nodes.push({
      // Another row after each page, so that the keyboard is not taken behind the new rows.
      id: `more/${key}/${page.rows.length}`,
      label,
      description,
      icon: { id: "ellipsis" },
      flags: "more",
      spoken: joinWords([label, description], ", "),
      tooltip: "",
      subject: { kind: "more", list },
      click: { kind: "run", command: "scoredock.showMore", title: label },
    });
  }
  return nodes;
}
