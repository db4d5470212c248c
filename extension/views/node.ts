/** One row of a tree view as plain data; `tree.ts` turns it into a TreeItem. No `vscode` here. */
import type { ConnectOffer, Model, ModelFile, Service, Workspace } from "../protocol";

/** What a row stands for; commands that are run on a row read it. */
export type Subject =
  | { readonly kind: "workspace"; readonly workspace: Workspace }
  | { readonly kind: "offer"; readonly offer: ConnectOffer }
  | { readonly kind: "group"; readonly name: string; readonly versions: readonly Model[] }
  | { readonly kind: "version"; readonly model: Model }
  | { readonly kind: "file"; readonly model: Model; readonly file: ModelFile }
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "detail"; readonly service: Service; readonly value: string };

export interface Icon {
  /** Name of a codicon. */
  readonly id: string;
  /** Id of a theme colour. */
  readonly color?: string;
}

/** Opens a file at a line, or runs one of our commands on the row. */
export type Click =
  | { readonly kind: "open"; readonly path: string; readonly line: number }
  | { readonly kind: "run"; readonly command: string; readonly title: string };

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
  /** Undefined for a leaf. */
  readonly children?: () => readonly Node[];
  readonly open?: boolean;
  readonly click?: Click;
}

const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~&$]/g;

/** Text from outside as markdown that shows exactly it. */
export function plain(text: string): string {
  return text.replace(SPECIAL, "\\$&").replace(/\r?\n/g, "  \n");
}

/** A tooltip of a title and rows of name and value; rows with an empty value are left out. */
export function card(title: string, rows: readonly (readonly [name: string, value: string])[]): string {
  const shown = rows.filter(([, value]) => value !== "").map(([name, value]) => `${plain(name)}: ${plain(value)}`);
  return [`**${plain(title)}**`, ...shown].join("  \n");
}
