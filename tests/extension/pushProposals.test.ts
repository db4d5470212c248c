import assert from "node:assert/strict";
import { test } from "node:test";

import { pushProposals } from "../../extension/text/pushProposals";
import { image, NOW } from "./records";

function pushed(...references: readonly string[]) {
  return image(1, { pushes: references.map((reference, index) => ({ reference, digest: "", time: NOW - index })) });
}

function proposed(references: readonly string[], called: string): readonly string[] {
  return pushProposals([pushed(...references)], called).map(({ reference }) => reference);
}

test("the name is proposed in the places that were used, the newest first, each once", () => {
  const references = [
    "new.example.com/team/other:7",
    "old.example.com:5000/diabetes:1",
    "new.example.com/team/diabetes:2",
  ];
  assert.deepEqual(proposed(references, "diabetes:4"), [
    "new.example.com/team/diabetes:4",
    "old.example.com:5000/diabetes:4",
  ]);
});

test("without a version the next number is proposed", () => {
  assert.deepEqual(proposed(["r.example.com/a/diabetes:9", "r.example.com/a/diabetes:10"], "Diabetes Model"), [
    "r.example.com/a/diabetes-model:1",
  ]);
  assert.deepEqual(proposed(["r.example.com/a/diabetes:9", "r.example.com/a/diabetes:10"], "diabetes"), [
    "r.example.com/a/diabetes:11",
  ]);
});

test("nothing is proposed where nothing was pushed, or nothing of the name can stay", () => {
  assert.deepEqual(proposed([], "diabetes:1"), []);
  assert.deepEqual(proposed(["r.example.com/a:1"], "模型"), []);
});

test("what was pushed there last is said beside it", () => {
  const [first] = pushProposals([pushed("r.example.com/a/x:1", "r.example.com/a/y:1")], "z:1");
  assert.equal(first?.former.reference, "r.example.com/a/x:1");
});
