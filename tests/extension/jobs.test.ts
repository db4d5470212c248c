import assert from "node:assert/strict";
import { test } from "node:test";

import { jobContent } from "../../extension/contrib/batch/jobContent";
import type { BatchJob, BatchJobDetails, BatchOutputs } from "../../extension/protocol";
import { LISTS } from "../../extension/contrib/batch/lists";
import { jobFlags, jobNodes } from "../../extension/contrib/batch/jobNodes";

const NOW = 1_800_000_000;

function job(more: Partial<BatchJob> = {}): BatchJob {
  return {
    name: "nightly",
    state: "Completed",
    created: NOW - 60,
    script: "/p/batch_score.py",
    output: "/p/scored",
    planned: 1,
    isPlanned: true,
    completed: 1,
    failed: 0,
    items: 10,
    results: 10,
    failedItems: 0,
    seconds: 2,
    percentage: 100,
    compute: "",
    waiting: "",
    ...more,
  };
}

function details(of: BatchJob, more: Partial<BatchJobDetails> = {}): BatchJobDetails {
  return {
    job: of,
    inputs: ["/p/in"],
    files: 10,
    bytes: 100,
    inputFormat: "files",
    miniBatchSize: "10",
    models: [],
    environment: "conda.yml",
    retried: 0,
    interrupted: 0,
    fewer: 0,
    more: 0,
    workers: [],
    slowest: [],
    unequal: [],
    failures: [],
    error: "",
    traceback: "",
    notes: [],
    ...more,
  };
}

const NOTHING: BatchOutputs = { folder: "/p/scored", files: [], quarantine: "", head: [], table: [] };

function fieldsOf(page: ReturnType<typeof jobContent>): Record<string, string> {
  const found = page.sections.flatMap(({ blocks }) =>
    blocks.flatMap((one) => (one.kind === "fields" ? one.fields : [])),
  );
  return Object.fromEntries(
    found.map(({ name, value }) => [name, value.map((part) => (part.kind === "text" ? part.text : "")).join("")]),
  );
}

function description(of: BatchJob): string {
  const page = { rows: [{ kind: "job" as const, job: of }], left: 0, next: "", problem: "" };
  const [node] = jobNodes({ kind: "jobs", workspaceId: "local" }, page, NOW);
  return node?.description ?? "";
}

test("a label and its value do not say the same", () => {
  assert.equal(fieldsOf(jobContent(details(job()), NOTHING, NOW))["Mini-batches"], "1 of 1");
});

test("one item a second is one item", () => {
  assert.match(fieldsOf(jobContent(details(job({ seconds: 10 })), NOTHING, NOW))["Time"] ?? "", /1 item per second$/);
  assert.match(fieldsOf(jobContent(details(job()), NOTHING, NOW))["Time"] ?? "", /5 items per second$/);
});

test("a job says where it runs, and why its workers have not begun", () => {
  assert.equal(fieldsOf(jobContent(details(job()), NOTHING, NOW))["Where it runs"], "This Machine");
  const waiting = job({ state: "Running", compute: "aks", waiting: "No node has room.", percentage: 0 });
  const page = jobContent(details(waiting), NOTHING, NOW);
  assert.equal(fieldsOf(page)["Where it runs"], "aks");
  assert.ok(page.notices.some(({ text }) => text.includes("No node has room.")));
  assert.equal(description(waiting), "waits · aks · 1 min ago");
});

test("what can be done follows from the state", () => {
  assert.equal(jobFlags(job({ state: "Running" })), "job running pausable");
  assert.equal(jobFlags(job({ state: "Pausing" })), "job running");
  assert.equal(jobFlags(job({ state: "Paused" })), "job resumable deletable");
  assert.equal(jobFlags(job()), "job deletable written");
  assert.equal(jobFlags(job({ state: "CompletedWithErrors" })), "job deletable written");
  assert.equal(jobFlags(job({ state: "CompletedWithErrors", failed: 1 })), "job resumable deletable written");
});

test("a row begins with what went wrong, as a narrow side bar cuts it off behind that", () => {
  const some = { state: "CompletedWithErrors", planned: 30, completed: 29, failed: 1 } as const;
  assert.equal(description(job(some)), "1 of 30 failed · Completed with errors · 1 min ago");
  assert.equal(description(job({ ...some, state: "Failed" })), "Failed · 1 of 30 failed · 1 min ago");
  const running = { ...some, state: "Running", completed: 11, percentage: 40 } as const;
  assert.equal(description(job(running)), "1 failed · 40% · 12 of 30 mini-batches · 1 min ago");
  assert.equal(description(job({ planned: 30, completed: 30 })), "Completed · 30 mini-batches · 1 min ago");
  assert.equal(description(job({ state: "CompletedWithErrors" })), "Completed with errors · 1 mini-batch · 1 min ago");
});

test("a paused job says how far it is", () => {
  const paused = job({ state: "Paused", percentage: 40, planned: 4, completed: 2, isPlanned: false });
  assert.equal(description(paused), "Paused · 40% · 2 mini-batches · 1 min ago");
  assert.equal(jobContent(details(paused), NOTHING, NOW).states[0]?.text, "Paused · 40% of the input");
});

test("each mini-batch that failed runs again by itself, unless the job is at work", () => {
  const failure = {
    index: 7,
    name: "f7.txt",
    cause: "run-failed",
    message: "ValueError: it is locked",
    place: "batch_score.py:11",
    tries: 3,
    items: 1,
    inputs: ["/p/in/f7.txt"],
    earlier: [],
  };
  const commands = (of: BatchJob): unknown[] =>
    jobContent(details(of, { failures: [failure] }), NOTHING, NOW)
      .sections.flatMap(({ blocks }) => blocks)
      .flatMap((one) => (one.kind === "table" ? one.rows.flat(2) : []))
      .flatMap((part) => (part.kind === "action" && part.action.act.kind === "command" ? [part.action.act] : []));
  const done = job({ state: "CompletedWithErrors", completed: 0, failed: 1 });
  assert.deepEqual(commands(done), [
    {
      kind: "command",
      command: "scoredock.resumeBatchJob",
      arguments: [{ subject: { kind: "job", job: done } }, 7],
    },
  ]);
  assert.deepEqual(commands(job({ failed: 1, state: "Running" })), []);
  const [first] = jobContent(details(done), NOTHING, NOW).actions.filter(({ label }) => label === "Run Failed Again");
  assert.equal(first?.rank, "first");
});

test("a job that has failed before its end goes on, and one that was worked off runs again what failed", () => {
  const main = (of: BatchJob): unknown => jobContent(details(of), NOTHING, NOW).actions[0]?.label;
  const failed = job({ state: "Failed", completed: 0, failed: 2, planned: 2 });
  assert.equal(main(failed), "Run Failed Again");
  assert.equal(main({ ...failed, planned: 3 }), "Resume");
  assert.equal(main({ ...failed, isPlanned: false }), "Resume");
  assert.equal(main(job({ state: "CompletedWithErrors" })), "Open Output", "nothing of it can be run again");
});

test("the tries before the last of a mini-batch that failed have a table of their own", () => {
  const failure = {
    index: 7,
    name: "f7.txt",
    cause: "run-failed",
    message: "ValueError: it is locked",
    place: "batch_score.py:11",
    tries: 3,
    items: 1,
    inputs: ["/p/in/f7.txt"],
    earlier: [
      { time: 1, cause: "timeout", message: "run() took longer than 60 seconds.", place: "" },
      { time: 2, cause: "crashed", message: "signal SIGSEGV", place: "" },
    ],
  };
  const titles = (of: readonly (typeof failure)[]): readonly string[] =>
    jobContent(details(job({ failed: 1 }), { failures: [...of] }), NOTHING, NOW).sections.map(({ title }) => title);
  assert.ok(titles([failure]).includes("Earlier Tries"));
  assert.ok(!titles([{ ...failure, earlier: [] }]).includes("Earlier Tries"));
});

test("the first lines of an output are a table where they have columns, and text elsewhere", () => {
  const head = ["1 0.5 a", "2 0.7 b"];
  const rows = [
    ["1", "0.5", "a"],
    ["2", "0.7", "b"],
  ];
  const blocks = (outputs: Partial<BatchOutputs>): readonly { readonly kind: string }[] =>
    jobContent(details(job()), { ...NOTHING, ...outputs }, NOW).sections.find(({ title }) => title === "Output")
      ?.blocks ?? [];
  const shown = blocks({ head, table: rows }).find(({ kind }) => kind === "table");
  assert.deepEqual((shown as unknown as { columns: unknown }).columns, [
    { title: "1", kind: "figure" },
    { title: "2", kind: "figure" },
    { title: "3", kind: "text" },
  ]);
  assert.ok(blocks({ head: ["some words"] }).some(({ kind }) => kind === "code"));
});

test("a batch job that goes on concerns the jobs of its workspace, which are all of a view", () => {
  const { jobs } = LISTS.kinds;
  const list = { kind: "jobs", workspaceId: "local" } as const;
  const nothing = { models: false, assets: false, runs: false, jobs: false, rules: false, events: false, audit: false };
  assert.ok(jobs.follows({ ...nothing, jobs: true }, list));
  assert.ok(!jobs.follows({ ...nothing, models: true, runs: true }, list));
  assert.equal(jobs.fills?.view, "jobs");
});
