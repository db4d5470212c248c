import assert from "node:assert/strict";
import { test } from "node:test";

import type { Node } from "../../extension/views/node";
import { Rows } from "../../extension/views/rows";

function node(id: string, more: Partial<Node> = {}): Node {
  return {
    id,
    label: id,
    description: "",
    icon: { id: "file" },
    flags: "",
    spoken: id,
    tooltip: "",
    subject: { kind: "problem", sentence: id },
    ...more,
  };
}

test("the same rows again draw nothing", () => {
  const rows = new Rows();
  rows.put(undefined, [node("a"), node("b")]);
  assert.deepEqual(rows.renew(undefined, [node("a"), node("b")]), []);
});

test("a row that looks different is drawn alone, as the object that the editor knows", () => {
  const rows = new Rows();
  const [, second] = rows.put(undefined, [node("a"), node("b")]);
  const drawn = rows.renew(undefined, [node("a"), node("b", { description: "new" })]);
  assert.deepEqual(drawn, [second]);
  assert.equal(drawn[0]?.node.description, "new");
});

test("what a row stands for is exchanged without drawing it", () => {
  const rows = new Rows();
  const [first] = rows.put(undefined, [node("a")]);
  assert.deepEqual(rows.renew(undefined, [node("a", { subject: { kind: "problem", sentence: "newer" } })]), []);
  assert.deepEqual(first?.subject, { kind: "problem", sentence: "newer" });
});

test("rows that come, go or change places draw their parent, and the others stay the objects they are", () => {
  const rows = new Rows();
  const [parent] = rows.put(undefined, [node("p", { children: () => [] })]);
  const [, kept] = rows.put(parent, [node("a"), node("b")]);
  assert.deepEqual(rows.renew(parent, [node("b"), node("c")]), [parent]);
  assert.equal(parent?.shown?.[0], kept);
  assert.deepEqual(rows.renew(undefined, [node("q")]), [undefined]);
});

test("known rows below are compared as far as the editor has them", () => {
  const rows = new Rows();
  const below = (description: string): Node =>
    node("p", {
      children: () => [node("a", { description }), node("b", { children: () => [node("c", { description })] })],
    });
  const [parent] = rows.put(undefined, [below("old")]);
  assert.deepEqual(rows.renew(undefined, [below("older")]), []);
  const [first] = rows.put(parent, below("old").children?.() ?? []);
  assert.deepEqual(rows.renew(undefined, [below("new")]), [first]);
});

test("another list below a row draws the row", () => {
  const rows = new Rows();
  const listing = (workspaceId: string): Node => node("p", { list: { kind: "trash", workspaceId } });
  const [row] = rows.put(undefined, [listing("one")]);
  assert.deepEqual(rows.renew(undefined, [listing("one")]), []);
  assert.deepEqual(rows.renew(undefined, [listing("two")]), [row]);
});

test("a view that was never shown draws nothing", () => {
  assert.deepEqual(new Rows().renew(undefined, [node("a")]), []);
});

test("a place is that of a row of this view, and holds the row that came there", () => {
  const rows = new Rows();
  const [parent] = rows.put(undefined, [node("p", { children: () => [] })]);
  const [, more] = rows.put(parent, [node("a"), node("more/1")]);
  assert.ok(more);
  const place = rows.placeOf(more);
  assert.equal(place, 1);
  assert.equal(new Rows().placeOf(more), undefined, "of another view");
  rows.renew(parent, [node("a"), node("b"), node("c"), node("more/3")]);
  assert.equal(rows.at(parent, 1)?.node.id, "b");
  assert.equal(rows.placeOf(more), undefined, "from before");
});
