import assert from "node:assert/strict";
import { test } from "node:test";

import { typedKey } from "../../extension/panels/messages";

test("a key that was typed is sent without the blanks around it", () => {
  assert.equal(typedKey("  abc "), "abc");
});

test("where none was typed, the service's own key is left to the server", () => {
  assert.equal(typedKey(""), null);
  assert.equal(typedKey("  \t"), null);
});
