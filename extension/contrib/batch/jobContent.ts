/** The page of a batch job: how far it is, what failed, what came out of it. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { BatchJob, BatchJobDetails, BatchOutputs, BatchWorker } from "../../protocol";
import { bytes, duration } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import { doneCount, hasFailedOnes, jobFlags, jobPlace, jobState } from "./jobNodes";
import {
  type Act,
  allowedFlags,
  type Block,
  block,
  type Cell,
  code,
  column,
  content,
  fields,
  fileLink,
  folderLink,
  list,
  notice,
  type PageAction,
  type PageContent,
  pageLinks,
  preview,
  row,
  section,
  table,
  text,
  time,
  type Tone,
  withMain,
} from "../../pages/content";

const TONES: Readonly<Record<BatchJob["state"], Tone>> = {
  Queued: "busy",
  Running: "busy",
  Pausing: "busy",
  Paused: "plain",
  Completed: "good",
  CompletedWithErrors: "warning",
  Failed: "bad",
  Canceled: "warning",
  Interrupted: "warning",
};

function actions(job: BatchJob): readonly PageAction[] {
  const open = ["written", l10n.t("Open Output"), "openBatchOutput"] as const;
  const resume = ["resumable", l10n.t("Resume"), "resumeBatchJob"] as const;
  const again = ["resumable", l10n.t("Run Failed Again"), "resumeBatchJob"] as const;
  const offers = allowedFlags(jobFlags(job), row({ kind: "job", job }), [
    ...(hasFailedOnes(job) ? [again, open] : [open, resume]),
    ["pausable", l10n.t("Pause"), "pauseBatchJob"],
    ["running", l10n.t("Cancel"), "cancelBatchJob"],
    ["job", l10n.t("Open Log"), "openBatchLog"],
    ["job", l10n.t("Show Lineage"), "showLineage"],
  ]);
  return withMain(offers, "openBatchOutput", "resumeBatchJob");
}

function causeName(cause: string): string {
  switch (cause) {
    case "crashed":
      return l10n.t("the worker ended");
    case "timeout":
      return l10n.t("time-out");
    case "input":
      return l10n.t("input");
    case "columns":
      return l10n.t("columns");
    case "result-type":
      return l10n.t("result");
    default:
      return "run()";
  }
}

/** The line of the person's script that failed. */
function place(where: string, script: string): readonly ReturnType<typeof fileLink>[number][] {
  const [, name = "", line = ""] = /^(.*):(\d+)$/.exec(where) ?? [];
  const isOwn = name !== "" && script.endsWith(name.split("/").at(-1) ?? name);
  return isOwn ? fileLink(script, where, Number(line) - 1) : code(where);
}

/** Of one mini-batch that failed. */
function runAgain(job: BatchJob, index: number): Cell {
  const act: Act = {
    kind: "command",
    command: "scoredock.resumeBatchJob",
    arguments: [row({ kind: "job", job }), index],
  };
  return [{ kind: "action", action: { label: l10n.t("Run Again"), rank: "other", act } }];
}

function failures({ failures: all, job }: BatchJobDetails): readonly Block[] {
  const mayRun = jobFlags(job).split(" ").includes("resumable");
  return table(
    [
      column(l10n.t("Mini-batch"), "long"),
      column(l10n.t("Cause")),
      column(l10n.t("Message"), "long"),
      column(l10n.t("Line")),
      column(l10n.t("Tries"), "figure"),
      column(l10n.t("Items"), "figure"),
      ...(mayRun ? [column("")] : []),
    ],
    all.map((one) => [
      text(one.name),
      text(causeName(one.cause)),
      text(one.message),
      place(one.place, job.script),
      text(String(one.tries)),
      text(String(one.items)),
      ...(mayRun ? [runAgain(job, one.index)] : []),
    ]),
  );
}

/** Of mini-batches that failed: the tries before the last. */
function earlierTries({ failures: all, job }: BatchJobDetails, now: number): readonly Block[] {
  return table(
    [
      column(l10n.t("Mini-batch"), "long"),
      column(l10n.t("Tries"), "figure"),
      column(l10n.t("Cause")),
      column(l10n.t("Message"), "long"),
      column(l10n.t("Line")),
      column(l10n.t("When")),
    ],
    all.flatMap(({ name, earlier }) =>
      earlier.map((one, index) => [
        text(name),
        text(String(index + 1)),
        text(causeName(one.cause)),
        text(one.message),
        place(one.place, job.script),
        time(one.time, now),
      ]),
    ),
  );
}

function unequal({ unequal: all }: BatchJobDetails): readonly Block[] {
  return table(
    [column(l10n.t("Mini-batch"), "long"), column(l10n.t("Items"), "figure"), column(l10n.t("Results"), "figure")],
    all.map((one) => [text(one.name), text(String(one.items)), text(String(one.results))]),
  );
}

function workers(all: readonly BatchWorker[]): readonly Block[] {
  return table(
    [
      column(l10n.t("Worker"), "figure"),
      column(l10n.t("Mini-batch"), "figure"),
      column(l10n.t("For"), "figure"),
      column(l10n.t("Memory"), "figure"),
      column(l10n.t("Processor time"), "figure"),
    ],
    all.map((one) => [
      text(String(one.number)),
      text(one.batch === null ? "–" : String(one.batch)),
      text(one.batch === null ? "" : duration(one.seconds * 1000)),
      text(bytes(one.memory)),
      text(duration(one.cpu * 1000)),
    ]),
  );
}

function slowest({ slowest: all }: BatchJobDetails): readonly Block[] {
  return table(
    [column(l10n.t("Mini-batch"), "long"), column(l10n.t("Duration"), "figure")],
    all.map((one) => [text(one.name), text(duration(one.seconds * 1000))]),
  );
}

function notices(details: BatchJobDetails): PageContent["notices"] {
  const { error, job, interrupted } = details;
  return [
    ...(error === "" ? [] : [notice(job.state === "CompletedWithErrors" ? "warning" : "bad", error)]),
    ...details.notes.map((note) => notice("warning", note)),
    ...(job.waiting === "" ? [] : [notice("warning", l10n.t("No worker has begun. {0}", job.waiting))]),
    ...(job.state === "Interrupted"
      ? [notice("warning", l10n.t("Its process ended before the work did. Resume goes on from what is done."))]
      : []),
    ...(job.state === "Pausing"
      ? [notice("plain", l10n.t("Mini-batches that are under way still finish; no other one begins."))]
      : []),
    ...(interrupted > 0
      ? [
          notice(
            "plain",
            l10n.t("Mini-batches that were under way at an end of the job and were run again: {0}.", interrupted),
          ),
        ]
      : []),
  ];
}

function files(outputs: BatchOutputs): readonly Block[] {
  return list(outputs.files.map((path) => fileLink(path, path)));
}

function rateText(items: number): string {
  return items === 1 ? l10n.t("1 item per second") : l10n.t("{0} items per second", items);
}

/** The page; parts without content are left out. `now` in seconds. */
export function jobContent(details: BatchJobDetails, outputs: BatchOutputs, now: number): PageContent {
  const { job } = details;
  const rate = job.seconds > 0 ? rateText(Math.round(job.items / job.seconds)) : "";
  const percentage = ["Running", "Pausing", "Paused"].includes(job.state)
    ? l10n.t("{0}% of the input", job.percentage)
    : "";
  return content({
    title: job.name,
    kind: l10n.t("Batch Job"),
    states: [{ text: joinWords([jobState(job), percentage]), tone: TONES[job.state] }],
    actions: actions(job),
    notices: notices(details),
    sections: [
      ...section(
        l10n.t("Progress"),
        fields([
          [l10n.t("Where it runs"), text(jobPlace(job))],
          [l10n.t("Mini-batches"), text(doneCount(job))],
          [l10n.t("Failed mini-batches"), text(job.failed === 0 ? "" : String(job.failed))],
          [l10n.t("Tried again"), text(details.retried === 0 ? "" : String(details.retried))],
          [l10n.t("Items"), text(String(job.items))],
          [l10n.t("Failed items"), text(job.failedItems === 0 ? "" : String(job.failedItems))],
          [l10n.t("Results"), text(String(job.results))],
          [l10n.t("Time"), text(joinWords([duration(job.seconds * 1000), rate]))],
          [l10n.t("Started"), time(job.created, now)],
        ]),
      ),
      ...section(l10n.t("Failed Mini-Batches"), failures(details)),
      ...section(l10n.t("Earlier Tries"), earlierTries(details, now)),
      ...section(l10n.t("Fewer or More Results than Items"), unequal(details)),
      ...section(l10n.t("Workers"), workers(details.workers)),
      ...section(l10n.t("Output"), [
        ...fields([[l10n.t("Folder"), folderLink(outputs.folder)]]),
        ...files(outputs),
        ...preview(outputs.table, outputs.head.join("\n"), l10n.t("First Lines")),
      ]),
      ...section(
        l10n.t("Configuration"),
        fields([
          [l10n.t("Script"), fileLink(job.script, job.script)],
          [l10n.t("Models"), pageLinks(details.models, (id) => ({ kind: "model", id, workspaceId: "" }))],
          [l10n.t("Environment"), text(details.environment)],
          [l10n.t("Input"), details.inputs.flatMap(code)],
          [l10n.t("Files"), text(joinWords([String(details.files), bytes(details.bytes)]))],
          [l10n.t("Format"), text(details.inputFormat)],
          [l10n.t("Mini-batch size"), text(details.miniBatchSize)],
        ]),
      ),
      ...section(l10n.t("Slowest Mini-Batches"), slowest(details), true),
      ...section(l10n.t("Traceback"), block(details.traceback, l10n.t("Traceback"))),
    ],
  });
}
