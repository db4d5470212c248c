/** Shows nodes in a tree view; everything that is decided is in the node builders, the pages and the rows. */
import * as vscode from "vscode";

import type { Lists } from "./lists";
import { type Icon, type Node, type Subject, withMore } from "./node";
import { type Row, Rows } from "./rows";
import { keyOf, type ListId } from "./listId";
import { inRow } from "../text/visible";

/** A list, and below its rows other lists, which nobody waits for. */
export interface RootLists {
  readonly main: ListId;
  readonly below: readonly ListId[];
  /** Stands in the place of the list when that is empty and something is below it. */
  readonly empty?: Node;
}

/** The first level of a view: rows that are known, or lists. */
export type Roots = readonly Node[] | RootLists;

function areLists(roots: Roots): roots is RootLists {
  return "main" in roots;
}

function keysOf({ main, below }: RootLists): readonly string[] {
  return [main, ...below].map(keyOf);
}

function icon(from: Icon): vscode.ThemeIcon {
  return from.color === undefined
    ? new vscode.ThemeIcon(from.id)
    : new vscode.ThemeIcon(from.id, new vscode.ThemeColor(from.color));
}

function clickCommand(row: Row): vscode.Command | undefined {
  const click = row.node.click;
  if (click === undefined) {
    return undefined;
  }
  if (click.kind === "run") {
    return { command: click.command, title: click.title, arguments: [click.argument ?? row] };
  }
  const position = new vscode.Position(click.line, 0);
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(position, position) };
  return { command: "vscode.open", title: vscode.l10n.t("Open"), arguments: [vscode.Uri.file(click.path), options] };
}

function collapsible(node: Node): vscode.TreeItemCollapsibleState {
  if (node.children === undefined && node.list === undefined) {
    return vscode.TreeItemCollapsibleState.None;
  }
  return node.open === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

/** Whether a row's tooltip is made when somebody points at it: it says what has to be asked for. */
function isLate(subject: Subject): boolean {
  return subject.kind === "service";
}

function tooltip(markdown: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString(markdown);
  text.isTrusted = false;
  return text;
}

/** The rows of one view. */
export class Tree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row | Row[] | undefined>();
  private readonly rows = new Rows();
  private readonly subscription: vscode.Disposable;
  private roots: Roots = [];
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly lists: Lists,
    /** What the tooltip of a row says besides, found out when it is wanted; undefined for rows that say all at once. */
    private readonly moreOf: (subject: Subject) => Promise<string> | undefined = () => undefined,
  ) {
    this.subscription = lists.onDidChange((list) => this.redraw(list));
  }

  /** Shows another first level; a list of its own is asked for before what is shown goes. */
  async show(roots: Roots): Promise<void> {
    const before = this.roots;
    this.roots = roots;
    if (!areLists(roots)) {
      this.fire(this.rows.renew(undefined, roots));
      return;
    }
    const nodes = await this.lists.nodes(roots.main);
    // Another one may have been wanted meanwhile.
    if (this.roots === roots && (!areLists(before) || keysOf(before).join("\n") !== keysOf(roots).join("\n"))) {
      this.fire(this.rows.renew(undefined, this.withBelow(roots, nodes)));
    }
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row === undefined) {
      const roots = this.roots;
      const nodes = areLists(roots) ? this.withBelow(roots, await this.lists.nodes(roots.main)) : roots;
      return [...this.rows.put(row, nodes)];
    }
    const { list, children } = row.node;
    return [...this.rows.put(row, list === undefined ? (children?.() ?? []) : await this.lists.nodes(list))];
  }

  getParent(row: Row): Row | undefined {
    return row.parent;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const node = row.node;
    const item = new vscode.TreeItem(inRow(node.label), collapsible(node));
    item.id = node.id;
    item.description = inRow(node.description);
    item.iconPath = icon(node.icon);
    item.contextValue = node.flags;
    item.accessibilityInformation = { label: inRow(node.spoken) };
    if (!isLate(node.subject)) {
      item.tooltip = node.tooltip === "" ? inRow(node.label) : tooltip(node.tooltip);
    }
    const command = clickCommand(row);
    if (command !== undefined) {
      item.command = command;
    }
    return item;
  }

  /** The tooltip of a row that is pointed at, where it was left out. */
  async resolveTreeItem(item: vscode.TreeItem, { node }: Row): Promise<vscode.TreeItem> {
    // Whatever goes wrong, what is known is shown.
    const more = await (this.moreOf(node.subject) ?? Promise.resolve("")).catch(() => "");
    item.tooltip = tooltip(withMore(node.tooltip, more));
    return item;
  }

  /**
   * One more page of the list that a row of this view ends. The new rows begin where that row was, and the keyboard
   * goes on at the first of them.
   */
  async showMore(row: Row, view: vscode.TreeView<Row>): Promise<void> {
    const place = this.rows.placeOf(row);
    if (row.subject.kind !== "more" || place === undefined) {
      return;
    }
    await this.lists.more(row.subject.list);
    const first = this.rows.at(row.parent, place);
    if (first !== undefined) {
      await view.reveal(first, { select: false, focus: true });
    }
  }

  /** Lists of closed rows are not asked for when something changes, only when they are opened again. */
  follow(view: vscode.TreeView<Row>): vscode.Disposable {
    return vscode.Disposable.from(
      view.onDidCollapseElement(({ element }) => {
        if (element.node.list !== undefined) {
          this.lists.close(element.node.list);
        }
      }),
      view.onDidExpandElement(({ element }) => {
        if (element.node.list !== undefined) {
          void this.lists.reopen(element.node.list);
        }
      }),
    );
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  /** A list is another one than before. */
  private redraw(list: ListId): void {
    const key = keyOf(list);
    const roots = this.roots;
    if (areLists(roots) && keysOf(roots).includes(key)) {
      this.fire(this.rows.renew(undefined, this.withBelow(roots, this.lists.shownNodes(roots.main))));
      return;
    }
    const row = this.rows.find(({ node }) => node.list !== undefined && keyOf(node.list) === key);
    if (row !== undefined) {
      // The list as the row wants it by now: the model it is of may have been changed.
      this.fire(this.rows.renew(row, this.lists.shownNodes(row.node.list ?? list)));
    }
  }

  /** The rows of all lists of the first level, as far as they are known. */
  private withBelow({ below, empty }: RootLists, nodes: readonly Node[]): readonly Node[] {
    const others = below.flatMap((list) => this.lists.look(list));
    const own = nodes.length === 0 && others.length > 0 && empty !== undefined ? [empty] : nodes;
    return [...own, ...others];
  }

  private fire(rows: readonly (Row | undefined)[]): void {
    if (rows.includes(undefined)) {
      this.changed.fire(undefined);
    } else if (rows.length > 0) {
      this.changed.fire(rows.filter((row) => row !== undefined));
    }
  }
}
