/** Text of others in rows, tooltips, messages and logs. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { withoutLinks } from "../../extension/text/format";
import { plain } from "../../extension/text/markdown";
import { inLines, inRow } from "../../extension/text/visible";

const HOSTILE = "a\u001b]0;x\u0007\rb\u009b31m\u202ec\u2028d\ud800";
const SHOWN = "a\\x1b]0;x\\x07\\rb\\x9b31m\\u202ec\\u2028d\\ud800";

test("what cannot be seen is shown as its number", () => {
  assert.equal(inRow(`${HOSTILE}\ne\r\nf`), `${SHOWN}\\ne\\nf`);
  assert.equal(inLines("one\r\ntwo\n\tthree"), "one\r\ntwo\n\tthree");
  assert.equal(inRow("模型 🙂 é"), "模型 🙂 é");
});

test("a row is no longer than people read, and a line of a log is", () => {
  assert.equal(inRow("x".repeat(65_536)).length, 4_000);
  assert.equal(inRow("x".repeat(65_536), Infinity).length, 65_536);
});

test("tooltips and messages show it as well", () => {
  assert.ok(plain(HOSTILE).includes("\\\\u202ec"));
  assert.equal(withoutLinks(`${HOSTILE} [go](command:x)`), `${SHOWN} [go]\u200b(command:x)`);
});
