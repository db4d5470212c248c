/** The lines of Deploy's summary, and what each asks when it is changed. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Auth, ModelToRegister } from "../../protocol";
import { becomes, isOpen, modelNote, modelText, nameText } from "../../text/deploymentText";
import { engineKind } from "../../text/engines";
import { baseName } from "../../text/format";
import type { DockerLook } from "../docker/availability";
import { openFileDialog } from "../interaction/fileDialog";
import { modelsMatching } from "../interaction/pickModel";
import type { Summary, SummaryLine } from "../interaction/summary";
import { here } from "../interaction/target";
import { askAlone, type Choice, type PickStep, type TextStep } from "../interaction/wizard";
import { formerOf, movedTo, withModels, type DeployAnswers } from "./deployAnswers";
import { checkName, chooseEngine, engineItems } from "./deploySteps";
import { withText, joinWords } from "../../text/joinWords";
import { nameFault } from "../../text/names";

const { l10n } = vscode;

type Line = SummaryLine<DeployAnswers>;

/** What the lines work with. */
interface Asking {
  readonly app: App;
  readonly docker: DockerLook;
}

function at(path: string): { label: string; description: string } {
  const label = baseName(path);
  const relative = vscode.workspace.asRelativePath(path);
  return { label, description: relative === label ? "" : relative };
}

function icon(name: string): { iconPath: vscode.ThemeIcon } {
  return { iconPath: new vscode.ThemeIcon(name) };
}

/** A question with one answer, by itself. */
async function pick<V>(
  answers: DeployAnswers,
  placeholder: string,
  step: Pick<PickStep<DeployAnswers, V>, "items" | "active" | "save" | "later">,
): Promise<DeployAnswers | undefined> {
  return askAlone(l10n.t("Deploy"), { kind: "pick", placeholder, ...step }, answers);
}

/** A line of text, by itself. */
async function askText(
  answers: DeployAnswers,
  prompt: string,
  step: Pick<TextStep<DeployAnswers>, "value" | "validate" | "save">,
): Promise<DeployAnswers | undefined> {
  return askAlone(l10n.t("Deploy"), { kind: "text", prompt: () => prompt, ...step }, answers);
}

function browseItem<V>(value: V): Choice<V> {
  return { label: l10n.t("Browse…"), alwaysShow: true, ...icon("folder-opened"), value };
}

// ------------------------------------------------------------------------------------------------------------ models

type ModelAnswer =
  | { readonly kind: "registered"; readonly id: string }
  | { readonly kind: "files"; readonly files: readonly ModelToRegister[] }
  | { readonly kind: "none" | "older" | "several" | "browse" };

/** The most files that are offered together, each as a model of its own. */
const MOST_TOGETHER = 5;

function modelItems({ proposal }: DeployAnswers): Choice<ModelAnswer>[] {
  const single = proposal.modelFiles.filter(({ paths }) => paths.length === 1);
  const together = single.length > 1 && single.length <= MOST_TOGETHER;
  const files = proposal.modelFiles.map((each): Choice<ModelAnswer> => {
    const shown = each.paths.length === 1 ? at(each.paths[0] ?? "") : { label: each.paths.map(baseName).join(", ") };
    return {
      label: shown.label,
      description: l10n.t("is registered as {0}", becomes(each)),
      ...icon("file"),
      value: { kind: "files", files: [each] },
    };
  });
  const registered = proposal.modelChoices.map((id): Choice<ModelAnswer> => {
    return { label: id, ...icon("package"), value: { kind: "registered", id } };
  });
  return [
    ...files,
    ...(together
      ? [
          {
            label: l10n.t("All {0} Files, Each as a Model", single.length),
            ...icon("files"),
            value: { kind: "files", files: single } as const,
          },
        ]
      : []),
    ...registered,
    ...(registered.length > 0
      ? [
          { label: l10n.t("Older Versions…"), ...icon("history"), value: { kind: "older" } as const },
          { label: l10n.t("Several Models…"), ...icon("checklist"), value: { kind: "several" } as const },
        ]
      : []),
    { label: l10n.t("No Model"), ...icon("circle-slash"), value: { kind: "none" } as const },
    browseItem({ kind: "browse" } as const),
  ];
}

async function versions(app: App, text: string): Promise<Choice<string>[]> {
  return (await modelsMatching(app, text)).map(({ id }) => ({ label: id, value: id }));
}

async function chooseSeveral({ app }: Asking, answers: DeployAnswers): Promise<DeployAnswers | undefined> {
  const offered = await versions(app, "");
  const known = new Set(offered.map(({ value }) => value));
  const items = [...answers.models.filter((id) => !known.has(id)).map((id) => ({ label: id, value: id })), ...offered];
  return askAlone(
    l10n.t("Deploy"),
    {
      kind: "many",
      placeholder: l10n.t("Models of the service"),
      items: () => items,
      picked: (_, id: string) => answers.models.includes(id),
      search: (text) => versions(app, text),
      save: (_, models: readonly string[]) => withModels(answers, models, []),
    },
    answers,
  );
}

async function chooseOlder({ app }: Asking, answers: DeployAnswers): Promise<DeployAnswers | undefined> {
  const items = await versions(app, "");
  return pick(answers, l10n.t("Version of the model"), {
    items: () => items,
    active: (_, id: string) => answers.models.includes(id),
    save: (_, id: string) => withModels(answers, [id], []),
  });
}

/** A file of this machine, with the name that the server proposes for it. */
async function browseModel({ app }: Asking, answers: DeployAnswers): Promise<DeployAnswers | undefined> {
  const modelFile = await openFileDialog(l10n.t("Model File"), { [l10n.t("All Files")]: ["*"] });
  if (modelFile === undefined) {
    return undefined;
  }
  const path = answers.script === "" ? modelFile : answers.script;
  const params = { path, modelFile, ...here(app) };
  const proposal = await app.session.request("scoredock/service/propose", params);
  return withModels(answers, [], proposal.registerModels);
}

async function saveModel(
  asking: Asking,
  answers: DeployAnswers,
  value: ModelAnswer,
): Promise<DeployAnswers | undefined> {
  switch (value.kind) {
    case "registered":
      return withModels(answers, [value.id], []);
    case "files":
      return withModels(answers, [], value.files);
    case "none":
      return withModels(answers, [], []);
    case "older":
      return chooseOlder(asking, answers);
    case "several":
      return chooseSeveral(asking, answers);
    case "browse":
      return browseModel(asking, answers);
  }
}

function modelLine(asking: Asking): Line {
  return {
    icon: "package",
    label: l10n.t("Model"),
    value: (answers) => modelText(answers, formerOf(asking.app, answers)),
    note: (answers) => modelNote(answers.proposal, answers),
    change: (answers) =>
      pick(answers, l10n.t("Model of the service: a file to register, or a registered one"), {
        items: modelItems,
        active: ({ models, registerModels }, value: ModelAnswer) =>
          value.kind === "registered"
            ? models.length === 1 && models[0] === value.id
            : value.kind === "files" && value.files.length > 0 && value.files[0] === registerModels[0],
        save: (_, value: ModelAnswer) => saveModel(asking, answers, value),
      }),
  };
}

/** Under which name the file is registered. */
function modelNameLine(): Line {
  return {
    icon: "tag",
    label: l10n.t("Name of the Model"),
    when: ({ registerModels }) => registerModels.length === 1,
    value: ({ registerModels }) => registerModels[0]?.name ?? "",
    change: (answers) =>
      askText(answers, l10n.t("Name of the model that is registered"), {
        value: ({ registerModels }) => registerModels[0]?.name ?? "",
        validate: (text) => nameFault("model", text),
        save: (_, name) => withModels(answers, answers.models, underName(answers, name)),
      }),
  };
}

/** Under another name it is the next version of what is there, or a new model. */
function underName({ registerModels, proposal }: DeployAnswers, name: string): ModelToRegister[] {
  const known = proposal.modelChoices.find((id) => id.startsWith(`${name}:`));
  const version = known === undefined ? 1 : Number(known.slice(name.length + 1)) + 1;
  return registerModels.map(({ paths }) => ({ name, paths, version }));
}

// ------------------------------------------------------------------------------------------------------------ script

type ScriptAnswer = { readonly kind: "file"; readonly path: string } | { readonly kind: "none" | "browse" };

function scriptItems({ proposal }: DeployAnswers): Choice<ScriptAnswer>[] {
  return [
    ...proposal.entryScripts.map((path) => ({
      ...at(path),
      ...icon("file-code"),
      value: { kind: "file", path } as const,
    })),
    ...proposal.inferenceConfigs.map((path) => ({
      ...at(path),
      ...icon("json"),
      detail: l10n.t("Inference configuration"),
      value: { kind: "file", path } as const,
    })),
    {
      label: l10n.t("No Script"),
      description: l10n.t("a model of a known framework is served without code"),
      ...icon("zap"),
      value: { kind: "none" } as const,
    },
    browseItem({ kind: "browse" } as const),
  ];
}

const NO_SCRIPT = {
  script: "",
  entryScript: "",
  inferenceConfig: "",
  sourceDirectory: "",
  scriptState: "no-code",
} as const;

async function saveScript(
  { app }: Asking,
  answers: DeployAnswers,
  value: ScriptAnswer,
): Promise<DeployAnswers | undefined> {
  if (value.kind === "none") {
    const chosen = answers.models.length + answers.registerModels.length > 0;
    const modelState = chosen ? answers.modelState : "missing";
    return { ...answers, ...NO_SCRIPT, modelState, environmentFile: "", environment: "" };
  }
  const path =
    value.kind === "file"
      ? value.path
      : await openFileDialog(l10n.t("Entry Script or Inference Configuration"), {
          [l10n.t("Python, JSON, YAML")]: ["py", "json", "yml", "yaml"],
        });
  if (path === undefined) {
    return undefined;
  }
  const proposal = await app.session.request("scoredock/service/propose", { path, ...here(app) });
  const { entryScripts, inferenceConfigs } = answers.proposal;
  const moved = movedTo(proposal, answers);
  // The lists stay those of the folder in which it was begun.
  return { ...moved, proposal: { ...proposal, entryScripts, inferenceConfigs } };
}

function scriptText({ script, inferenceConfig, scriptState, proposal }: DeployAnswers): string {
  if (scriptState === "no-code") {
    return proposal.noCode === "" ? l10n.t("served without code") : l10n.t("served without code: {0}", proposal.noCode);
  }
  if (script === "" && inferenceConfig === "") {
    return l10n.t("to be chosen");
  }
  return script === "" ? baseName(inferenceConfig) : baseName(script);
}

function scriptNote({ scriptState }: DeployAnswers): string {
  if (scriptState === "several") {
    return l10n.t("There are several entry scripts");
  }
  if (scriptState === "missing") {
    return l10n.t("No entry script was found");
  }
  return "";
}

/** The script, and what else comes from where. */
function scriptValue(answers: DeployAnswers): string {
  const { script, inferenceConfig, sourceDirectory, proposal } = answers;
  const folder = inferenceConfig === "" ? sourceDirectory : proposal.sourceDirectory;
  return joinWords([
    scriptText(answers),
    inferenceConfig !== "" && script !== "" ? l10n.t("as {0} says", baseName(inferenceConfig)) : "",
    folder === "" ? "" : l10n.t("with the folder {0}", baseName(folder)),
  ]);
}

function scriptLine(asking: Asking): Line {
  return {
    icon: "file-code",
    label: l10n.t("Entry Script"),
    value: scriptValue,
    note: scriptNote,
    change: (answers) =>
      pick(answers, l10n.t("Entry script or inference configuration"), {
        items: scriptItems,
        active: ({ script, inferenceConfig, scriptState }, value: ScriptAnswer) =>
          value.kind === "file" ? value.path === script || value.path === inferenceConfig : scriptState === "no-code",
        save: (_, value: ScriptAnswer) => saveScript(asking, answers, value),
      }),
  };
}

// ------------------------------------------------------------------------------------------------------- environment

/** Where the packages come from: a file, or a name; neither means the defaults, or what the configuration says. */
interface Packages {
  readonly file: string;
  readonly name: string;
}

function defaultPackages({ inferenceConfig, proposal }: DeployAnswers): string {
  return inferenceConfig !== "" && proposal.configuredEnvironment !== ""
    ? l10n.t("As {0} Says", baseName(inferenceConfig))
    : l10n.t("Defaults of the Model's Framework");
}

function environmentItems(answers: DeployAnswers): Choice<Packages | undefined>[] {
  const { proposal } = answers;
  const names = new Set(withText([proposal.environment, ...proposal.environments]));
  return [
    ...proposal.environmentFiles.map((path) => ({ ...at(path), ...icon("file"), value: { file: path, name: "" } })),
    ...[...names].map((name) => ({
      label: name,
      detail: l10n.t("Registered environment"),
      ...icon("layers"),
      value: { file: "", name },
    })),
    { label: defaultPackages(answers), ...icon("sparkle"), value: { file: "", name: "" } },
    browseItem(undefined),
  ];
}

function environmentText(answers: DeployAnswers): string {
  const { environmentFile, environment, inferenceConfig, proposal } = answers;
  const configured = inferenceConfig === "" ? "" : baseName(proposal.configuredEnvironment);
  const named = environment === "" ? baseName(environmentFile) : environment;
  return named === "" ? (configured === "" ? l10n.t("default environment") : configured) : named;
}

async function saveEnvironment(
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

function environmentLine(): Line {
  return {
    icon: "layers",
    label: l10n.t("Environment"),
    value: environmentText,
    change: (answers) =>
      pick(answers, l10n.t("Environment"), {
        items: environmentItems,
        active: ({ environmentFile, environment }, value: Packages | undefined) =>
          value?.file === environmentFile && value.name === environment,
        save: (_, value: Packages | undefined) => saveEnvironment(answers, value),
      }),
  };
}

// ------------------------------------------------------------------------------------------------- where, name, access

/** An engine of this machine, or that of a compute target with its name. */
interface DeployPlace {
  readonly engine: DeployAnswers["engine"];
  readonly compute?: string;
}

function computeItems(computes: DeployAnswers["proposal"]["computes"]): Choice<DeployPlace>[] {
  return Object.entries(computes).map(([compute, { place, engine }]) => {
    const kind = engineKind(engine);
    return { label: compute, description: place, detail: kind.choice, ...icon(kind.icon), value: { engine, compute } };
  });
}

function placeText({ engine, compute, proposal }: DeployAnswers): string {
  return compute === "" ? engineKind(engine).place : joinWords([compute, proposal.computes[compute]?.place ?? ""]);
}

function placeLine({ docker }: Asking): Line {
  return {
    icon: "vm",
    label: l10n.t("Where It Runs"),
    value: placeText,
    change: (answers) =>
      pick(answers, l10n.t("Where it runs"), {
        items: ({ proposal }) => [...engineItems(docker), ...computeItems(proposal.computes)],
        later: docker.answered,
        active: ({ engine, compute }, value: DeployPlace) =>
          value.engine === engine && (value.compute ?? "") === compute,
        save: (_, { engine, compute = "" }: DeployPlace) => chooseEngine({ ...answers, compute }, engine, docker),
      }),
  };
}

function developText(develop: boolean): string {
  return develop ? l10n.t("for development, saved files are served") : l10n.t("from its image alone");
}

/** Services of this machine take saved files in any case. */
function developLine(): Line {
  return {
    icon: "sync",
    label: l10n.t("Saved Files"),
    when: ({ engine }) => engineKind(engine).inCluster,
    value: ({ develop }) => developText(develop),
    change: (answers) =>
      pick(answers, l10n.t("Saved files: whether the service takes them while it runs"), {
        items: () => [
          {
            label: l10n.t("From Its Image Alone"),
            detail: l10n.t("Changed files are served after an update."),
            ...icon("package"),
            value: false,
          },
          {
            label: l10n.t("For Development"),
            detail: l10n.t("All replicas serve what you save, without another image."),
            ...icon("sync"),
            value: true,
          },
        ],
        active: ({ develop }, value: boolean) => value === develop,
        save: (_, develop: boolean) => ({ ...answers, develop }),
      }),
  };
}

function configurationItems({ proposal }: DeployAnswers): Choice<string | undefined>[] {
  return [
    ...proposal.deploymentConfigs.map((path) => ({ ...at(path), ...icon("json"), value: path })),
    { label: l10n.t("None"), description: l10n.t("a free port, no keys"), ...icon("circle-slash"), value: "" },
    browseItem(undefined),
  ];
}

function configurationLine(): Line {
  return {
    icon: "json",
    label: l10n.t("Deployment Configuration"),
    value: ({ deploymentConfig }) =>
      deploymentConfig === "" ? l10n.t("none, a free port") : baseName(deploymentConfig),
    change: (answers) =>
      pick(answers, l10n.t("Deployment configuration: port, keys, resources, limits"), {
        items: configurationItems,
        active: ({ deploymentConfig }, value: string | undefined) => value === deploymentConfig,
        save: async (_, value: string | undefined) => {
          const title = l10n.t("Deployment Configuration");
          const chosen = value ?? (await openFileDialog(title, { JSON: ["json", "yml", "yaml"] }));
          return chosen === undefined ? undefined : { ...answers, deploymentConfig: chosen, port: null };
        },
      }),
  };
}

function nameLine({ app }: Asking): Line {
  return {
    icon: "tag",
    label: l10n.t("Name of the Service"),
    value: (answers) => nameText(answers.name, answers.script, formerOf(app, answers)),
    change: (answers) =>
      askText(answers, l10n.t("Name of the service"), {
        value: ({ name }) => name,
        validate: (text) => checkName(text, answers.proposal.existingServices),
        save: (_, name) => ({ ...answers, name }),
      }),
  };
}

function authText(auth: Auth, deploymentConfig: string): string {
  switch (auth) {
    case "keys":
      return l10n.t("key");
    case "tokens":
      return l10n.t("token");
    case "none":
      return l10n.t("none");
    case "":
      return deploymentConfig === "" ? l10n.t("none") : l10n.t("as {0} says", baseName(deploymentConfig));
  }
}

/** As a row of its own. */
function authLabel(auth: Auth, deploymentConfig: string): string {
  const text = authText(auth, deploymentConfig);
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

function authLine(): Line {
  const offered: readonly Auth[] = ["", "keys", "tokens", "none"];
  return {
    icon: "key",
    label: l10n.t("Authentication"),
    value: ({ auth, deploymentConfig }) => authText(auth, deploymentConfig),
    change: (answers) =>
      pick(answers, l10n.t("Authentication: what callers must send"), {
        items: ({ deploymentConfig }) =>
          offered
            .filter((auth) => deploymentConfig !== "" || auth !== "none")
            .map((auth) => ({ label: authLabel(auth, deploymentConfig), value: auth })),
        active: ({ auth }, value: Auth) => value === auth,
        save: (_, auth: Auth) => ({ ...answers, auth }),
      }),
  };
}

// ----------------------------------------------------------------------------------------------------------- all of it

/** Whether the entry script is still to be chosen. */
function needsScript({ script, scriptState, inferenceConfig }: DeployAnswers): boolean {
  return scriptState === "several" || (scriptState === "missing" && script === "" && inferenceConfig === "");
}

export function deploySummary(app: App, title: string, docker: DockerLook): Summary<DeployAnswers> {
  const asking = { app, docker };
  const model = modelLine(asking);
  const script = scriptLine(asking);
  return {
    title,
    act: { icon: "rocket", label: l10n.t("Deploy") },
    described: (answers) => {
      const former = formerOf(app, answers);
      return joinWords([
        nameText(answers.name, answers.script, former),
        isOpen(answers) ? l10n.t("model to be chosen") : modelText(answers, former),
        needsScript(answers) ? l10n.t("script to be chosen") : scriptText(answers),
        environmentText(answers),
        answers.compute === "" ? engineKind(answers.engine).title : answers.compute,
      ]);
    },
    lines: [
      model,
      modelNameLine(),
      script,
      environmentLine(),
      placeLine(asking),
      developLine(),
      configurationLine(),
      nameLine(asking),
      authLine(),
    ],
    open: (answers) => (needsScript(answers) ? script : isOpen(answers) ? model : undefined),
  };
}
