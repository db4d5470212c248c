/** A pipeline on this machine: its jobs and steps are shown first, then it runs with its output in a log channel. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { type Button, openAt, requireTrust, showInformation, showWarning } from "../../editor/notifications";
import type { PipelineInfo, PipelineJob, PipelineStep, PipelineUnread } from "../../protocol";
import { failureOf } from "../../text/errors";
import { joinWords } from "../../text/joinWords";
import { longRequest } from "../../commands/interaction/progress";
import { saveAround } from "../../commands/interaction/saving";
import { runSummary, type Summary, type SummaryLine } from "../../commands/interaction/summary";
import { pathsOf } from "../../commands/interaction/target";
import { askAlone } from "../../commands/interaction/wizard";
import { showInputBox } from "../../window";
import { pipelineLogs } from "./pipelineLogs";

const { l10n } = vscode;

/** What the person has chosen so far. */
interface Answers {
  readonly jobs: readonly string[];
  /** The person chose them; otherwise those run that do so by themselves. */
  readonly named: boolean;
  /** Steps by file and line. */
  readonly skipped: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

type Line = SummaryLine<Answers>;

const ICONS: Readonly<Record<PipelineStep["kind"], string>> = {
  script: "terminal",
  "stand-in": "arrow-swap",
  "left-out": "circle-slash",
};

function titleOf({ stage, name }: PipelineJob): string {
  return stage === "" || stage === name ? name : `${stage} / ${name}`;
}

function placeOf({ file, line }: PipelineStep): string {
  return `${file}:${line}`;
}

/** Each job once, whatever its matrix. */
function jobsOf(info: PipelineInfo): readonly PipelineJob[] {
  return info.jobs.filter((job, at) => info.jobs.findIndex(({ id }) => id === job.id) === at);
}

/** What nothing here does as its platform; chosen, its line is shown. A row has room for one sentence. */
function unreadLine(info: PipelineInfo, { file, line, message }: PipelineUnread): Line {
  const [, sentence = message, reason = ""] = /^(.*?(?:[.;] |[。；]))(.+)$/s.exec(message) ?? [];
  return {
    icon: "warning",
    label: sentence.replace(/[;；]?\s*$/, ""),
    value: () => `${file}:${line}`,
    note: () => reason,
    change: async () => {
      await openAt(path.join(info.root, file), line - 1);
      return undefined;
    },
  };
}

/** `held`: something is not read, and nothing runs before jobs are chosen. */
function jobsLine(title: string, jobs: readonly PipelineJob[], held: boolean): Line {
  return {
    icon: "layers",
    label: l10n.t("Jobs"),
    when: () => jobs.length > 1 || held || jobs.some(({ byName }) => byName),
    value: (answers) =>
      jobs
        .filter(({ id }) => answers.jobs.includes(id))
        .map(titleOf)
        .join(", "),
    note: (answers) => {
      if (held && !answers.named) {
        return l10n.t("Only jobs that you choose run all the same.");
      }
      return answers.jobs.length < jobs.length ? l10n.t("They run without the jobs that they wait for.") : "";
    },
    change: async (answers) => {
      const chosen = await askAlone(
        title,
        {
          kind: "many",
          placeholder: l10n.t("Jobs to run"),
          items: () => jobs.map((job) => ({ label: titleOf(job), description: job.reason, value: job.id })),
          picked: (_, id: string) => answers.jobs.includes(id),
          save: (before, ids: readonly string[]) => ({ ...before, jobs: ids, named: true }),
        },
        answers,
      );
      return chosen === undefined || chosen.jobs.length === 0 ? undefined : chosen;
    },
  };
}

/** A variable or secret of the platform, which is in none of the files. */
function valueLine(title: string, name: string, secret: boolean): Line {
  return {
    icon: secret ? "lock" : "symbol-variable",
    label: name,
    value: ({ values }) => {
      const value = values[name] ?? "";
      return value === "" ? l10n.t("No value") : secret ? "••••••" : value;
    },
    change: async (answers) => {
      const placeHolder = secret ? l10n.t("Value of the secret {0}", name) : l10n.t("Value of the variable {0}", name);
      const value = await showInputBox({
        title,
        placeHolder,
        password: secret,
        ignoreFocusOut: true,
        value: answers.values[name] ?? "",
      });
      return value === undefined ? undefined : { ...answers, values: { ...answers.values, [name]: value } };
    },
  };
}

/** A step; chosen, it is passed over, and chosen again it is not. */
function stepLine(job: PipelineJob, step: PipelineStep, several: boolean): Line {
  const place = placeOf(step);
  return {
    icon: ICONS[step.kind],
    label: step.name,
    when: ({ jobs }) => jobs.includes(job.id),
    value: ({ skipped }) =>
      joinWords([
        skipped.includes(place) ? l10n.t("passed over") : "",
        several ? titleOf(job) : "",
        step.uses === step.name ? "" : step.uses,
        l10n.t("line {0}", step.line),
      ]),
    note: () => step.reason,
    change: (answers) => {
      const { skipped } = answers;
      const next = skipped.includes(place) ? skipped.filter((each) => each !== place) : [...skipped, place];
      return Promise.resolve({ ...answers, skipped: next });
    },
  };
}

function summaryOf(info: PipelineInfo): Summary<Answers> {
  const title = l10n.t("Run {0} Here", path.basename(info.path));
  const jobs = jobsOf(info);
  const running = (answers: Answers): boolean => jobs.some(({ id }) => answers.jobs.includes(id));
  // gitlab-ci-local passes no step over.
  const ofGitlab = info.platform === "gitlab";
  const warning = ofGitlab
    ? l10n.t("gitlab-ci-local runs the scripts of this file on this machine as you, and they can do what you can.")
    : l10n.t("The scripts of this file run on this machine as you, and can do what you can.");
  return {
    title,
    act: { icon: "play", label: l10n.t("Run") },
    described: (answers) => (running(answers) ? warning : ""),
    lines: [
      ...info.unread.map((each) => unreadLine(info, each)),
      jobsLine(title, jobs, info.unread.length > 0 && !ofGitlab),
      ...info.missing.map((name) => valueLine(title, name, info.secrets.includes(name))),
      ...(ofGitlab ? [] : jobs).flatMap((job) => job.steps.map((step) => stepLine(job, step, jobs.length > 1))),
    ],
  };
}

function chosenValues(info: PipelineInfo, { values }: Answers, secret: boolean): Record<string, string> {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.filter(([name, value]) => value !== "" && info.secrets.includes(name) === secret));
}

function showEnd(info: PipelineInfo, showLog: () => void): void {
  const name = path.basename(info.path);
  const log: Button = { title: l10n.t("Show Output"), act: showLog };
  const { failure } = info;
  if (failure === null) {
    showInformation(l10n.t("{0} has ended: {1}.", name, info.summary), [log]);
    return;
  }
  const go: Button = { title: l10n.t("Go to Line"), act: () => openAt(failure.path, failure.line - 1) };
  showWarning(`${path.basename(failure.path)}:${failure.line}: ${failure.message}`, [go, log]);
}

async function run(app: App, info: PipelineInfo, answers: Answers): Promise<void> {
  const name = path.basename(info.path);
  const log = pipelineLogs(app).begin(name);
  log.show();
  try {
    const ended = await longRequest(app, l10n.t("Running {0}", name), "scoredock/pipeline/run", {
      path: info.path,
      root: info.root,
      jobs: answers.named ? answers.jobs : [],
      skipped: answers.skipped,
      variables: chosenValues(info, answers, false),
      secretValues: chosenValues(info, answers, true),
      stream: log.stream,
    });
    log.end(ended);
    showEnd(ended, log.show);
  } catch (error) {
    const failure = failureOf(error);
    log.stop(failure.cancelled ? l10n.t("Cancelled. What the steps had started was ended.") : failure.sentence);
    throw error;
  } finally {
    log.dispose();
  }
}

export async function runPipeline(app: App, first?: unknown, all?: unknown): Promise<void> {
  requireTrust();
  const file = pathsOf(first, all)[0] ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  if (file === undefined) {
    showInformation(l10n.t("Open the file of a pipeline first."));
    return;
  }
  await saveAround(file);
  const info = await app.session.request("scoredock/pipeline/show", { path: file });
  const ownJobs = jobsOf(info).flatMap(({ id, byName }) => (byName ? [] : [id]));
  const start: Answers = { jobs: ownJobs, named: false, skipped: [], values: {} };
  const answers = await runSummary(summaryOf(info), start);
  if (answers !== undefined) {
    await run(app, info, answers);
  }
}
