/** Deploy…, Deploy with This…, Redeploy: from a file or a model to a running service, by one summary. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Service, ServiceDeployParams } from "../../protocol";
import { baseName } from "../../text/format";
import { type Button, confirm, showInformation, requireTrust, openAt, showFailure } from "../../editor/notifications";
import { withPresence } from "../../editor/presence";
import { folderButtons } from "../../editor/otherFolders";
import { stateText } from "../../text/serviceState";
import { detailNames, type Failure, failureOf } from "../../text/errors";
import { longRequest } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { answersOf, formerOf, requestOf, type DeployAnswers } from "./deployAnswers";
import { deploySummary } from "./deploySummary";
import { lookForDocker } from "../docker/availability";
import { registryCredentials } from "../docker/registries";
import { saveAll } from "../interaction/saving";
import { runSummary } from "../interaction/summary";
import { type Resumption, showBlockingErrors } from "./blockedDeployment";
import { currentFolder, pathsOf, serviceToChange, subjectOf, here } from "../interaction/target";
import { update } from "./updateService";
import { openDialog } from "../interaction/fileDialog";

const { l10n } = vscode;

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
  return openDialog({ title, openLabel, filters: { Python: ["py"] } });
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

/** What a repair of the script has to know of its deployment. */
function repairedFor(params: ServiceDeployParams): Resumption["deployment"] {
  const { entryScript, environment, environmentFile, inferenceConfig } = params;
  return {
    models: [...(params.models ?? []), ...(params.registerModels ?? []).map(({ name }) => name)],
    ...(entryScript === undefined ? {} : { script: entryScript }),
    ...(environment === undefined ? {} : { environment }),
    ...(environmentFile === undefined ? {} : { environmentFile }),
    ...(inferenceConfig === undefined ? {} : { inferenceConfig }),
  };
}

async function showDeploymentFailure(app: App, params: ServiceDeployParams, error: unknown): Promise<void> {
  const failure = failureOf(error);
  if (failure.cancelled) {
    const registered = detailNames(failure.details, "registered");
    const what = l10n.t("The deployment of {0} was cancelled.", params.name);
    showInformation(
      registered.length === 0 ? what : `${what} ${l10n.t("{0} stays registered.", registered.join(", "))}`,
    );
    return;
  }
  if (failure.code === "model-known-bad") {
    await allowThen(app, failure, l10n.t("Allow and Deploy"), () => sendDeployment(app, params));
    return;
  }
  if (
    params.skipChecks !== true &&
    (await showBlockingErrors(app, error, params.name, {
      repaired: l10n.t("Fix and Deploy"),
      proposed: l10n.t("Apply Quick Fixes and Deploy"),
      anyway: l10n.t("Deploy Anyway"),
      deployment: repairedFor(params),
      takesNewFile: true,
      again: (environmentFile) =>
        sendDeployment(app, environmentFile === undefined ? params : { ...params, environmentFile }),
      skipChecks: () => sendDeployment(app, { ...params, skipChecks: true }),
    }))
  ) {
    return;
  }
  showFailure(error, [...againButtons(app, params, failure), ...failureButtons(app, params.name, failure)]);
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
  return [...toLine, ...toLog, ...folderButtons(service, app.live.state)];
}

/** Where nothing has to be changed but the port, which is taken, or the network, which is away. */
function againButtons(app: App, params: ServiceDeployParams, { code }: Failure): Button[] {
  if (code === "environment-offline") {
    return [{ title: l10n.t("Try Again"), act: () => sendDeployment(app, params) }];
  }
  return code === "port-in-use"
    ? [{ title: l10n.t("Use a Free Port"), act: () => sendDeployment(app, { ...params, port: 0 }) }]
    : [];
}

type Opens = "requestPanel" | "log" | "message";

/** What the person wants to have opened when a service is deployed. */
function opens(): Opens {
  return vscode.workspace.getConfiguration("scoredock").get<Opens>("deploy.opens", "requestPanel");
}

/** How a deployment ended: by its request panel or its log, or in a message where neither is to be opened. */
function showDeployed(app: App, service: Service, hasPanel: boolean): void {
  const wanted = opens();
  if (wanted === "requestPanel" && hasPanel) {
    app.requests.open(service);
  } else if (wanted !== "log") {
    showInformation(l10n.t("{0} is {1} at {2}", service.name, stateText(service), service.scoringUri), [
      {
        title: l10n.t("Send Request"),
        act: () => app.requests.open(service),
      },
      { title: l10n.t("Open Log"), act: () => app.logs.show(service) },
    ]);
  }
}

/** Saves what it deploys, sends the deployment, and shows how it ended. */
export async function sendDeployment(app: App, params: ServiceDeployParams): Promise<Service | undefined> {
  await saveAll([params.entryScript, params.inferenceConfig, params.deploymentConfig, params.environmentFile]);
  // After a failure one wants to see it answer, as with one that was not there.
  const isNew = app.live.state.services.every(({ name, state }) => name !== params.name || state === "Failed");
  const following = app.live.onDidChange((state) => {
    const service = state.services.find((one) => one.name === params.name);
    if (service?.state === "Transitioning" && opens() === "log") {
      following.dispose();
      app.logs.show(service).catch(showFailure);
    }
  });
  try {
    const deployed = { ...params, registryCredentials: await registryCredentials(app) };
    const title = l10n.t("Deploying {0}", params.name);
    const { result, isElsewhere } = await withPresence(() =>
      longRequest(app, title, "scoredock/service/deploy", deployed),
    );
    showDeployed(app, result, isNew && !isElsewhere);
    return result;
  } catch (error) {
    // Shown aside: what follows may wait for the person.
    showDeploymentFailure(app, params, error).catch(showFailure);
    return undefined;
  } finally {
    following.dispose();
  }
}

export async function deploy(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const models = modelsOf(first);
  const named = models.length > 0 || subjectOf(first) !== undefined ? [] : pathsOf(first, all);
  const path = named[0] ?? (await startingPoint());
  if (path !== undefined) {
    const title = named.length > 0 ? l10n.t("Deploy {0}", baseName(path)) : l10n.t("Deploy");
    // A quick fix names the script, and then the model file.
    await deployPath(app, { path, models, modelFile: typeof all === "string" ? all : "" }, title);
  }
}

/** What the person has pointed at. */
export interface DeploySubject {
  readonly path: string;
  readonly models?: readonly string[];
  readonly modelFile?: string;
  /** The model itself, without a script. */
  readonly withoutCode?: boolean;
}

/** Shows what will be done, and deploys; undefined when the person gave up or it failed, which was shown. */
export async function deployPath(app: App, subject: DeploySubject, title: string): Promise<Service | undefined> {
  const docker = lookForDocker(app);
  const proposal = await app.session.request("scoredock/service/propose", { ...subject, ...here(app) });
  const answers = await runSummary(deploySummary(app, title, docker), answersOf(proposal));
  if (answers === undefined || !(await mayReplace(app, answers))) {
    return undefined;
  }
  return sendDeployment(app, requestOf(answers, app));
}

/** A service that was deployed from something else is replaced only when the person says so once more. */
async function mayReplace(app: App, answers: DeployAnswers): Promise<boolean> {
  const former = formerOf(app, answers);
  const again = answers.proposal.deployedBefore && answers.name === answers.proposal.name;
  if (former === undefined || again || former.entryScript === "" || former.entryScript === answers.script) {
    return true;
  }
  const detail = l10n.t("It was deployed from {0}. It serves until the new revision is healthy.", former.entryScript);
  return confirm(l10n.t("Replace the service {0}?", former.name), detail, l10n.t("Replace"));
}

/** Repeats the last deployment of the script or the folder, or of the named service, without a question. */
export async function deployAgain(app: App, first: unknown): Promise<void> {
  requireTrust();
  // Pressed in the head of the view it comes with the row that has the focus, which the person did not mean.
  if (typeof first === "string" || first instanceof vscode.Uri) {
    const service = await serviceToChange(app, first, l10n.t("Redeploy"));
    if (service !== undefined) {
      await update(app, { name: service.name, ...here(app) });
    }
    return;
  }
  const path = await startingPoint();
  if (path === undefined) {
    return;
  }
  const params = { path, again: true, ...here(app) };
  const proposal = await app.session.request("scoredock/service/propose", params);
  if (!proposal.deployedBefore || proposal.modelState !== "deployed") {
    await deploy(app, proposal.script === "" ? path : proposal.script, undefined);
    return;
  }
  await sendDeployment(app, requestOf(answersOf(proposal), app));
}
