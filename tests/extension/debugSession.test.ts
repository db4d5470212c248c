import assert from "node:assert/strict";
import { test } from "node:test";

import {
  attachConfiguration,
  bringsDebugger,
  isStillDebugged,
  listensOn,
  looksLikeEntryScript,
} from "../../extension/debug/debugSession";
import { service } from "./records";

test("the editor listens where the service connects, and knows its own session again", () => {
  const configuration = attachConfiguration("diabetes", 5678, [{ localRoot: "/home/ada", remoteRoot: "." }]);
  assert.deepEqual(configuration, {
    type: "debugpy",
    name: "diabetes",
    request: "attach",
    listen: { host: "127.0.0.1", port: 5678 },
    pathMappings: [{ localRoot: "/home/ada", remoteRoot: "." }],
  });
  assert.ok(listensOn(configuration, 5678));
  assert.ok(!listensOn(configuration, 5679));
  assert.ok(!listensOn({ type: "node", listen: { port: 5678 } }, 5678));
  assert.ok(!listensOn({ type: "debugpy", connect: { port: 5678 } }, 5678));
});

test("an extension that brings the debugger is recognised by what it contributes", () => {
  assert.ok(bringsDebugger({ contributes: { debuggers: [{ type: "node" }, { type: "debugpy" }] } }));
  for (const other of [
    undefined,
    {},
    { contributes: {} },
    { contributes: { debuggers: "debugpy" } },
    { contributes: { debuggers: [null, { type: "python" }] } },
  ]) {
    assert.ok(!bringsDebugger(other));
  }
});

test("F5 means the service only in a file that defines both functions at the top", () => {
  assert.ok(
    looksLikeEntryScript(
      "import json\r\n\r\ndef init():\r\n    pass\r\n\r\n@rawhttp\r\ndef run(request):\r\n    return 1\r\n",
    ),
  );
  assert.ok(looksLikeEntryScript("def run(data): return data\ndef init(): pass"));
  for (const other of [
    "",
    "def init():\n    pass",
    "def run(data):\n    pass",
    "class A:\n    def init(self): ...\n    def run(self): ...",
    "# def init(): def run():\n",
    "def initialise(): ...\ndef running(): ...",
  ]) {
    assert.ok(!looksLikeEntryScript(other), other);
  }
});

test("a service that was stopped, restarted or updated during the session is left alone after it", () => {
  const debugged = service("diabetes", { revision: 3, environment: "diabetes-env (aaa)" });
  assert.ok(isStillDebugged(debugged, { ...debugged, state: "Failed" }));
  assert.ok(isStillDebugged(debugged, debugged));
  assert.ok(!isStillDebugged(debugged, { ...debugged, state: "Stopped" }));
  assert.ok(!isStillDebugged(debugged, { ...debugged, environment: "diabetes-env (bbb)" }));
  assert.ok(!isStillDebugged(debugged, { ...debugged, revision: 4 }));
});
