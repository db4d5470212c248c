import assert from "node:assert/strict";
import { test } from "node:test";

import { candidates, choose, notFoundMessage, type SearchContext } from "../../extension/python/interpreter";
import type { ProgramResult, RunProgram } from "../../extension/python/process";

const NOTHING: SearchContext = {
  setting: "",
  pythonExtension: [],
  environment: {},
  platform: "linux",
  avoid: [],
  exists: () => false,
};

function around(more: Partial<SearchContext>): SearchContext {
  return { ...NOTHING, ...more };
}

function existing(...files: string[]): (file: string) => boolean {
  return (file) => files.includes(file);
}

function answers(version: string, more: { implementation?: string; bits?: string; free?: string } = {}): ProgramResult {
  const lines = [
    `/real/python${version}`,
    version,
    more.implementation ?? "CPython",
    more.bits ?? "64",
    more.free ?? "0",
  ];
  return { code: 0, stdout: `${lines.join("\n")}\n`, stderr: "" };
}

function world(programs: Readonly<Record<string, ProgramResult>>): RunProgram {
  return (program) => Promise.resolve(programs[program] ?? { code: undefined, stdout: "", stderr: "spawn ENOENT" });
}

test("the setting is the only place when it is set", () => {
  const found = candidates(
    around({
      setting: "/opt/py",
      pythonExtension: ["/ext/python"],
      environment: { PATH: "/usr/bin" },
      exists: () => true,
    }),
  );
  assert.deepEqual(
    found.map((one) => one.program),
    ["/opt/py"],
  );
});

test("the Python extension comes before the PATH, python3 before python", () => {
  const found = candidates(
    around({
      pythonExtension: ["/ext/python"],
      environment: { PATH: "/a:/b" },
      exists: existing("/a/python", "/b/python3", "/b/python3.12"),
    }),
  );
  assert.deepEqual(
    found.map((one) => one.program),
    ["/ext/python", "/b/python3", "/a/python", "/b/python3.12"],
  );
});

test("relative entries of the PATH are never taken", () => {
  const found = candidates(around({ environment: { PATH: ".:bin:/usr/bin" }, exists: () => true }));
  assert.ok(found.every((one) => one.program.startsWith("/usr/bin/")));
});

test("programs inside a folder that is not trusted are never taken", () => {
  const found = candidates(
    around({ environment: { PATH: "/work/project/.venv/bin:/usr/bin" }, avoid: ["/work/project"], exists: () => true }),
  );
  assert.ok(found.every((one) => one.program.startsWith("/usr/bin/")));
});

test("the first that works is taken, with the reason, and the others are told", async () => {
  const run = world({ "/usr/bin/python3": answers("3.9.2"), "/usr/bin/python3.12": answers("3.12.4") });
  const found = candidates(
    around({ environment: { PATH: "/usr/bin" }, exists: existing("/usr/bin/python3", "/usr/bin/python3.12") }),
  );
  const choice = await choose(found, run, "/");
  assert.deepEqual(choice.interpreter, { executable: "/real/python3.12.4", version: "3.12.4", tag: "cp312" });
  assert.equal("reason" in choice ? choice.reason : "", "found on the PATH");
  assert.deepEqual(choice.looked, [{ place: "/usr/bin/python3", problem: "it is Python 3.9.2" }]);
});

for (const [name, ran, problem] of [
  ["too old", answers("3.9.18"), "it is Python 3.9.18"],
  ["too new", answers("3.15.0"), "it is Python 3.15.0"],
  ["Python 2", answers("2.7.18"), "it is Python 2.7.18"],
  ["PyPy", answers("3.10.1", { implementation: "PyPy" }), "it is PyPy, not CPython"],
  ["32 bits", answers("3.11.1", { bits: "32" }), "it is a 32-bit program"],
  ["free-threaded", answers("3.13.1", { free: "1" }), "it is a free-threaded build"],
  [
    "broken",
    { code: 1, stdout: "", stderr: "Fatal\nno module named encodings" },
    "it does not start: no module named encodings",
  ],
  ["absent", { code: 1, stdout: "", stderr: "spawn /py ENOENT" }, "there is no such program"],
] as const) {
  test(`refused with the reason: ${name}`, async () => {
    const choice = await choose([{ origin: "path", program: "/py" }], world({ "/py": ran }), "/");
    assert.equal(choice.interpreter, undefined);
    assert.deepEqual(choice.looked, [{ place: "/py", problem }]);
  });
}

test("when there is none the places looked at are said", () => {
  const sentence = notFoundMessage([{ place: "/usr/bin/python3", problem: "it is Python 3.9.2" }], "");
  assert.equal(
    sentence,
    "No suitable Python was found (/usr/bin/python3: it is Python 3.9.2). Scoredock needs CPython 3.10–3.14.",
  );
  assert.match(notFoundMessage([], ""), /^No Python was found: neither on the PATH/);
  assert.match(
    notFoundMessage([{ place: "/x", problem: "it does not start: ENOENT" }], "/x"),
    /named by scoredock.server.interpreter/,
  );
});

test("Windows: the launcher is asked for each version, and the shop's stub is not a Python", () => {
  const found = candidates(
    around({
      platform: "win32",
      environment: { SystemRoot: "/windows" },
      exists: existing("/windows/py.exe"),
    }),
  );
  assert.deepEqual(
    found.map((one) => one.args?.[0]),
    ["-3.14", "-3.13", "-3.12", "-3.11", "-3.10"],
  );
});
