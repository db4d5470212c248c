/** Rows of batch jobs. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { BatchJob, BatchJobDetails } from "../../protocol";
import type { Page } from "../../state/pages";
import { ago, dateTime } from "../../text/format";
import { applying, joinWords } from "../../text/joinWords";
import { type Entry, entriesOf, type ListOf } from "../../views/listId";
import { card, endNodes, type Icon, type Node } from "../../views/node";

/** Its state in words. */
export function jobState({ state }: Pick<BatchJob, "state">): string {
  switch (state) {
    case "Queued":
      return l10n.t("Queued");
    case "Running":
      return l10n.t("Running");
    case "Pausing":
      return l10n.t("Pausing");
    case "Paused":
      return l10n.t("Paused");
    case "Completed":
      return l10n.t("Completed");
    case "CompletedWithErrors":
      return l10n.t("Completed with errors");
    case "Failed":
      return l10n.t("Failed");
    case "Canceled":
      return l10n.t("Canceled");
    case "Interrupted":
      return l10n.t("Interrupted");
  }
}

/** Whether it came to its end, and its output is there. */
function isWritten({ state }: BatchJob): boolean {
  return state === "Completed" || state === "CompletedWithErrors";
}

/** Whether each of its mini-batches was tried, and some have failed. */
export function hasFailedOnes({ isPlanned, completed, failed, planned }: BatchJob): boolean {
  return isPlanned && failed > 0 && completed + failed === planned;
}

/** Whether run() returned nothing for all of it: each mini-batch is done, and none can be run again. */
function isWithoutResults({ completed, failed, planned, isPlanned, failedItems, results }: BatchJob): boolean {
  return isPlanned && completed === planned && failed === 0 && results === 0 && failedItems > 0;
}

/** What came of it, to whoever waited for it. */
export function jobSentence({ job, error }: Pick<BatchJobDetails, "job" | "error">): string {
  if (job.state === "CompletedWithErrors") {
    return l10n.t("{0} completed with errors: {1}", job.name, error);
  }
  return job.items === 1
    ? l10n.t("{0}: 1 item scored.", job.name)
    : l10n.t("{0}: {1} items scored.", job.name, job.items);
}

function jobIcon({ state }: BatchJob): Icon {
  switch (state) {
    case "Queued":
    case "Running":
    case "Pausing":
      return { id: "sync~spin", color: "charts.blue" };
    case "Paused":
      return { id: "debug-pause", color: "charts.blue" };
    case "Completed":
      return { id: "pass", color: "testing.iconPassed" };
    case "CompletedWithErrors":
      return { id: "warning", color: "problemsWarningIcon.foreground" };
    case "Failed":
      return { id: "error", color: "problemsErrorIcon.foreground" };
    case "Canceled":
    case "Interrupted":
      return { id: "circle-slash", color: "problemsWarningIcon.foreground" };
  }
}

/** What can be done with a job, as flags for the menus. */
export function jobFlags(job: BatchJob): string {
  const { state, failed } = job;
  const ends = !["Queued", "Running", "Pausing"].includes(state);
  return applying({
    job: true,
    running: !ends,
    pausable: state === "Running",
    resumable: ends && (failed > 0 || !(isWritten(job) || isWithoutResults(job))),
    deletable: ends,
    written: isWritten(job),
  });
}

/** How many of its mini-batches are done, and of how many while the plan has more of them. */
function doneWords({ completed, failed, planned, isPlanned }: BatchJob): string {
  const done = completed + failed;
  if (isPlanned && done < planned) {
    return l10n.t("{0} of {1} mini-batches", done, planned);
  }
  return done === 1 ? l10n.t("1 mini-batch") : l10n.t("{0} mini-batches", done);
}

/** The same beside a label that says what they are. */
export function doneCount({ completed, failed, planned, isPlanned }: BatchJob): string {
  const done = completed + failed;
  return isPlanned ? l10n.t("{0} of {1}", done, planned) : String(done);
}

/** Where its workers are. */
export function jobPlace({ compute }: Pick<BatchJob, "compute">): string {
  return compute === "" ? l10n.t("This Machine") : compute;
}

/** How far it is while it runs, else its state. */
function jobShare(job: BatchJob): string {
  if (job.state === "Running") {
    return `${job.percentage}%`;
  }
  return joinWords([jobState(job), job.state === "Pausing" || job.state === "Paused" ? `${job.percentage}%` : ""]);
}

function failedWords({ failed }: BatchJob): string {
  return failed === 0 ? "" : l10n.t("{0} failed", failed);
}

/** How far it is or what came of it. What went wrong comes first: a side bar cuts off what comes last. */
export function jobWords(job: BatchJob): string {
  if (job.waiting !== "") {
    return joinWords([failedWords(job), l10n.t("waits")]);
  }
  const isOver = hasFailedOnes(job);
  const failed = isOver ? l10n.t("{0} of {1} failed", job.failed, job.planned) : failedWords(job);
  const done = isOver ? "" : doneWords(job);
  return joinWords(job.state === "Failed" ? [jobShare(job), failed, done] : [failed, jobShare(job), done]);
}

function jobNode(job: BatchJob, now: number): Node {
  const description = joinWords([jobWords(job), job.compute, ago(job.created, now)]);
  return {
    id: `job/${job.name}`,
    label: job.name,
    description,
    icon: jobIcon(job),
    flags: jobFlags(job),
    spoken: l10n.t("Batch job {0}, {1}", job.name, joinWords([jobState(job), description], ", ")),
    tooltip: card(job.name, [
      [l10n.t("State"), jobState(job)],
      [l10n.t("Where It Runs"), jobPlace(job)],
      [l10n.t("Waits"), job.waiting],
      [l10n.t("Mini-batches"), joinWords([doneCount(job), failedWords(job)])],
      [l10n.t("Items"), String(job.items)],
      [l10n.t("Script"), job.script],
      [l10n.t("Output"), job.output],
      [l10n.t("Started"), dateTime(job.created)],
    ]),
    subject: { kind: "job", job },
    click: { kind: "run", command: "scoredock.showBatchJob", title: l10n.t("Show Details") },
  };
}

/** Newest first. */
export function jobNodes(list: ListOf<"jobs">, page: Page<Entry>, now: number): readonly Node[] {
  return [...entriesOf(page.rows, "job").map(({ job }) => jobNode(job, now)), ...endNodes(list, page)];
}
