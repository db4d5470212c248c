import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

import { environmentName, MARK, pythonOf } from "../../extension/python/environment";
import type { Interpreter } from "../../extension/python/interpreter";
import {
  type Circumstances,
  type LastEnvironment,
  lastEnvironment,
  sameEnvironment,
} from "../../extension/python/lastEnvironment";

const root = mkdtempSync(path.join(tmpdir(), "scoredock-last-"));
let worlds = 0;

after(() => {
  rmSync(root, { recursive: true, force: true });
});

interface World {
  readonly circumstances: Circumstances;
  readonly interpreter: Interpreter;
  /** The environment's folder. */
  readonly folder: string;
  /** As the memory of the extension gives it back. */
  readonly last: LastEnvironment | undefined;
}

/** A complete environment that the server ran from. */
function world(): World {
  worlds += 1;
  const base = path.join(root, String(worlds));
  const packageFolder = path.join(base, "server");
  mkdirSync(packageFolder, { recursive: true });
  const requirements = Buffer.from("scoredock==0.1.0\n");
  writeFileSync(path.join(packageFolder, "requirements.txt"), requirements);
  const interpreter = { executable: path.join(base, "python3"), version: "3.12.4", tag: "cp312" };
  writeFileSync(interpreter.executable, "", { mode: 0o755 });
  const circumstances = {
    version: "0.1.0",
    packageFolder,
    storage: path.join(base, "environments"),
    setting: "",
    searched: "/usr/bin",
    avoid: [],
  };
  const folder = path.join(circumstances.storage, environmentName(interpreter, "0.1.0", requirements));
  mkdirSync(path.dirname(pythonOf(folder)), { recursive: true });
  symlinkSync(interpreter.executable, pythonOf(folder));
  writeFileSync(path.join(folder, MARK), "{}");
  const kept = JSON.stringify(lastEnvironment(interpreter, ["/opt/python"], circumstances));
  return { circumstances, interpreter, folder, last: JSON.parse(kept) as LastEnvironment };
}

test("the environment of the last start is used again while nothing has changed", () => {
  const { circumstances, folder, last } = world();
  assert.deepEqual(sameEnvironment(last, circumstances), { folder, python: pythonOf(folder) });
  assert.deepEqual(last?.pythonExtension, ["/opt/python"]);
});

test("without a memory everything is looked for", () => {
  assert.equal(sameEnvironment(undefined, world().circumstances), undefined);
});

const OTHERS: readonly (readonly [string, Partial<Circumstances>])[] = [
  ["another version of the extension", { version: "0.2.0" }],
  ["a setting", { setting: "/usr/bin/python3.11" }],
  ["another PATH", { searched: "/opt/bin:/usr/bin" }],
  ["folders that are not trusted", { avoid: ["/home/ada/project"] }],
];
for (const [what, change] of OTHERS) {
  test(`${what}: everything is looked for`, () => {
    const { circumstances, last } = world();
    assert.equal(sameEnvironment(last, { ...circumstances, ...change }), undefined);
  });
}

const CHANGES: readonly (readonly [string, (one: World) => void])[] = [
  [
    "an interpreter that was upgraded",
    ({ interpreter }) => {
      writeFileSync(interpreter.executable, "newer");
    },
  ],
  [
    "an interpreter that was replaced by one of the same size",
    ({ interpreter }) => {
      utimesSync(interpreter.executable, 1, 1);
    },
  ],
  [
    "an interpreter that went",
    ({ interpreter }) => {
      rmSync(interpreter.executable);
    },
  ],
  [
    "an environment that is not complete",
    ({ folder }) => {
      rmSync(path.join(folder, MARK));
    },
  ],
  [
    "an environment whose interpreter went",
    ({ folder }) => {
      rmSync(pythonOf(folder));
    },
  ],
  [
    "other packages of the server",
    ({ circumstances }) => {
      writeFileSync(path.join(circumstances.packageFolder, "requirements.txt"), "scoredock==0.1.1\n");
    },
  ],
  [
    "a package that cannot be read",
    ({ circumstances }) => {
      rmSync(circumstances.packageFolder, { recursive: true });
    },
  ],
];
for (const [what, change] of CHANGES) {
  test(`${what}: everything is looked for`, () => {
    const one = world();
    change(one);
    assert.equal(sameEnvironment(one.last, one.circumstances), undefined);
  });
}

test("an interpreter that went while the server was started is not remembered", () => {
  const { circumstances, interpreter } = world();
  rmSync(interpreter.executable);
  assert.equal(lastEnvironment(interpreter, [], circumstances), undefined);
});
