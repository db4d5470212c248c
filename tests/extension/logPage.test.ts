/** Rows of the page of a log: repeats are one, what is too old goes away, and what is searched is found. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { drawnPart, type GapPart, lineOf, linesIn, type LogGap, LogRows } from "../../extension/logPage/rows";
import type { LogEvent } from "../../extension/protocol";

function entry(sequence: number, text: string, more: Partial<LogEvent> = {}): LogEvent {
  return {
    service: "svc",
    sequence,
    time: sequence,
    stream: "stdout",
    level: "info",
    lines: text.split("|"),
    requestId: "",
    group: "",
    count: 1,
    firstTime: sequence,
    ...more,
  };
}

function texts(rows: LogRows): string[] {
  return rows.slice(0, rows.count).map(lineOf);
}

test("a repeated error stands where it came last, with the count of all", () => {
  const rows = new LogRows(100);
  rows.append([entry(3, "bad|trace", { group: "g", count: 2, firstTime: 2 }), entry(4, "fine")]);
  assert.equal(rows.append([entry(5, "bad again|trace", { group: "g" })]), 2);
  assert.deepEqual(texts(rows), ["fine", "bad again", "trace"]);
  assert.equal(rows.prepend([entry(0, "first"), entry(1, "bad once|trace", { group: "g" })]), 1);
  assert.deepEqual(texts(rows), ["first", "fine", "bad again", "trace"]);
  const shown = rows.at(2)?.shown;
  assert.deepEqual([shown?.count, shown?.firstTime], [4, 1]);
});

test("the same error twice in a batch is one", () => {
  const rows = new LogRows(100);
  rows.append([entry(1, "bad", { group: "g" }), entry(2, "fine"), entry(3, "bad", { group: "g" })]);
  assert.deepEqual(texts(rows), ["fine", "bad"]);
  assert.equal(rows.at(1)?.shown.count, 2);
});

test("more rows than a page holds: the oldest go, and what is earlier does not come", () => {
  const rows = new LogRows(3);
  assert.equal(rows.append([1, 2, 3, 4, 5].map((number) => entry(number, String(number)))), 2);
  assert.deepEqual(texts(rows), ["3", "4", "5"]);
  assert.equal(rows.prepend([entry(2, "2")]), 0);
  assert.ok(rows.cut);
});

function gap(first: number, before: number): LogGap {
  const last = [{ service: "svc", before, time: 1e15 }];
  return { from: [{ service: "svc", before: first, time: 0 }], last, to: last, lost: 0 };
}

/** What is read of a gap, up to the line before which all of it is still to be read. */
function part(events: readonly LogEvent[], before?: number, lost = 0): GapPart {
  return { events, earlier: before === undefined ? [] : [{ service: "svc", before, time: 1e15 }], lost };
}

test("lines that were left out are a row, which is filled from its end until nothing is left", () => {
  const rows = new LogRows(10);
  rows.append([entry(1, "before")]);
  const whole = gap(2, 6);
  rows.append([entry(6, "after")], whole);
  assert.deepEqual(texts(rows), ["before", "", "after"]);
  assert.deepEqual([rows.leftOut, rows.lines], [4, 2], "the row of the gap is not a line");
  const filled = rows.fill(whole, part([entry(4, "4"), entry(5, "5")], 4));
  assert.deepEqual([filled?.index, filled?.more, filled?.goneAbove], [1, 2, 0]);
  assert.deepEqual(texts(rows), ["before", "", "4", "5", "after"]);
  assert.equal(rows.leftOut, 2);
  const rest = filled?.rest;
  assert.ok(rest !== undefined);
  assert.equal(rows.fill(whole, part([entry(4, "4")])), undefined, "it is not filled twice");
  assert.deepEqual(rest.last, whole.last, "a traceback is cut where it was");
  assert.equal(rows.fill(rest, part([entry(2, "2"), entry(3, "3")]))?.rest, undefined);
  assert.deepEqual(texts(rows), ["before", "2", "3", "4", "5", "after"]);
  assert.deepEqual([rows.leftOut, rows.lines], [0, 6]);
});

test("a filter that finds nothing in a gap closes it, and a batch without a gap has no row for it", () => {
  const rows = new LogRows(10);
  rows.append([entry(1, "one")], { from: [], last: [], to: [], lost: 0 });
  const whole = gap(2, 6);
  rows.append([entry(6, "six")], whole);
  assert.equal(rows.fill(whole, part([]))?.more, -1);
  assert.deepEqual(texts(rows), ["one", "six"]);
  assert.equal(rows.leftOut, 0);
});

test("lines of a gap that are no longer kept leave a row that says how many", () => {
  const rows = new LogRows(10);
  const whole = gap(2, 6);
  rows.append([entry(6, "six")], whole);
  rows.fill(whole, part([entry(5, "5")], undefined, 3));
  assert.deepEqual(texts(rows), ["", "5", "six"]);
  const closed = rows.at(0)?.shown.gap;
  assert.ok(closed !== undefined);
  assert.deepEqual([closed.lost, linesIn(closed), rows.leftOut, rows.lines], [3, 0, 0, 2]);
});

test("what is read of a gap pushes out the oldest rows, and a gap that goes with them is not counted any more", () => {
  const rows = new LogRows(3);
  rows.append([entry(1, "1")]);
  const whole = gap(2, 6);
  rows.append([entry(6, "6")], whole);
  assert.deepEqual(texts(rows), ["1", "", "6"]);
  const filled = rows.fill(whole, part([entry(4, "4"), entry(5, "5")], 4));
  assert.equal(filled?.goneAbove, 2);
  assert.deepEqual(texts(rows), ["4", "5", "6"]);
  assert.deepEqual([rows.leftOut, rows.lines, rows.cut], [0, 3, true]);
});

test("the text is found forwards and backwards around the ends", () => {
  const rows = new LogRows(10);
  rows.append([entry(1, "One"), entry(2, "two"), entry(3, "one more")]);
  assert.equal(rows.find("one", 0, 1), 2);
  assert.equal(rows.find("one", 2, 1), 0);
  assert.equal(rows.find("one", 0, -1), 2);
  assert.equal(rows.find("none", 0, 1), -1);
  assert.equal(rows.countOf("one", 0, 10), 2);
});

test("only what is in view is drawn, and a little around it", () => {
  assert.deepEqual(drawnPart(0, 400, 20, 100_000), [0, 35]);
  assert.deepEqual(drawnPart(1_000_000, 400, 20, 100_000), [49_985, 50_035]);
  assert.deepEqual(drawnPart(0, 400, 20, 3), [0, 3]);
});
