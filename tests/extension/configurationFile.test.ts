import assert from "node:assert/strict";
import { test } from "node:test";

import { parse } from "jsonc-parser";

import type { TaskDefinition } from "../../extension/protocol";
import { LAUNCH, TASKS, withEntry } from "../../extension/tasks/configurationFile";
import { taskDefinition, writtenTask } from "../../extension/tasks/taskDefinition";

const ENTRY = { label: "deploy diabetes", type: "scoredock", task: "deploy", service: "diabetes" };

function tasksOf(text: string): unknown {
  return (parse(text, [], { allowTrailingComma: true }) as { tasks: unknown }).tasks;
}

function added(text: string, entry: Readonly<Record<string, unknown>> = ENTRY): { text: string; offset: number } {
  const addition = withEntry(TASKS, text, entry);
  assert.ok(addition);
  assert.equal(addition.known, false);
  return addition;
}

test("a file that is not there begins with the version of its format", () => {
  const { text } = added("");
  assert.deepEqual(parse(text), { version: "2.0.0", tasks: [ENTRY] });
  const launch = withEntry(LAUNCH, "", { name: "Debug", type: "scoredock" });
  assert.deepEqual(parse(launch?.text ?? ""), {
    version: "0.2.0",
    configurations: [{ name: "Debug", type: "scoredock" }],
  });
});

test("comments, trailing commas and what others wrote stay", () => {
  const before = `{
  // of the team
  "version": "2.0.0",
  "tasks": [
    { "label": "lint", "type": "shell", "command": "ruff" }, // quick
  ],
  "inputs": [],
}
`;
  const { text, offset } = added(before);
  assert.deepEqual(tasksOf(text), [{ label: "lint", type: "shell", command: "ruff" }, ENTRY]);
  for (const kept of ["// of the team", "// quick", '"inputs": []']) {
    assert.ok(text.includes(kept), kept);
  }
  assert.ok(text.slice(offset).startsWith("{"), "where the entry stands");
  assert.match(text.slice(offset), /^\{\s*"label": "deploy diabetes"/);
});

test("ends of lines are those of the file", () => {
  const { text } = added('{\r\n  "version": "2.0.0",\r\n  "tasks": []\r\n}\r\n');
  assert.equal(text.replaceAll("\r\n", "").includes("\n"), false);
});

test("an entry of the same name is shown, not written twice", () => {
  const { text } = added("");
  const again = withEntry(TASKS, text, { ...ENTRY, service: "other" });
  assert.equal(again?.known, true);
  assert.equal(again.text, text);
  assert.match(text.slice(again.offset), /^\{\s*"label": "deploy diabetes"/);
});

for (const broken of ["{", "[]", "7", '{"tasks": 7}', '{"tasks": [}']) {
  test(`${broken} is left alone`, () => {
    assert.equal(withEntry(TASKS, broken, ENTRY), undefined);
  });
}

test("a task says only what was chosen, and the server takes what was written", () => {
  const definition = {
    ...{ task: "deploy", service: "diabetes", models: ["diabetes:1"], port: 0, skipChecks: false, tags: {} },
    ...{ entryScript: "score.py", environment: "", environmentVariables: null, registerModels: [] },
  } as unknown as TaskDefinition;
  const written = writtenTask(definition);
  assert.deepEqual(written, {
    ...{ type: "scoredock", task: "deploy", service: "diabetes", models: ["diabetes:1"], port: 0 },
    entryScript: "score.py",
  });
  assert.equal("type" in taskDefinition(written as unknown as Record<string, unknown>), false);
});
