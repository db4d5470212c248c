/** The steps of Deploy…, each answered from the server's proposal. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Auth, EngineName, ServiceProposal } from "../../protocol";
import { baseName } from "../../text/format";
import { openFileDialog } from "../interaction/fileDialog";
import { modelsMatching } from "../interaction/pickModel";
import type { DockerLook } from "../docker/availability";
import type { Choice, WizardStep } from "../interaction/wizard";

const { l10n } = vscode;

export interface DeployAnswers {
  readonly models: readonly string[];
  readonly entryScript: string;
  /** When given it names entry script and environment. */
  readonly inferenceConfig: string;
  /** Empty for the defaults of the model's framework. */
  readonly environmentFile: string;
  /** A registered or curated environment instead of a file; empty for none. */
  readonly environment: string;
  readonly deploymentConfig: string;
  readonly engine: EngineName;
  /** What callers must send, as it was said the last time; there is no question. */
  readonly auth: Auth;
  readonly name: string;
  /** Replace the service of this name. */
  readonly overwrite: boolean;
}

const NAME = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/;

interface ScriptSource {
  readonly kind: "script" | "config" | "browse";
  readonly path: string;
}

function at(path: string): { label: string; description: string } {
  const label = baseName(path);
  const relative = vscode.workspace.asRelativePath(path);
  return { label, description: relative === label ? "" : relative };
}

/** Models that are offered before anything is typed. */
const OFFERED = 200;

function modelItems(proposal: ServiceProposal, chosen: readonly string[]): Choice<string>[] {
  const choices = [...new Set([...chosen, ...proposal.models, ...proposal.modelChoices.slice(0, OFFERED)])];
  return choices.map((id) => ({ label: id, value: id }));
}

function sourceItems(proposal: ServiceProposal): Choice<ScriptSource>[] {
  return [
    ...proposal.entryScripts.map((path) => ({
      ...at(path),
      iconPath: new vscode.ThemeIcon("file-code"),
      value: { kind: "script", path } as const,
    })),
    ...proposal.inferenceConfigs.map((path) => ({
      ...at(path),
      iconPath: new vscode.ThemeIcon("json"),
      detail: l10n.t("Inference configuration"),
      value: { kind: "config", path } as const,
    })),
    {
      label: l10n.t("Browse…"),
      alwaysShow: true,
      iconPath: new vscode.ThemeIcon("folder-opened"),
      value: { kind: "browse", path: "" } as const,
    },
  ];
}

async function chooseSource(answers: DeployAnswers, source: ScriptSource): Promise<DeployAnswers | undefined> {
  const path =
    source.kind === "browse"
      ? await openFileDialog(l10n.t("Entry Script or Inference Configuration"), {
          [l10n.t("Python, JSON, YAML")]: ["py", "json", "yml", "yaml"],
        })
      : source.path;
  if (path === undefined) {
    return undefined;
  }
  return path.toLowerCase().endsWith(".py")
    ? { ...answers, entryScript: path, inferenceConfig: "" }
    : {
        ...answers,
        entryScript: "",
        inferenceConfig: path,
        environment: path === answers.inferenceConfig ? answers.environment : "",
      };
}

/** Where the packages come from: a file, or a name; neither means the defaults. */
interface Packages {
  readonly file: string;
  readonly name: string;
}

function environmentItems(proposal: ServiceProposal): Choice<Packages | undefined>[] {
  const names = new Set([proposal.environment, ...proposal.environments].filter((name) => name !== ""));
  return [
    ...proposal.environmentFiles.map((path) => ({
      ...at(path),
      iconPath: new vscode.ThemeIcon("file"),
      value: { file: path, name: "" },
    })),
    ...[...names].map((name) => ({
      label: name,
      detail: l10n.t("Registered environment"),
      iconPath: new vscode.ThemeIcon("package"),
      value: { file: "", name },
    })),
    {
      label: l10n.t("Defaults of the Model's Framework"),
      iconPath: new vscode.ThemeIcon("sparkle"),
      value: { file: "", name: "" },
    },
    { label: l10n.t("Browse…"), alwaysShow: true, iconPath: new vscode.ThemeIcon("folder-opened"), value: undefined },
  ];
}

async function chooseEnvironment(
  answers: DeployAnswers,
  value: Packages | undefined,
): Promise<DeployAnswers | undefined> {
  const environmentFile =
    value?.file ??
    (await openFileDialog(l10n.t("conda YAML or pip Requirements"), {
      [l10n.t("Environment")]: ["yml", "yaml", "txt"],
    }));
  return environmentFile === undefined ? undefined : { ...answers, environmentFile, environment: value?.name ?? "" };
}

/** Where a service runs: an engine, or what a file says; a file leaves the engine to another question. */
type EnginePlace = { readonly engine: EngineName } | { readonly file: string } | undefined;

export function engineItems(docker: DockerLook): Choice<{ readonly engine: EngineName }>[] {
  return [
    {
      label: l10n.t("Process on This Machine"),
      description: l10n.t("free port"),
      iconPath: new vscode.ThemeIcon("vm"),
      value: { engine: "process" },
    },
    {
      label: l10n.t("Docker Container on This Machine"),
      description: docker.available ? docker.described : l10n.t("not available"),
      detail: docker.reason,
      iconPath: new vscode.ThemeIcon("server"),
      value: { engine: "docker" },
    },
  ];
}

function placeItems(proposal: ServiceProposal, docker: DockerLook): Choice<EnginePlace>[] {
  return [
    ...engineItems(docker),
    ...proposal.deploymentConfigs.map((path) => ({
      ...at(path),
      iconPath: new vscode.ThemeIcon("json"),
      detail: l10n.t("Deployment configuration"),
      value: { file: path },
    })),
    { label: l10n.t("Browse…"), alwaysShow: true, iconPath: new vscode.ThemeIcon("folder-opened"), value: undefined },
  ];
}

function isPlace(answers: DeployAnswers, value: EnginePlace): boolean {
  if (value === undefined) {
    return false;
  }
  return "file" in value
    ? value.file === answers.deploymentConfig
    : answers.deploymentConfig === "" && value.engine === answers.engine;
}

/** A Docker that does not answer is told, and the question stays. */
export async function chooseEngine<A>(
  answers: A,
  engine: EngineName,
  docker: DockerLook,
): Promise<(A & { readonly engine: EngineName }) | undefined> {
  if (engine === "docker") {
    await docker.answered;
  }
  if (engine === "docker" && !docker.available) {
    await vscode.window.showWarningMessage(docker.reason, { modal: true, detail: docker.fix });
    return undefined;
  }
  return { ...answers, engine };
}

async function choosePlace(
  answers: DeployAnswers,
  value: EnginePlace,
  docker: DockerLook,
): Promise<DeployAnswers | undefined> {
  if (value !== undefined && "engine" in value) {
    return chooseEngine({ ...answers, deploymentConfig: "" }, value.engine, docker);
  }
  const deploymentConfig =
    value?.file ?? (await openFileDialog(l10n.t("Deployment Configuration"), { JSON: ["json", "yml", "yaml"] }));
  return deploymentConfig === undefined ? undefined : { ...answers, deploymentConfig };
}

export function checkName(
  text: string,
  taken: readonly string[],
): string | vscode.InputBoxValidationMessage | undefined {
  if (!NAME.test(text)) {
    return l10n.t(
      "Use 3 to 32 lowercase letters, digits and dashes, starting with a letter and ending with a letter or digit.",
    );
  }
  if (taken.includes(text)) {
    return {
      message: l10n.t("Replaces the service {0}; another name makes another service.", text),
      severity: vscode.InputBoxValidationSeverity.Warning,
    };
  }
  return undefined;
}

/** Models, script or configuration, environment, place, name. */
export function deploySteps(
  app: App,
  proposal: ServiceProposal,
  docker: DockerLook,
): readonly WizardStep<DeployAnswers>[] {
  return [
    {
      kind: "many",
      placeholder: l10n.t("Models of the service (none when the model lies beside the script)"),
      // A step without a choice is no question.
      when: (answers) => modelItems(proposal, answers.models).length > 0,
      items: (answers) => modelItems(proposal, answers.models),
      search: async (text) => (await modelsMatching(app, text)).map(({ id }) => ({ label: id, value: id })),
      picked: (answers, id: string) => answers.models.includes(id),
      save: (answers, models: readonly string[]) => ({ ...answers, models }),
    },
    {
      kind: "pick",
      placeholder: l10n.t("Entry script or inference configuration"),
      items: () => sourceItems(proposal),
      active: (answers, source: ScriptSource) =>
        answers.inferenceConfig === ""
          ? source.kind === "script" && source.path === answers.entryScript
          : source.path === answers.inferenceConfig,
      save: chooseSource,
    },
    {
      kind: "pick",
      placeholder: l10n.t("Environment"),
      when: (answers) => answers.inferenceConfig === "",
      items: () => environmentItems(proposal),
      active: (answers, value: Packages | undefined) =>
        value?.file === answers.environmentFile && value.name === answers.environment,
      save: chooseEnvironment,
    },
    {
      kind: "pick",
      placeholder: l10n.t("Where it runs"),
      items: () => placeItems(proposal, docker),
      later: docker.answered,
      active: isPlace,
      save: (answers, value: EnginePlace) => choosePlace(answers, value, docker),
    },
    {
      kind: "pick",
      placeholder: l10n.t("Engine for this deployment configuration"),
      when: (answers) => answers.deploymentConfig !== "",
      items: () => engineItems(docker),
      later: docker.answered,
      active: (answers, value: EnginePlace) =>
        value !== undefined && "engine" in value && value.engine === answers.engine,
      save: (answers, value: { readonly engine: EngineName }) => chooseEngine(answers, value.engine, docker),
    },
    {
      kind: "text",
      prompt: () => l10n.t("Name of the service"),
      value: (answers) => answers.name,
      validate: (text) => checkName(text, proposal.existingServices),
      save: (answers, name) => ({ ...answers, name }),
    },
  ];
}
