/** What is done with a batch job: look at it, pause or cancel it, go on with it, open what it wrote. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { BatchJob } from "../../protocol";
import { confirm, openAt, showInformation } from "../../editor/notifications";
import { jobFlags, jobWords } from "./jobNodes";
import { onThing, requireTrustFor, type ThingAction, type ThingCommand } from "../../commands/interaction/onThing";
import { longRequest, requestInView } from "../../commands/interaction/progress";
import { subjectOf, workspaceId } from "../../commands/interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

/** Of the row or page that the command is run on, by its name, or else what the person picks. */
async function jobMeant(app: App, argument: unknown, title: string, flag: string): Promise<BatchJob | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "job") {
    return subject.job;
  }
  const { jobs } = await requestInView(app, "jobs", "scoredock/batch/list", { workspaceId: workspaceId(app) });
  if (typeof argument === "string") {
    return jobs.find(({ name }) => name === argument);
  }
  const items = jobs
    .filter((job) => jobFlags(job).split(" ").includes(flag))
    .map((job) => ({ label: job.name, description: jobWords(job), job }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Batch job") }))?.job;
}

function onJob(title: string, flag: string, act: ThingAction<BatchJob>): ThingCommand {
  return onThing((app, argument) => jobMeant(app, argument, title, flag), act);
}

export const showBatchJob = onJob(l10n.t("Show Details"), "job", (app, { name }) => {
  app.pages.open({ kind: "job", name, workspaceId: workspaceId(app) });
});

export const cancelBatchJob = onJob(l10n.t("Cancel"), "running", async (app, { name }) => {
  await requestInView(app, "jobs", "scoredock/batch/cancel", { name, workspaceId: workspaceId(app) });
});

export const pauseBatchJob = onJob(l10n.t("Pause"), "pausable", async (app, { name }) => {
  const params = { name, wait: false, workspaceId: workspaceId(app) };
  await requestInView(app, "jobs", "scoredock/batch/pause", params);
});

/** All of it, or of what failed the mini-batch whose number comes with the command. */
export const resumeBatchJob = requireTrustFor(
  onJob(l10n.t("Resume"), "resumable", async (app, { name }, _, more) => {
    const miniBatches = typeof more === "number" ? [more] : [];
    const params = { name, miniBatches, wait: false, workspaceId: workspaceId(app) };
    await longRequest(app, l10n.t("Resuming {0}", name), "scoredock/batch/resume", params);
  }),
);

export const deleteBatchJob = onJob(l10n.t("Delete Batch Job"), "deletable", async (app, { name, output }) => {
  const detail = l10n.t("It cannot go on any more, and its log goes with it. Its output stays in {0}.", output);
  if (await confirm(l10n.t("Delete the batch job {0}?", name), detail, l10n.t("Delete"))) {
    await requestInView(app, "jobs", "scoredock/batch/delete", { name, workspaceId: workspaceId(app) });
  }
});

export const openBatchOutput = onJob(l10n.t("Open Output"), "written", async (app, { name }) => {
  const params = { name, workspaceId: workspaceId(app) };
  const { files, folder } = await app.session.request("scoredock/batch/outputs", params);
  const [first] = files;
  if (first === undefined) {
    showInformation(l10n.t("{0} wrote no file of results. Its folder is {1}.", name, folder));
    return;
  }
  await openAt(first, 0);
});

export const openBatchLog = onJob(l10n.t("Open Log"), "job", async (app, { name }) => {
  const params = { name, workspaceId: workspaceId(app) };
  const { lines } = await app.session.request("scoredock/batch/logs", params);
  await app.details.showLog(name, lines.length === 0 ? l10n.t("The workers wrote nothing.") : lines.join("\n"));
});
