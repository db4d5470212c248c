import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type ModelFilter,
  filterWords,
  hasConditions,
  NO_FILTER,
  queryOf,
  readFilter,
  withoutConditions,
} from "../../extension/views/modelFilter";

const FULL: ModelFilter = {
  search: "ridge",
  latest: true,
  groupBy: "tag",
  groupTag: "area",
  order: "newest",
};

test("nothing asked for is every version, newest first", () => {
  assert.deepEqual(queryOf(NO_FILTER), { groupBy: "name", order: "newest" });
  assert.equal(filterWords(NO_FILTER), "");
  assert.equal(hasConditions(NO_FILTER), false);
});

test("everything asked for goes to the server as it is, and is told in words", () => {
  assert.deepEqual(queryOf(FULL), {
    search: "ridge",
    latest: true,
    groupBy: "tag",
    groupTag: "area",
    order: "newest",
  });
  assert.equal(filterWords(FULL), "“ridge” · newest versions only");
});

test("clearing keeps grouping and order", () => {
  assert.deepEqual(withoutConditions(FULL), { ...NO_FILTER, groupBy: "tag", groupTag: "area", order: "newest" });
  assert.equal(hasConditions(withoutConditions(FULL)), false);
});

test("what was kept comes back, whatever it is by now", () => {
  assert.deepEqual(readFilter(JSON.parse(JSON.stringify(FULL))), FULL);
  for (const other of [
    undefined,
    null,
    7,
    "x",
    [],
    { groupBy: "moon", order: 3, search: {}, favourites: true },
    { groupBy: "tag" },
  ]) {
    assert.deepEqual(readFilter(other), NO_FILTER);
  }
});

test("filters by framework and tag that an earlier release kept are words of the search", () => {
  assert.equal(
    readFilter({ search: "ridge", framework: "Onnx", tag: "stage=production" }).search,
    "ridge framework:Onnx stage=production",
  );
  assert.equal(readFilter({ tag: "stage" }).search, "tag:stage");
});
