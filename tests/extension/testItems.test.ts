import assert from "node:assert/strict";
import { test } from "node:test";

import { headerLines, routeAndQuery, typedHeaders } from "../../extension/panels/messages";
import { complaintsOf, outputOf, testsOf } from "../../extension/contrib/request_tests/testItems";
import type { RequestFile, TestResult } from "../../extension/protocol";

const FILE: RequestFile = {
  path: "/p/tests.http",
  requests: [
    { name: "one", line: 3, endLine: 8, method: "POST", target: "/score", isTest: true },
    { name: "two", line: 12, endLine: 14, method: "GET", target: "/score", isTest: false },
  ],
  faults: [],
  services: [],
  deploys: "/p/score.py",
};
const RESULT: TestResult = {
  path: "/p/tests.http",
  name: "one",
  line: 3,
  state: "failed",
  milliseconds: 4,
  unmet: [
    { path: "/p/tests.http", line: 1, message: "Expected status 200, got 500.", expected: "", actual: "" },
    { path: "/p/one.expected.json", line: 2, message: "$.a: expected 1, got 2", expected: "1", actual: "2" },
  ],
  error: "",
  status: 500,
  logLines: ["ValueError: no"],
};

test("only requests that say what they expect are tests", () => {
  assert.deepEqual(testsOf(FILE), [{ id: "/p/tests.http#one", name: "one", line: 3 }]);
});

test("each expectation complains at its own line, with a diff where there are two texts", () => {
  assert.deepEqual(complaintsOf(RESULT), [
    { message: "Expected status 200, got 500.", path: "/p/tests.http", line: 1 },
    { message: "$.a: expected 1, got 2", path: "/p/one.expected.json", line: 2, texts: { expected: "1", actual: "2" } },
  ]);
  assert.deepEqual(complaintsOf({ ...RESULT, unmet: [], error: "No answer." }), [
    { message: "No answer.", path: "/p/tests.http", line: 3 },
  ]);
});

test("the output of a run has what is wrong and the log of the request", () => {
  assert.equal(
    outputOf(RESULT),
    "✗ one\r\n    Expected status 200, got 500.\r\n    $.a: expected 1, got 2\r\n  | ValueError: no\r\n",
  );
  assert.equal(outputOf({ ...RESULT, state: "passed", unmet: [] }), "✓ one\r\n");
});

test("an address that was typed is a path and a query", () => {
  assert.deepEqual(routeAndQuery("/score?a=1?b"), { route: "/score", query: "a=1?b" });
  assert.deepEqual(routeAndQuery(""), { route: "/score", query: "" });
  assert.deepEqual(routeAndQuery("ready"), { route: "/ready", query: "" });
});

test("headers are lines and come back as lines", () => {
  assert.deepEqual(typedHeaders("A: b:c\n\n  X-Trace : 1 \n"), { A: "b:c", "X-Trace": "1" });
  assert.equal(headerLines({ A: "b:c", "X-Trace": "1" }), "A: b:c\nX-Trace: 1");
});
