/**
 * The rows that the editor holds of a view, and which of them are no longer what they were. No `vscode` here.
 *
 * The editor knows a row by its object, so a row stays the same object and only what it shows is exchanged. While a row
 * is drawn again the editor forgets it, and an icon that is clicked just then would meet no row: therefore only rows
 * that look different are drawn again.
 */
import { isDeepStrictEqual } from "node:util";

import type { Node, Subject } from "./node";
import { keyOf } from "./listId";

/** One row, for as long as it is shown. */
export class Row {
  /** Below it, as the editor has them; undefined while it has not asked. */
  shown: readonly Row[] | undefined;

  constructor(
    public node: Node,
    readonly parent: Row | undefined,
  ) {}

  get subject(): Subject {
    return this.node.subject;
  }
}

/** What can be seen or done, without what the row stands for. */
function face(node: Node): unknown {
  return {
    ...node,
    subject: undefined,
    children: node.children !== undefined,
    list: node.list === undefined ? "" : keyOf(node.list),
  };
}

export class Rows {
  private roots: readonly Row[] | undefined;

  /** The rows for these nodes, those known already as the objects they are. */
  put(parent: Row | undefined, nodes: readonly Node[]): readonly Row[] {
    const known = new Map((this.below(parent) ?? []).map((row) => [row.node.id, row]));
    const rows = nodes.map((node) => {
      const row = known.get(node.id);
      if (row === undefined) {
        return new Row(node, parent);
      }
      row.node = node;
      return row;
    });
    if (parent === undefined) {
      this.roots = rows;
    } else {
      parent.shown = rows;
    }
    return rows;
  }

  /** Takes newer nodes for the rows below a row; gives what must be drawn again, `undefined` standing for the view. */
  renew(parent: Row | undefined, nodes: readonly Node[]): readonly (Row | undefined)[] {
    const shown = this.below(parent);
    if (shown === undefined) {
      return [];
    }
    if (shown.length !== nodes.length || shown.some((row, index) => row.node.id !== nodes[index]?.id)) {
      this.put(parent, nodes);
      return [parent];
    }
    return shown.flatMap((row, index) => this.exchange(row, nodes[index] ?? row.node));
  }

  private exchange(row: Row, node: Node): readonly (Row | undefined)[] {
    const before = row.node;
    row.node = node;
    if (!isDeepStrictEqual(face(before), face(node))) {
      return [row];
    }
    return node.children === undefined ? [] : this.renew(row, node.children());
  }

  /** How many rows stand before a row below the same parent; undefined for one of another view, or from before. */
  placeOf(row: Row): number | undefined {
    const place = this.below(row.parent)?.indexOf(row) ?? -1;
    return place === -1 || !this.holds(row) ? undefined : place;
  }

  private holds(row: Row): boolean {
    return row.parent === undefined ? this.roots?.includes(row) === true : this.holds(row.parent);
  }

  /** The row at a place below a parent. */
  at(parent: Row | undefined, place: number): Row | undefined {
    return this.below(parent)?.[place];
  }

  /** The row that shows a list, when there is one. */
  find(suits: (row: Row) => boolean): Row | undefined {
    const search = (rows: readonly Row[]): Row | undefined => {
      for (const row of rows) {
        const found = suits(row) ? row : search(row.shown ?? []);
        if (found !== undefined) {
          return found;
        }
      }
      return undefined;
    };
    return search(this.roots ?? []);
  }

  private below(parent: Row | undefined): readonly Row[] | undefined {
    return parent === undefined ? this.roots : parent.shown;
  }
}
