import assert from "node:assert/strict";
import { test } from "node:test";

import { jsonFault } from "../../extension/panels/jsonFault";

for (const [text, expected] of [
  ['{"data": [1, 2}', "1:15 comma"],
  ['{"data": [1,]}', "1:13 value"],
  ["{'data': 1}", "1:2 quotes"],
  ['{"data" 1}', "1:9 colon"],
  ['{\n  "a": 1\n  "b": 2\n}', "3:3 comma"],
  ['{"a": "open\n}', "1:7 string"],
  ['{"a": "\\x"}', "1:7 string"],
  ["[1] 2", "1:5 end"],
  ["", "1:1 value"],
  ["{,}", "1:2 key"],
  ["[01]", "1:3 comma"],
  ["[".repeat(600), "1:502 nested"],
] as const) {
  test(`not JSON: ${text.slice(0, 20)}`, () => {
    const found = jsonFault(text);
    assert.equal(found === undefined ? "" : `${found.line}:${found.column} ${found.kind}`, expected);
  });
}

for (const text of [
  '{"data": [[1, -2.5e3, true, null, "ü\\n\\u00e4"]], "b": {}}',
  " [] ",
  "NaN",
  "-Infinity",
  '"text"',
]) {
  test(`JSON as json.loads reads it: ${text}`, () => {
    assert.equal(jsonFault(text), undefined);
  });
}

test("what JSON.parse reads is never a fault, and what it refuses always is", () => {
  const pieces = ["{", "}", "[", "]", ",", ":", '"a"', "1", "-0.5e2", "true", "null", " ", "\n", "'", "x", '"'];
  let seed = 7;
  const next = (most: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % most;
  };
  for (let round = 0; round < 20_000; round += 1) {
    const text = Array.from({ length: 1 + next(9) }, () => pieces[next(pieces.length)] ?? "").join("");
    let valid = true;
    try {
      JSON.parse(text);
    } catch {
      valid = false;
    }
    assert.equal(jsonFault(text) === undefined, valid, JSON.stringify(text));
  }
});
