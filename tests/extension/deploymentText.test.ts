/** What Deploy's summary says: models before and after, and what is not certain. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isOpen, modelNote, modelText, nameText, registrationText } from "../../extension/text/deploymentText";

const FILE = { name: "diabetes", paths: ["/p/model.pkl"], version: 1 };
const FORMER = { name: "diabetes", entryScript: "/p/score.py", models: ["model:1"] };

test("a file is said with the model that it becomes", () => {
  assert.equal(registrationText(FILE), "model.pkl → new model diabetes:1");
  assert.equal(registrationText({ ...FILE, version: 2 }), "model.pkl → new version diabetes:2");
  const chosen = { models: [], registerModels: [FILE], modelState: "file" } as const;
  assert.equal(modelText(chosen, undefined), "model.pkl → new model diabetes:1");
});

test("an update shows both models, and the same ones once", () => {
  const chosen = { models: ["model:2"], registerModels: [], modelState: "chosen" } as const;
  assert.equal(modelText(chosen, FORMER), "model:1 → model:2");
  assert.equal(modelText({ ...chosen, models: ["model:1"] }, FORMER), "model:1");
  assert.equal(modelText({ ...chosen, models: [] }, FORMER), "model:1 → no model");
});

test("what can be meant by several, or is nowhere, is open until the person says it", () => {
  const proposal = { script: "/p/score.py", loads: ["model.pkl"], changedFile: "", modelFiles: [] };
  const open = { models: [], registerModels: [], modelState: "missing" } as const;
  assert.ok(isOpen(open));
  assert.match(modelNote(proposal, open), /score\.py loads model\.pkl, which is neither/);
  assert.ok(!isOpen({ ...open, modelState: "chosen" }), "none was chosen");
  assert.ok(!isOpen({ ...open, modelState: "none" }));
});

test("a service of another script is said before it is replaced", () => {
  assert.equal(nameText("diabetes", "/p/score.py", FORMER), "diabetes (new revision)");
  assert.match(nameText("diabetes", "/p/other.py", FORMER), /replaces the service of score\.py/);
  assert.equal(nameText("free", "/p/score.py", undefined), "free");
});
