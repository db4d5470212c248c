/** Runs of tracking stores: look at one, copy its id, register its model. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Experiment, Run, RunProposal, RunProposeParams, RunRegisterParams, RunStore } from "../../protocol";
import { showWarning } from "../../editor/notifications";
import { runStatusName } from "../../text/runStatus";
import { figure } from "./runNodes";
import { longRequest, requestInView } from "../../commands/interaction/progress";
import { descriptionStep, tagStep } from "../../commands/interaction/labelSteps";
import { checkName, frameworkStep, withFacts, showRegistered } from "../../commands/models/registerModel";
import { runWizard, type WizardStep, fieldStep } from "../../commands/interaction/wizard";
import { subjectOf, here } from "../../commands/interaction/target";
import { joinWords } from "../../text/joinWords";
import { onThing, type ThingCommand, requireTrustFor, type ThingAction } from "../../commands/interaction/onThing";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

interface RunPlace {
  readonly store: RunStore;
  readonly run: Run;
  /** Inside the artifacts; empty for the logged model. */
  readonly path: string;
}

function runLabel(run: Run): string {
  return run.name === "" ? run.id : run.name;
}

async function pickStore(app: App, title: string): Promise<RunStore | undefined> {
  const { stores } = await requestInView(app, "models", "scoredock/run/stores", { folders: app.folders() });
  const usable = stores.filter(({ problem }) => problem === "");
  if (usable.length === 0) {
    const problem =
      stores[0]?.problem ??
      l10n.t(
        "No MLflow tracking store was found: no mlruns folder or mlflow.db in an open folder, and no server in the settings.",
      );
    showWarning(problem);
    return undefined;
  }
  if (usable.length === 1) {
    return usable[0];
  }
  const items = usable.map((store) => ({ label: store.title, description: store.uri, store }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Tracking store") }))?.store;
}

async function pickExperiment(app: App, store: RunStore, title: string): Promise<Experiment | undefined> {
  const { experiments } = await requestInView(app, "models", "scoredock/run/experiments", { store: store.uri });
  if (experiments.length === 1) {
    return experiments[0];
  }
  const items = experiments.map((experiment) => ({
    label: experiment.name,
    description: experiment.runs === null ? "" : String(experiment.runs),
    experiment,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Experiment") }))?.experiment;
}

/** Store, then experiment, then run; each level that has one thing only is not a question. */
async function pickRun(app: App, title: string): Promise<RunPlace | undefined> {
  const store = await pickStore(app, title);
  const experiment = store === undefined ? undefined : await pickExperiment(app, store, title);
  if (store === undefined || experiment === undefined) {
    return undefined;
  }
  const { runs } = await requestInView(app, "models", "scoredock/run/list", {
    store: store.uri,
    experimentId: experiment.id,
  });
  const items = runs.map((run) => ({
    label: runLabel(run),
    description: joinWords([
      runStatusName(run.status),
      run.models.length > 0 ? l10n.t("model") : "",
      ...Object.entries(run.metrics)
        .slice(0, 3)
        .map(([name, value]) => `${name}=${figure(value)}`),
    ]),
    run,
  }));
  const words = { title, placeHolder: l10n.t("Run"), matchOnDescription: true };
  const chosen = await showQuickPick(items, words);
  return chosen && { store, run: chosen.run, path: "" };
}

async function placeOf(app: App, argument: unknown, title: string): Promise<RunPlace | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "run") {
    return { store: subject.store, run: subject.run, path: "" };
  }
  return subject?.kind === "artifact"
    ? { store: subject.store, run: subject.run, path: subject.artifact.path }
    : pickRun(app, title);
}

function onRun(title: string, act: ThingAction<RunPlace>): ThingCommand {
  return onThing((app, argument) => placeOf(app, argument, title), act);
}

export const showRun = onRun(l10n.t("Show Run"), (app, { store, run }, argument) => {
  app.pages.open({ kind: "run", store: store.uri, id: run.id, ...here(app) }, subjectOf(argument) !== undefined);
});

export const copyRunId = onRun(l10n.t("Copy Run ID"), (_, { run }) => vscode.env.clipboard.writeText(run.id));

/** Which child of a parent run: by its primary metric, another metric, or its iteration. */
type Child = Pick<RunProposeParams, "metric" | "iteration">;

async function chooseChild(run: Run): Promise<Child | undefined> {
  const primary =
    run.primaryMetric === ""
      ? []
      : [{ label: l10n.t("Best by {0}", run.primaryMetric), description: l10n.t("primary metric"), value: "primary" }];
  const metrics = Object.keys(run.metrics)
    .filter((name) => name !== run.primaryMetric)
    .map((name) => ({ label: l10n.t("Best by {0}", name), description: "", value: `metric:${name}` }));
  const more = [
    { label: l10n.t("Best by Another Metric…"), description: "", value: "name" },
    { label: l10n.t("Iteration…"), description: l10n.t("a child by its number"), value: "iteration" },
    { label: l10n.t("This Run Itself"), description: "", value: "itself" },
  ];
  const title = l10n.t("Model of {0}", runLabel(run));
  const words = { title, placeHolder: l10n.t("Choose a child run") };
  const chosen = (await showQuickPick([...primary, ...metrics, ...more], words))?.value;
  if (chosen === "name") {
    const prompt = l10n.t("Name of the metric");
    const metric = await showInputBox({ title, prompt, ignoreFocusOut: true });
    return metric === undefined || metric.trim() === "" ? undefined : { metric: metric.trim() };
  }
  if (chosen === "iteration") {
    const number = await showInputBox({
      title,
      prompt: l10n.t("Number of the iteration"),
      ignoreFocusOut: true,
      validateInput: (text) => (/^\d+$/.test(text.trim()) ? undefined : l10n.t("A whole number from 0.")),
    });
    return number === undefined ? undefined : { iteration: Number(number.trim()) };
  }
  return chosen === undefined
    ? undefined
    : chosen.startsWith("metric:")
      ? { metric: chosen.slice("metric:".length) }
      : {};
}

type RunAnswers = Pick<Required<RunRegisterParams>, "name" | "description" | "tags" | "framework" | "frameworkVersion">;

function steps(proposal: RunProposal): readonly WizardStep<RunAnswers>[] {
  // A reason that names the path says it all.
  const path = proposal.reason.includes(proposal.path) ? "" : proposal.path;
  const facts = joinWords([path, proposal.reason]);
  return [
    fieldStep("name", joinWords([l10n.t("Name of the model"), facts]), (text) =>
      withFacts(checkName(text, proposal), facts),
    ),
    descriptionStep(),
    tagStep(),
    frameworkStep(() => proposal),
  ];
}

async function registerFrom(app: App, { store, run, path }: RunPlace): Promise<void> {
  const child = run.hasChildren && path === "" ? await chooseChild(run) : {};
  if (child === undefined) {
    return;
  }
  const from = { store: store.uri, runId: run.id, path, ...child, ...here(app) };
  const proposal = await requestInView(app, "models", "scoredock/run/propose", from);
  const { name, tags, framework, frameworkVersion } = proposal;
  const answers = await runWizard<RunAnswers>(
    {
      title: l10n.t("Register Model of {0}", runLabel(run)),
      finish: l10n.t("Register with These Values"),
      steps: steps(proposal),
    },
    { name, description: "", tags, framework, frameworkVersion },
  );
  if (answers !== undefined) {
    // What was proposed is what is registered: the child and the path that the person has read.
    const { runId, path: proposed } = proposal;
    const params: RunRegisterParams = { store: store.uri, runId, path: proposed, ...answers, ...here(app) };
    const title = l10n.t("Registering {0}", answers.name);
    showRegistered(await longRequest(app, title, "scoredock/run/register", params));
  }
}

export const registerModelFromRun = requireTrustFor(onRun(l10n.t("Register Model from Run"), registerFrom));
