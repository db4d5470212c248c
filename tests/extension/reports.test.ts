import assert from "node:assert/strict";
import { test } from "node:test";

import {
  attachConfiguration,
  bringsDebugger,
  isStillDebugged,
  listensOn,
  looksLikeEntryScript,
} from "../../extension/debug/debugSession";
import type { DocumentTried, ServiceProfile } from "../../extension/protocol";
import {
  comparisonPage,
  profilePage,
  repairPage,
  runPage,
  tryPage,
  verificationPage,
} from "../../extension/documents/reports";
import { run, service } from "./records";

test("a comparison shows what differs, in a table that no text can break", () => {
  const page = comparisonPage({
    first: "ridge:1",
    second: "ridge:2",
    differences: [
      { what: "tag area", before: "one|two", after: "", file: "", isText: false },
      { what: "description", before: "", after: "more\nlines", file: "", isText: false },
    ],
  });
  assert.equal(
    page,
    [
      "# ridge:1 and ridge:2",
      "",
      "|  | ridge:1 | ridge:2 |",
      "|---|---|---|",
      "| tag area | one\\|two | – |",
      "| description | – | more lines |",
    ].join("\n"),
  );
});

test("two versions that do not differ say so", () => {
  assert.match(comparisonPage({ first: "ridge:1", second: "ridge:2", differences: [] }), /do not differ/);
});

test("a run shows its figures, and only what it has", () => {
  const page = runPage(
    run("r1", { name: "sweep 7", metrics: { rmse: 0.25 }, params: { alpha: "0.1|0.2" }, models: ["model"] }),
  );
  for (const row of ["# Run sweep 7", "| rmse | 0\\.25 |", "| alpha | 0\\.1\\|0\\.2 |", "| Logged models | model |"]) {
    assert.ok(page.includes(row), row);
  }
  assert.doesNotMatch(page, /Parent run|## Tags/);
});

test("names from outside stay text in headings and tables", () => {
  const hostile = "<img src=x>\r\r# [y](command:z)";
  const shown = "\\<img src=x\\> \\# \\[y\\]\\(command:z\\)";
  const comparison = {
    first: hostile,
    second: "ridge:2",
    differences: [{ what: hostile, before: hostile, after: "", file: "", isText: false }],
  };
  for (const page of [
    runPage(run("r1", { name: hostile, params: { [hostile]: hostile } })),
    comparisonPage(comparison),
    verificationPage(hostile, { problems: [], versions: 0, files: 0, bytes: 0, deep: false }),
    repairPage(hostile, { done: [], left: [] }),
  ]) {
    assert.match(page, /^# .*\\<img/);
    assert.ok(page.includes(shown), page);
    assert.doesNotMatch(page, /(?<!\\)[<[]|\r/, page);
  }
  // The name of a service is checked before there is one.
  assert.ok(profilePage({ ...PROFILE, error: hostile }).includes(shown));
});

test("problems of a workspace say what can be done about each", () => {
  const problems = [
    { subject: "ridge:1", message: "A file is gone.", fix: "Bring it back from a copy.", repairable: false },
  ];
  const page = verificationPage("local", { problems, versions: 3, files: 4, bytes: 1500, deep: true });
  assert.match(page, /Every byte was read: versions 3, files 4, 1\.5 kB\./);
  assert.ok(page.includes("- **ridge:1**  \n  A file is gone\\.  \n  Bring it back from a copy\\."));
  assert.doesNotMatch(page, /Can be repaired/);
});

test("a repair tells what was done and what was not", () => {
  const left = { subject: "ridge:1", message: `The file ${"ab".repeat(32)} is gone.`, fix: "", repairable: true };
  const page = repairPage("local", { done: ["Wrote 1 manifest."], left: [left] });
  assert.match(page, /## Repaired\n\n- Wrote 1 manifest\\\.\n\n## Not Repaired\n\n- \*\*ridge:1\*\*/);
  assert.match(page, /abababababab…/);
});

const PROFILE: ServiceProfile = {
  name: "diabetes",
  totalQueries: 200,
  successQueries: 199,
  successRate: 99.5,
  averageLatencyInMs: 2.5,
  latencyPercentile50InMs: 2,
  latencyPercentile90InMs: 3,
  latencyPercentile95InMs: 4,
  latencyPercentile99InMs: 5,
  latencyPercentile999InMs: 9,
  measuredQueriesPerSecond: 400,
  maxUtilizedCpu: 0.8,
  maxUtilizedMemoryInGB: 0.2,
  recommendedCpu: 1,
  recommendedMemoryInGB: 0.3,
  error: "1 of 200 requests failed. The first: status 500",
  input: "/home/ada/rows.txt",
};

test("a profile tells every figure with its unit", () => {
  const page = profilePage(PROFILE);
  for (const row of [
    "| Successful | 199 (99.5 %) |",
    "| 99.9 % | 9 ms |",
    "| Highest CPU | 0.8 cores |",
    "| Recommended memory | 0.3 GB |",
  ]) {
    assert.ok(page.includes(row), row);
  }
});

test("what was not measured is not told", () => {
  const page = profilePage({
    ...PROFILE,
    error: "",
    maxUtilizedCpu: null,
    recommendedCpu: null,
    latencyPercentile50InMs: null,
  });
  assert.doesNotMatch(page, /CPU|\| 50 %|Failed|null/);
});

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

test("a try shows findings, each request with its answer, and the log, and no text breaks out of its place", () => {
  const tried: DocumentTried = {
    path: "/p/score.py",
    ok: false,
    summary: "run() failed for 1 of 2 requests.",
    findings: [
      {
        path: "/p/score.py",
        code: "SD951",
        severity: "error",
        message: "run() raised *KeyError*.",
        line: 11,
        character: 4,
        endLine: 11,
        endCharacter: 9,
        fixable: false,
        tag: "",
        cell: 0,
        cellLine: 0,
        cellCharacter: 0,
      },
    ],
    models: ["wheat:3"],
    unregistered: [],
    environment: "conda.yml",
    initMilliseconds: 41.6,
    memoryBytes: 1_500_000,
    requests: [
      {
        origin: "the sample of the script's schema",
        body: '{"data": [1]}',
        status: 200,
        milliseconds: 3.2,
        answer: "```\n[1]",
      },
      { origin: "sample.json", body: "{}", status: 0, milliseconds: 0, answer: "" },
    ],
    logLines: ["loading", "ready"],
  };
  const page = tryPage(tried);
  for (const part of [
    "| Import and init\\(\\) | 42 ms |",
    "| Models | wheat:3 |",
    "score\\.py:12",
    "SD951",
    "## Request: sample\\.json",
    "No answer came.",
    "Answer 200 after 3 ms:",
    "````json\n```\n[1]\n````",
    "loading\nready",
  ]) {
    assert.ok(page.includes(part), `${part}\n${page}`);
  }
});
