import assert from "node:assert/strict";
import test from "node:test";

import { engineKind, engineKinds } from "../../extension/text/engines";

test("an engine that only a newer release knows goes by its name and needs nothing", () => {
  const { title, place, row, needsDocker } = engineKind("cluster");
  assert.deepEqual(
    { title, place, row, needsDocker },
    { title: "cluster", place: "cluster", row: "", needsDocker: false },
  );
});

test("every engine of the table is found by its name, and none is the first", () => {
  for (const kind of engineKinds()) {
    assert.equal(engineKind(kind.name).title, kind.title);
  }
  assert.equal(engineKind("").name, engineKinds()[0].name);
});
