import assert from "node:assert/strict";
import { test } from "node:test";

import { LocalFault, detailNames, remedy, failureOf } from "../../extension/text/errors";
import type { ErrorData } from "../../extension/protocol";

function answer(message: string, data: unknown, code = -32000): Error {
  return Object.assign(new Error(message), { code, data });
}

const IN_USE: ErrorData = {
  code: "model-in-use",
  fix: "Stop and delete the services first.",
  place: null,
  remedies: [{ title: "Show diabetes", command: "scoredock.showService", arguments: ["diabetes"] }],
  details: { services: ["diabetes"] },
};

test("an error of the server is its sentence, its fix and its buttons", () => {
  const told = failureOf(answer("ridge:1 is used by diabetes.", IN_USE));
  assert.equal(told.sentence, "ridge:1 is used by diabetes. Stop and delete the services first.");
  assert.equal(told.code, "model-in-use");
  assert.deepEqual(
    told.remedies.map((one) => one.title),
    ["Show diabetes"],
  );
  assert.deepEqual(detailNames(told.details, "services"), ["diabetes"]);
});

test("a fix that the sentence already holds is not said twice", () => {
  const told = failureOf(answer("It is used. Stop and delete the services first.", IN_USE));
  assert.equal(told.sentence, "It is used. Stop and delete the services first.");
});

for (const [name, error] of [
  ["the protocol's cancel code", answer("cancelled", undefined, -32800)],
  ["the server's own code", answer("cancelled", { ...IN_USE, code: "cancelled" })],
  ["the editor's error", Object.assign(new Error("Canceled"), { name: "Canceled" })],
] as const) {
  test(`what the person cancelled is not told: ${name}`, () => {
    assert.equal(failureOf(error).cancelled, true);
  });
}

test("our own failure keeps its sentence and its buttons", () => {
  const told = failureOf(new LocalFault("server-not-running", "The server is not running.", [remedy("restartServer")]));
  assert.equal(told.sentence, "The server is not running.");
  assert.deepEqual(
    told.remedies.map((one) => one.command),
    ["scoredock.restartServer"],
  );
});

test("a request that died with its server says so", () => {
  const told = failureOf(new Error("Pending response rejected since connection got disposed"));
  assert.equal(told.code, "server-not-running");
  assert.match(told.sentence, /stopped before it responded/);
});

for (const unknown of [new Error("boom"), "boom", { data: { code: 7 }, message: "boom" }, undefined, null]) {
  test(`something unknown is one sentence with Show Log: ${JSON.stringify(unknown)}`, () => {
    const told = failureOf(unknown);
    assert.equal(told.code, "internal-error");
    assert.deepEqual(
      told.remedies.map((one) => one.command),
      ["scoredock.showLog"],
    );
  });
}

test("an internal error of the server leads to the log", () => {
  const told = failureOf(answer("It failed.", { ...IN_USE, code: "internal-error", remedies: [] }));
  assert.deepEqual(
    told.remedies.map((one) => one.command),
    ["scoredock.showLog"],
  );
});
