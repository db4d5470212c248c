import assert from "node:assert/strict";
import { test } from "node:test";

import { CurrentFolder } from "../../extension/state/currentFolder";

test("the folder that is worked in stays the same while no editor of a folder is in front", () => {
  const worked = new CurrentFolder();
  const open = ["/p/one", "/p/two"];
  assert.equal(worked.folder(undefined, open), "/p/one");
  assert.equal(worked.folder("/p/two", open), "/p/two");
  assert.equal(worked.folder(undefined, open), "/p/two");
  assert.equal(worked.folder("/p/one", open), "/p/one");
});

test("a folder that was closed is worked in no longer", () => {
  const worked = new CurrentFolder();
  assert.equal(worked.folder("/p/two", ["/p/one", "/p/two"]), "/p/two");
  assert.equal(worked.folder(undefined, ["/p/one"]), "/p/one");
  assert.equal(worked.folder(undefined, []), undefined);
});
