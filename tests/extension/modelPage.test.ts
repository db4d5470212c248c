import assert from "node:assert/strict";
import { test } from "node:test";

import { code, modelPage, resourceWords } from "../../extension/documents/modelPage";
import { details, file, model } from "./records";

test("a page holds what is known and nothing else", () => {
  const page = modelPage(details(model("ridge", 1)));
  assert.ok(page.includes("| Id | `ridge:1` |"));
  assert.ok(page.includes(`| \`ridge.pkl\` | 644 B | \`${"0".repeat(64)}\` |`));
  assert.doesNotMatch(page, /Pickle|Inputs|Outputs|Versions|Alias|Git|Run|undefined|null/);
});

test("a full page", () => {
  const now = model("ridge", 2, {
    aliases: ["champion"],
    usedBy: ["diabetes"],
    pickle: "bad",
    runId: "abc",
    experiment: "sweep",
  });
  const page = modelPage(
    details(now, {
      files: [file("a|b.pkl"), file("logs/")],
      pickle: {
        state: "bad",
        bad: ["os.system"],
        unknown: ["mine.Thing"],
        notes: ["b.pkl ends early."],
        code: ["MLmodel: it is loaded by the Python module mine"],
        consent: "ada, 2026-11-20",
      },
      resources: { cpu: 0.5, memoryInGB: 1 },
      source: { commit: "f00d", branch: "main", dirty: true },
      runStore: "/home/ada/mlruns",
      runName: "sweep-7",
      sampleInputDataset: "rows:1",
      datasets: [{ scenario: "training", dataset: "train:3" }],
      recognised: "The pickle names sklearn.",
      inputs: [{ name: "x", type: "float32", shape: "[N, 10]" }],
      outputs: [{ name: "y", type: "float32", shape: "" }],
      versions: [now, model("ridge", 1)],
      images: ["boxed:1"],
      aliasHistory: [{ alias: "champion", version: 2, previous: 1, changed: now.created, changedBy: "ada" }],
    }),
  );
  for (const part of [
    "- `os.system`",
    "- `mine.Thing`",
    "known-bad names",
    "Deployment allowed: ada, 2026\\-11\\-20",
    "| Git commit | `f00d` · main · with changes that were not committed |",
    "| Run | `abc` · sweep\\-7 |",
    "| Resources | 0.5 CPU, 1 GB memory |",
    "| Datasets | training `train:3` |",
    "| Images | `boxed:1` |",
    "| `x` | `float32` | `[N, 10]` |",
    "| `a\\|b.pkl` |",
    "| `logs/` | empty folder |  |",
    "**`ridge:2`**",
    "v1 → v2",
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.doesNotMatch(page, /\bsafe/i);
});

test("text from outside stays text", () => {
  const page = modelPage(details(model("ridge", 1, { description: "[x](command:y) <img>", tags: { a: "`b` | c" } })));
  assert.ok(page.includes("\\[x\\]\\(command:y\\) \\<img\\>"));
  assert.ok(page.includes("| Tags | a=\\`b\\` \\| c |"));
});

test("no text ends the place where it is shown as code", () => {
  assert.equal(code("a ``<img src=x>`` b"), "```a ``<img src=x>`` b```");
  assert.equal(code("`a"), "`` `a ``");
  assert.equal(code(" a"), "`  a `");
  assert.equal(code("a\r\r<img>"), "`a <img>`");
  const page = modelPage(details(model("ridge", 1), { files: [file("``<img src=x>``.pkl")] }));
  assert.ok(page.includes("| ``` ``<img src=x>``.pkl ``` |"), page);
});

test("resources that nobody named are not told", () => {
  assert.equal(resourceWords({ cpu: null, gpu: 1 }), "1 GPU");
  assert.equal(resourceWords({}), "");
});
