/** Deploy…, Deploy with This…, Redeploy: from a file or a model to a running service. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Service, ServiceDeployParams, ServiceProposal } from "../../protocol";
import { baseName } from "../../text/format";
import { type Button, confirm, showInformation, requireTrust, openAt, showFailure } from "../../editor/notifications";
import { type Failure, failureOf } from "../../text/errors";
import { requestWithNotification } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { deploySteps, type DeployAnswers } from "./deploySteps";
import { lookForDocker } from "../docker/availability";
import { registryCredentials } from "../docker/registries";
import { saveAll } from "../interaction/saving";
import { runWizard } from "../interaction/wizard";
import { showBlockingErrors } from "./blockedDeployment";
import { currentFolder, pathsOf, serviceOf, subjectOf, workspaceId } from "../interaction/target";
import { update } from "./updateService";

const { l10n } = vscode;

/** Characters of a service's name. */
const LONGEST_NAME = 32;
const CONFIGURATION = /(inference|deployment)[-_. ]?config.*\.json$/i;

/** Whether a document is a file to begin a deployment with. */
function isStartingPoint({ uri, languageId }: vscode.TextDocument): boolean {
  return uri.scheme === "file" && (languageId === "python" || CONFIGURATION.test(uri.fsPath));
}

/** The file that says most about what to deploy: the one clicked, the one in the editor, else the open folder. */
export async function startingPoint(
  title = l10n.t("Entry Script to Deploy"),
  openLabel = l10n.t("Deploy"),
): Promise<string | undefined> {
  const editor = vscode.window.activeTextEditor?.document;
  if (editor !== undefined && isStartingPoint(editor)) {
    return editor.uri.fsPath;
  }
  const folder = currentFolder();
  if (folder !== undefined) {
    return folder;
  }
  const chosen = await vscode.window.showOpenDialog({ title, openLabel, filters: { Python: ["py"] } });
  return chosen?.[0]?.fsPath;
}

const REFERENCE = /^[a-zA-Z0-9][a-zA-Z0-9\-._]*:\d+$/;

/** Models that the command was run on. */
function modelsOf(argument: unknown): string[] {
  const subject = subjectOf(argument);
  if (subject?.kind === "version" || subject?.kind === "file") {
    return [subject.model.id];
  }
  if (subject?.kind === "group") {
    return [subject.group.newest.id];
  }
  return typeof argument === "string" && REFERENCE.test(argument) ? [argument] : [];
}

function requestOf(answers: DeployAnswers, app: App): ServiceDeployParams {
  const {
    entryScript,
    inferenceConfig,
    environmentFile,
    environment,
    deploymentConfig,
    engine,
    auth,
    name,
    models,
    overwrite,
  } = answers;
  return {
    name,
    models,
    entryScript,
    inferenceConfig,
    environmentFile,
    environment,
    deploymentConfig,
    engine,
    auth,
    overwrite,
    workspaceId: workspaceId(app),
  };
}

async function showDeploymentFailure(app: App, params: ServiceDeployParams, error: unknown): Promise<void> {
  const failure = failureOf(error);
  if (failure.cancelled) {
    return;
  }
  if (failure.code === "model-known-bad") {
    await allowThen(app, failure, l10n.t("Allow and Deploy"), () => sendDeployment(app, params));
    return;
  }
  if (
    params.skipChecks !== true &&
    (await showBlockingErrors(error, params.name, l10n.t("Deploy Anyway"), () =>
      sendDeployment(app, { ...params, skipChecks: true }),
    ))
  ) {
    return;
  }
  app.logs.revealFailure(params.name);
  showFailure(error, failureButtons(app, params.name, failure));
}

/** To the line of the person's that failed, and to the log, where the failure itself leads to neither. */
function failureButtons(app: App, name: string, failure: Failure): Button[] {
  const service = app.live.state.services.find((one) => one.name === name);
  const frame = service?.failure?.frames.at(-1);
  const toLine =
    failure.place === null && frame !== undefined
      ? [{ title: l10n.t("Go to Line"), act: () => openAt(frame.file, frame.line - 1) }]
      : [];
  const hasLog = failure.remedies.some(
    (remedy) => remedy.command === "scoredock.openLog" || remedy.command === "scoredock.openFullLog",
  );
  const toLog =
    service === undefined || hasLog ? [] : [{ title: l10n.t("Open Log"), act: () => app.logs.show(service) }];
  return [...toLine, ...toLog];
}

/** Saves what it deploys, sends the deployment, shows its log from the first line, and says how it ended. */
export async function sendDeployment(app: App, params: ServiceDeployParams): Promise<Service | undefined> {
  await saveAll([params.entryScript, params.inferenceConfig, params.deploymentConfig, params.environmentFile]);
  const following = app.live.onDidChange((state) => {
    const service = state.services.find((one) => one.name === params.name);
    if (service?.state === "Transitioning") {
      following.dispose();
      app.logs.reveal(service).catch(showFailure);
    }
  });
  try {
    const service = await requestWithNotification(
      app,
      l10n.t("Deploying {0}", params.name),
      "scoredock/service/deploy",
      {
        ...params,
        registryCredentials: await registryCredentials(app),
      },
    );
    showInformation(l10n.t("{0} is {1} at {2}", service.name, service.state, service.scoringUri), [
      {
        title: l10n.t("Send Request"),
        act: () => {
          app.requests.open(service);
        },
      },
      { title: l10n.t("Open Log"), act: () => app.logs.show(service) },
    ]);
    return service;
  } catch (error) {
    // Shown aside: what follows may wait for the person.
    showDeploymentFailure(app, params, error).catch(showFailure);
    return undefined;
  } finally {
    following.dispose();
  }
}

/** The service that a script was deployed as, the one of the proposal first; for another script a name that is free. */
function nameFor(app: App, script: string, proposal: ServiceProposal): string {
  const taken = new Set(proposal.existingServices);
  const own = app.live.state.services
    .filter((service) => service.entryScript === script)
    .map((service) => service.name);
  if (own.includes(proposal.name) || (own.length === 0 && !taken.has(proposal.name))) {
    return proposal.name;
  }
  let name = own[0] ?? proposal.name;
  for (let number = 2; own.length === 0 && taken.has(name); number += 1) {
    const ending = `-${number}`;
    name = proposal.name.slice(0, LONGEST_NAME - ending.length) + ending;
  }
  return name;
}

/** The proposal, with the file that the command was run on in its place. */
function answersOf(app: App, proposal: ServiceProposal, path: string, models: readonly string[]): DeployAnswers {
  const { entryScript, inferenceConfig, environmentFile, environment, deploymentConfig, engine, auth, name } = proposal;
  const answers: DeployAnswers = {
    models: models.length > 0 ? models : proposal.models,
    entryScript,
    inferenceConfig,
    environmentFile,
    environment,
    deploymentConfig,
    engine,
    auth,
    name,
    overwrite: false,
  };
  if (proposal.entryScripts.includes(path)) {
    // A script that was clicked is meant itself, not a configuration that may name another one.
    const again = proposal.deployedBefore && proposal.entryScript === path;
    return {
      ...answers,
      entryScript: path,
      inferenceConfig: again ? inferenceConfig : "",
      environment: again ? environment : "",
      name: nameFor(app, path, proposal),
    };
  }
  if (proposal.inferenceConfigs.includes(path)) {
    return { ...answers, inferenceConfig: path, environment: inferenceConfig === path ? environment : "" };
  }
  return proposal.deploymentConfigs.includes(path) ? { ...answers, deploymentConfig: path } : answers;
}

export async function deploy(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const models = modelsOf(first);
  const named = models.length > 0 || subjectOf(first) !== undefined ? [] : pathsOf(first, all);
  const path = named[0] ?? (await startingPoint());
  if (path !== undefined) {
    await deployPath(app, path, models, named.length > 0 ? l10n.t("Deploy {0}", baseName(path)) : l10n.t("Deploy"));
  }
}

/** Asks and deploys; undefined when the person gave up or it failed, which was told. */
export async function deployPath(
  app: App,
  path: string,
  models: readonly string[],
  title: string,
): Promise<Service | undefined> {
  const docker = lookForDocker(app);
  const proposal = await app.session.request("scoredock/service/propose", { path, workspaceId: workspaceId(app) });
  const steps = deploySteps(app, proposal, docker);
  const answers = await runWizard(
    { title, finish: l10n.t("Deploy with These Values"), steps },
    answersOf(app, proposal, path, models),
  );
  if (answers === undefined || !(await mayReplace(app, answers, proposal))) {
    return undefined;
  }
  return sendDeployment(
    app,
    requestOf({ ...answers, overwrite: proposal.existingServices.includes(answers.name) }, app),
  );
}

/** A service that was deployed from something else is replaced only when the person says so. */
async function mayReplace(app: App, answers: DeployAnswers, proposal: ServiceProposal): Promise<boolean> {
  const sameSource =
    answers.inferenceConfig === ""
      ? answers.entryScript === proposal.entryScript
      : answers.inferenceConfig === proposal.inferenceConfig;
  const again = proposal.deployedBefore && answers.name === proposal.name && sameSource;
  const service = app.live.state.services.find((one) => one.name === answers.name);
  if (service === undefined || again || service.entryScript === answers.entryScript) {
    return true;
  }
  const detail = l10n.t("It was deployed from {0}. It serves until the new revision is healthy.", service.entryScript);
  return confirm(l10n.t("Replace the service {0}?", service.name), detail, l10n.t("Replace"));
}

/** Repeats the last deployment of the folder, or of the named service, without a question. */
export async function deployAgain(app: App, first: unknown): Promise<void> {
  requireTrust();
  // Pressed in the head of the view it comes with the row that has the focus, which the person did not mean.
  if (typeof first === "string" || first instanceof vscode.Uri) {
    const service = await serviceOf(app, first, l10n.t("Redeploy"));
    if (service !== undefined) {
      await update(app, { name: service.name, workspaceId: workspaceId(app) });
    }
    return;
  }
  const path = await startingPoint();
  if (path === undefined) {
    return;
  }
  const proposal = await app.session.request("scoredock/service/propose", { path, workspaceId: workspaceId(app) });
  if (!proposal.deployedBefore) {
    await deploy(app, path, undefined);
    return;
  }
  // Exactly what was deployed, whichever file is in the editor by now.
  await sendDeployment(app, requestOf({ ...answersOf(app, proposal, "", []), overwrite: true }, app));
}
