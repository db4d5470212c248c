/** Shows nodes in a tree view; everything that is decided is in the node builders. */
import * as vscode from "vscode";

import type { Live } from "../live";
import type { State } from "../state";
import type { Icon, Node } from "./node";

function icon(from: Icon): vscode.ThemeIcon {
  return from.color === undefined ? new vscode.ThemeIcon(from.id) : new vscode.ThemeIcon(from.id, new vscode.ThemeColor(from.color));
}

function clicked(node: Node): vscode.Command | undefined {
  const click = node.click;
  if (click === undefined) {
    return undefined;
  }
  if (click.kind === "run") {
    return { command: click.command, title: click.title, arguments: [node] };
  }
  const position = new vscode.Position(click.line, 0);
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(position, position) };
  return { command: "vscode.open", title: vscode.l10n.t("Open"), arguments: [vscode.Uri.file(click.path), options] };
}

function collapsible(node: Node): vscode.TreeItemCollapsibleState {
  if (node.children === undefined) {
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
export class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly parents = new WeakMap<Node, Node>();
  private readonly subscription: vscode.Disposable;
  private shown: readonly unknown[] = [];
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly live: Live,
    private readonly build: (state: State) => readonly Node[],
    /** Parts of the state that the view shows: it is redrawn only when one of them is another object. */
    private readonly parts: (state: State) => readonly unknown[],
  ) {
    this.subscription = live.onDidChange((state) => {
      const now = this.parts(state);
      if (now.some((part, index) => part !== this.shown[index])) {
        this.shown = now;
        this.changed.fire(undefined);
      }
    });
  }

  getChildren(node?: Node): readonly Node[] & Node[] {
    const children = [...(node === undefined ? this.build(this.live.state) : (node.children?.() ?? []))];
    if (node !== undefined) {
      for (const child of children) {
        this.parents.set(child, node);
      }
    }
    return children;
  }

  getParent(node: Node): Node | undefined {
    return this.parents.get(node);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, collapsible(node));
    item.id = node.id;
    item.description = node.description;
    item.iconPath = icon(node.icon);
    item.contextValue = node.flags;
    item.accessibilityInformation = { label: node.spoken };
    item.tooltip = node.tooltip === "" ? node.label : tooltip(node.tooltip);
    const command = clicked(node);
    if (command !== undefined) {
      item.command = command;
    }
    return item;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
