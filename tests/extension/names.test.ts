import assert from "node:assert/strict";
import { test } from "node:test";

import { isName } from "../../extension/text/names";
import type { AssetKind } from "../../extension/protocol";

/** The same as the server says of them: tests/registry/test_environment_records.py and test_datasets.py. */
const NAMES: readonly (readonly [AssetKind, string, boolean])[] = [
  ["environment", ".venv", true],
  ["environment", "_own", true],
  ["environment", "demo-1.2", true],
  ["environment", "-demo", false],
  ["environment", ".", false],
  ["environment", "_", false],
  ["environment", "my env", false],
  ["environment", "a".repeat(255), true],
  ["environment", "a".repeat(256), false],
  ["environment", "../x", false],
  ["dataset", "diabetes file dataset", true],
  ["dataset", "d", true],
  ["dataset", "ends with a blank ", false],
  ["dataset", " begins with one", false],
  ["dataset", ".hidden", false],
  ["dataset", "", false],
  ["image", "abc", true],
  ["image", "ab", false],
  ["image", "Abc", false],
  ["image", "a.b-c", true],
  ["image", "abc-", false],
];

for (const [kind, name, valid] of NAMES) {
  test(`${kind} “${name.slice(0, 30)}” is ${valid ? "a" : "no"} name`, () => {
    assert.equal(isName(kind, name), valid);
  });
}
