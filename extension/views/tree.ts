/** Shows nodes in a tree view; everything that is decided is in the node builders, the pages and the rows. */
import * as vscode from "vscode";

import type { Lists } from "./lists";
import type { Icon, Node } from "./node";
import { type Row, Rows } from "./rows";
import { keyOf, type ListId } from "./listId";

/** The first level of a view: rows that are known, or a list. */
export type Roots = readonly Node[] | ListId;

function isList(roots: Roots): roots is ListId {
  return "kind" in roots;
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
    return { command: click.command, title: click.title, arguments: [row] };
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

  constructor(private readonly lists: Lists) {
    this.subscription = lists.onDidChange((list) => {
      this.redraw(list);
    });
  }

  /** Shows another first level; a list of its own is asked for before what is shown goes. */
  async show(roots: Roots): Promise<void> {
    const before = this.roots;
    this.roots = roots;
    if (!isList(roots)) {
      this.fire(this.rows.renew(undefined, roots));
      return;
    }
    const nodes = await this.lists.nodes(roots);
    // Another one may have been wanted meanwhile.
    if (this.roots === roots && (!isList(before) || keyOf(before) !== keyOf(roots))) {
      this.fire(this.rows.renew(undefined, nodes));
    }
  }

  async getChildren(row?: Row): Promise<Row[]> {
    const source = row === undefined ? this.roots : (row.node.list ?? row.node.children?.() ?? []);
    return [...this.rows.put(row, isList(source) ? await this.lists.nodes(source) : source)];
  }

  getParent(row: Row): Row | undefined {
    return row.parent;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const node = row.node;
    const item = new vscode.TreeItem(node.label, collapsible(node));
    item.id = node.id;
    item.description = node.description;
    item.iconPath = icon(node.icon);
    item.contextValue = node.flags;
    item.accessibilityInformation = { label: node.spoken };
    item.tooltip = node.tooltip === "" ? node.label : tooltip(node.tooltip);
    const command = clickCommand(row);
    if (command !== undefined) {
      item.command = command;
    }
    return item;
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
    const isRoot = isList(this.roots) && keyOf(this.roots) === key;
    const row = isRoot ? undefined : this.rows.find(({ node }) => node.list !== undefined && keyOf(node.list) === key);
    if (isRoot || row !== undefined) {
      // The list as the row wants it by now: the model it is of may have been changed.
      this.fire(this.rows.renew(row, this.lists.shownNodes(row?.node.list ?? list)));
    }
  }

  private fire(rows: readonly (Row | undefined)[]): void {
    if (rows.includes(undefined)) {
      this.changed.fire(undefined);
    } else if (rows.length > 0) {
      this.changed.fire(rows.filter((row) => row !== undefined));
    }
  }
}
