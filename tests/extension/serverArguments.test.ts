/** How the server's Python is started, and when under a debugger. */
import assert from "node:assert/strict";
import * as path from "node:path";
import test from "node:test";

import { DEBUGGER_PORT, serverArguments } from "../../extension/session/serverArguments";

const PLAIN = { args: ["-I", "-m", "scoredock.server", "--stdio"], debugged: false };

test("an extension that is installed never starts the server under a debugger", () => {
  assert.deepEqual(serverArguments({ [DEBUGGER_PORT]: "5679" }, false, "/checkout"), PLAIN);
});

test("from source it does where the environment names a port", () => {
  const script = path.join("/checkout", "pyserver", "tools", "debugged_server.py");
  assert.deepEqual(serverArguments({ [DEBUGGER_PORT]: "5679" }, true, "/checkout"), {
    args: ["-I", "-X", "frozen_modules=off", script, "5679", "--stdio"],
    debugged: true,
  });
});

test("what is not a port is passed over", () => {
  for (const value of [undefined, "", "0", "65536", "-1", "5679;", "one"]) {
    assert.deepEqual(
      serverArguments(value === undefined ? {} : { [DEBUGGER_PORT]: value }, true, "/checkout"),
      PLAIN,
      String(value),
    );
  }
});
