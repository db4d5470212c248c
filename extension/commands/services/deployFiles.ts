/** Deploy Files of Azure ML v2…: online deployments and their endpoint, by one summary. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { commandButton, openAt, requireTrust, showFailure, showInformation } from "../../editor/notifications";
import type { DeployFilesParams, DeploymentFileSet, FilesPlan, PlannedDeployment } from "../../protocol";
import { engineKind } from "../../text/engines";
import { baseName } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import { becomes } from "../../text/deploymentText";
import { lookForDocker, type DockerLook } from "../docker/availability";
import { registryCredentials } from "../docker/registries";
import { openFileDialog } from "../interaction/fileDialog";
import { longRequest } from "../interaction/progress";
import { saveAll } from "../interaction/saving";
import { runSummary, type Summary, type SummaryLine } from "../interaction/summary";
import { here, pathsOf } from "../interaction/target";
import { askAlone } from "../interaction/wizard";
import { chooseEngine, engineItems } from "./deploySteps";

const { l10n } = vscode;

/** What the person has chosen so far, and what the server says that it comes to. */
interface Answers {
  readonly files: readonly string[];
  readonly all: readonly string[];
  /** Empty for what the files say. */
  readonly engine: string;
  readonly plan: FilesPlan;
}

type Line = SummaryLine<Answers>;

function paramsOf(app: App, files: readonly string[], engine: string): DeployFilesParams {
  // What is there is shown as replaced before it is.
  return { files, engine, overwrite: true, ...here(app) };
}

async function withPlan(app: App, answers: Omit<Answers, "plan">): Promise<Answers> {
  await saveAll(answers.files);
  const { files, engine } = answers;
  return { ...answers, plan: await app.session.request("scoredock/service/planFiles", paramsOf(app, files, engine)) };
}

/** The same question again with other files or another engine; a refusal is shown, and what was chosen stays. */
async function askAgain(app: App, answers: Omit<Answers, "plan">): Promise<Answers | undefined> {
  try {
    return await withPlan(app, answers);
  } catch (error) {
    showFailure(error);
    return undefined;
  }
}

function filesLine(app: App): Line {
  return {
    icon: "files",
    label: l10n.t("Files"),
    value: ({ files }) => files.map(baseName).join(", "),
    change: async (answers) => {
      const chosen = await askAlone(
        l10n.t("Deploy"),
        {
          kind: "many",
          placeholder: l10n.t("Files of the endpoint"),
          items: () => answers.all.map((path) => ({ label: baseName(path), description: path, value: path })),
          picked: (_, path: string) => answers.files.includes(path),
          save: (_, files: readonly string[]) => ({ ...answers, files }),
        },
        answers,
      );
      return chosen === undefined || chosen.files.length === 0 ? undefined : askAgain(app, chosen);
    },
  };
}

function engineLine(app: App, docker: DockerLook): Line {
  return {
    icon: "server-environment",
    label: l10n.t("Where"),
    value: ({ plan }) => joinWords([engineKind(plan.engine).title, plan.compute]),
    change: async (answers) => {
      const chosen = await askAlone(
        l10n.t("Deploy"),
        {
          kind: "pick",
          placeholder: l10n.t("Where the service runs"),
          items: () => engineItems(docker),
          active: (_, value: { readonly engine: string }) => value.engine === answers.plan.engine,
          save: (_, { engine }: { readonly engine: string }) => chooseEngine(answers, engine, docker),
        },
        answers,
      );
      return chosen === undefined ? undefined : askAgain(app, chosen);
    },
  };
}

function modelText(plan: PlannedDeployment): string {
  return [...plan.models, ...plan.registerModels.map((each) => l10n.t("{0} is registered", becomes(each)))].join(", ");
}

/** One deployment; chosen, its file is opened. */
function deploymentLine(index: number): Line {
  const of = ({ plan }: Answers): PlannedDeployment | undefined => plan.deployments[index];
  const share = (answers: Answers): string => `${answers.plan.traffic[of(answers)?.name ?? ""] ?? 0}%`;
  return {
    icon: "rocket",
    label: l10n.t("Deployment"),
    when: (answers) => of(answers) !== undefined,
    value: (answers) => {
      const each = of(answers);
      return each === undefined
        ? ""
        : joinWords([
            each.name,
            share(answers),
            modelText(each),
            each.exists ? l10n.t("replaces what {0} serves", each.service) : each.service,
          ]);
    },
    note: (answers) => of(answers)?.notes.join(" ") ?? "",
    change: async (answers) => {
      await openAt(of(answers)?.file ?? answers.plan.file, 0);
      return undefined;
    },
  };
}

function endpointLine(): Line {
  return {
    icon: "split-horizontal",
    label: l10n.t("Endpoint"),
    value: ({ plan }) => {
      const copies = plan.mirror === "" ? "" : l10n.t("copies of {0}% to {1}", plan.mirrorShare, plan.mirror);
      const shares = Object.entries(plan.traffic).map(([name, part]) => `${name} ${part}%`);
      return joinWords([plan.exists ? plan.endpoint : l10n.t("{0} (new)", plan.endpoint), shares.join(", "), copies]);
    },
    note: ({ plan }) => plan.notes.join(" "),
    change: async ({ plan, files }) => {
      await openAt(plan.file === "" ? (files[0] ?? "") : plan.file, 0);
      return undefined;
    },
  };
}

const MOST_DEPLOYMENTS = 6;

function summaryOf(app: App, title: string): Summary<Answers> {
  const docker = lookForDocker(app);
  return {
    title,
    act: { icon: "rocket", label: l10n.t("Deploy") },
    described: ({ plan }) =>
      joinWords([plan.endpoint, plan.deployments.map(({ name }) => name).join(", "), engineKind(plan.engine).title]),
    lines: [
      filesLine(app),
      endpointLine(),
      ...Array.from({ length: MOST_DEPLOYMENTS }, (_, index) => deploymentLine(index)),
      engineLine(app, docker),
    ],
    later: docker.answered,
  };
}

async function send(app: App, { files, engine, plan }: Answers): Promise<void> {
  try {
    const params = { ...paramsOf(app, files, engine), registryCredentials: await registryCredentials(app) };
    const title = l10n.t("Deploying {0}", plan.endpoint);
    const { endpoint } = await longRequest(app, title, "scoredock/service/deployFiles", params);
    showInformation(l10n.t("{0} is {1} at {2}", endpoint.name, endpoint.status.text, endpoint.scoringUri), [
      commandButton(l10n.t("Show Details"), "scoredock.showEndpoint", { endpoint: endpoint.name }),
    ]);
  } catch (error) {
    showFailure(error);
  }
}

/** From the file that was clicked: with those of its endpoint that lie beside it, unless several were clicked. */
export async function deployFiles(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const title = l10n.t("Online Deployment of Azure ML v2");
  const named = pathsOf(first, all);
  const path = named[0] ?? (await openFileDialog(title, { YAML: ["yml", "yaml"] }));
  if (path === undefined) {
    return;
  }
  const beside: DeploymentFileSet =
    named.length > 1
      ? { files: named, others: [] }
      : await app.session.request("scoredock/service/filesBeside", { path, ...here(app) });
  const start = { files: beside.files, all: [...beside.files, ...beside.others], engine: "" };
  const answers = await runSummary(summaryOf(app, l10n.t("Deploy {0}", baseName(path))), await withPlan(app, start));
  if (answers !== undefined) {
    await send(app, answers);
  }
}
