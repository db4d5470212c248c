import assert from "node:assert/strict";
import { test } from "node:test";

import {
  statusOf,
  blockingErrorsOf,
  possibleRepair,
  proposedRepair,
  summaryOf,
  unitsOf,
} from "../../extension/text/checkSummary";
import type { DocumentChecked, DocumentFinding } from "../../extension/protocol";

function checked(more: Partial<DocumentChecked> = {}): DocumentChecked {
  return {
    uri: "file:///p/score.py",
    kind: "entry-script",
    state: "checked",
    errors: 0,
    warnings: 0,
    others: 0,
    environment: "",
    models: [],
    configuration: "",
    sdk: false,
    ...more,
  };
}

function finding(severity: DocumentFinding["severity"]): DocumentFinding {
  return {
    path: "/p/score.py",
    code: "SD110",
    severity,
    message: "",
    line: 0,
    character: 0,
    endLine: 0,
    endCharacter: 1,
    fixable: false,
    tag: "",
    cell: 0,
    cellLine: 0,
    cellCharacter: 0,
  };
}

test("the status of a file says what was found and what the checks knew", () => {
  assert.deepEqual(statusOf(checked()), {
    text: "Checked: no findings",
    detail: "Entry script",
    severity: "information",
  });
  const rich = statusOf(
    checked({
      errors: 1,
      warnings: 2,
      others: 1,
      environment: "/p/conda.yml",
      models: ["wheat:3"],
      configuration: "/p/inferenceconfig.json",
    }),
  );
  assert.equal(rich.text, "Checked: 1 error, 2 warnings, 1 hint");
  assert.equal(rich.detail, "Entry script · models wheat:3 · environment conda.yml · named by inferenceconfig.json");
  assert.equal(rich.severity, "error");
  assert.equal(statusOf(checked({ others: 2 })).severity, "warning");
});

test("a file that is not checked says why", () => {
  assert.match(statusOf(checked({ state: "off" })).text, /turned off/);
  assert.match(statusOf(checked({ state: "tooLarge" })).text, /too large/);
});

test("kinds of Azure ML v2 are called as they are there", () => {
  assert.equal(statusOf(checked({ kind: "online-deployment" })).detail, "Online deployment");
});

test("the summary counts files and findings by their weight", () => {
  assert.equal(summaryOf({ checked: ["/p/score.py"], findings: [] }), "score.py checked, no findings.");
  const findings = [finding("error"), finding("error"), finding("warning"), finding("information"), finding("hint")];
  assert.equal(
    summaryOf({ checked: ["/p/score.py", "/p/conda.yml"], findings }),
    "2 files checked, 2 errors, 1 warning, 2 hints.",
  );
});

test("errors that stop a deployment are read from its details, whatever the paths look like", () => {
  const details = {
    findings: [
      "/p/a: b:3/score.py:12:5: SD110 The name os is: not defined.",
      String.raw`C:\work\score.py:1:1: SD101 Two lines` + "\nof it.",
    ],
  };
  assert.deepEqual(blockingErrorsOf(details), [
    { path: "/p/a: b:3/score.py", line: 11, character: 4, code: "SD110", message: "The name os is: not defined." },
    { path: String.raw`C:\work\score.py`, line: 0, character: 0, code: "SD101", message: "Two lines\nof it." },
  ]);
  assert.deepEqual(blockingErrorsOf({ findings: ["no place here"] }), []);
  assert.deepEqual(blockingErrorsOf({}), []);
});

test("columns of code points become columns of the editor", () => {
  assert.equal(unitsOf("x = '\u{1F600}' + y", 6), 7);
  assert.equal(unitsOf("abc", 2), 2);
  assert.equal(unitsOf("abc", 99), 3);
});

test("what can be repaired says which files change, and which is new", () => {
  assert.equal(possibleRepair({ findings: [] }, true), undefined);
  const certain = possibleRepair({ repairable: ["/p/score.py"] }, false);
  assert.deepEqual(certain?.changed, ["/p/score.py"]);
  const listed = possibleRepair({ repairable: ["/p/score.py"], packages: ["/p/score.py", "/p/conda.yml"] }, false);
  assert.deepEqual([listed?.changed, listed?.written], [["/p/score.py", "/p/conda.yml"], ""]);
  const missing = { packages: ["/p/score.py", "/p/conda.yml", "new"] };
  const written = possibleRepair(missing, true);
  assert.deepEqual([written?.changed, written?.written], [[], "/p/conda.yml"]);
  assert.equal(possibleRepair(missing, false), undefined, "a service has its environment already");
});

test("what quick fixes propose names the files, the rules and what will be done", () => {
  const findings = ["/p/score.py:2:1: SD112 “data” is not a parameter.", "/p/score.py:9:5: SD121 Decoded twice."];
  assert.equal(proposedRepair({ findings }), undefined);
  assert.deepEqual(proposedRepair({ findings, proposals: ["Change to raw_data (line 2)"] }), {
    paths: ["/p/score.py"],
    codes: ["SD112", "SD121"],
    titles: ["Change to raw_data (line 2)"],
  });
});
