/** Register Environment…, Register Dataset…, Register Image…. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Asset, AssetKind, EnvironmentRegisterParams } from "../../protocol";
import { baseName } from "../../text/format";
import { showInformation, requireTrust, commandButton } from "../../editor/notifications";
import { openFileDialog } from "../interaction/fileDialog";
import { requestInView } from "../interaction/progress";
import { descriptionStep, tagStep } from "../interaction/labelSteps";
import { runWizard, type Choice, type WizardStep } from "../interaction/wizard";
import { pathsOf, here } from "../interaction/target";
import { isName, nameFault } from "../../text/names";
import { showInputBox } from "../../window";

const { l10n } = vscode;

interface AssetLabels {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A name made of what the asset comes from. */
function nameFrom(text: string): string {
  return text
    .replace(/\.(jsonl|json|txt|ya?ml)$/i, "")
    .replace(/[^a-zA-Z0-9\-._]+/g, "-")
    .replace(/^[^a-zA-Z0-9]+/, "");
}

async function newestOf(app: App, kind: AssetKind): Promise<ReadonlyMap<string, number>> {
  const { assets } = await app.session.request("scoredock/asset/list", { kind, latest: true, ...here(app) });
  return new Map(assets.map(({ name, version }) => [name, version]));
}

/** Name, description and tags: the same for all three. */
function labelSteps<A extends AssetLabels>(
  prompt: string,
  known: ReadonlyMap<string, number>,
  kind: AssetKind,
): readonly WizardStep<A>[] {
  return [
    {
      kind: "text",
      prompt: () => prompt,
      value: (answers) => answers.name,
      validate: (text) => {
        const version = isName(kind, text) ? known.get(text) : undefined;
        return version === undefined
          ? nameFault(kind, text)
          : {
              message: l10n.t("Becomes version {0} of {1}; another name creates another one.", version + 1, text),
              severity: vscode.InputBoxValidationSeverity.Info,
            };
      },
      save: (answers, name) => ({ ...answers, name }),
    },
    descriptionStep(),
    tagStep(),
  ];
}

function showRegistered(asset: Asset): void {
  showInformation(l10n.t("Registered {0} ({1}).", asset.id, asset.summary), [
    commandButton(l10n.t("Show"), "scoredock.showAsset", { subject: { kind: "asset", asset } }),
  ]);
}

const finish = (): string => l10n.t("Register with These Values");

export async function registerDataset(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const path =
    pathsOf(first, all)[0] ??
    (await openFileDialog(l10n.t("File with Request Bodies"), {
      [l10n.t("Request bodies")]: ["jsonl", "json", "txt"],
    }));
  if (path === undefined) {
    return;
  }
  const known = await newestOf(app, "dataset");
  const answers = await runWizard<AssetLabels>(
    {
      title: l10n.t("Register {0} as Dataset", baseName(path)),
      finish: finish(),
      steps: labelSteps(l10n.t("Name of the dataset"), known, "dataset"),
    },
    { name: nameFrom(baseName(path)), description: "", tags: {} },
  );
  if (answers !== undefined) {
    showRegistered(
      await requestInView(app, "models", "scoredock/dataset/register", { path, ...answers, ...here(app) }),
    );
  }
}

interface ImageAnswers extends AssetLabels {
  readonly reference: string;
}

export async function registerImage(app: App): Promise<void> {
  requireTrust();
  const known = await newestOf(app, "image");
  const reference: WizardStep<ImageAnswers> = {
    kind: "text",
    prompt: () => l10n.t("Reference of the image, with a tag or digest"),
    placeholder: "registry.example.com/team/image:1",
    value: (answers) => answers.reference,
    validate: (text) =>
      text.trim() === "" || /\s/.test(text.trim())
        ? l10n.t("A reference such as registry.example.com/team/image:1, without spaces.")
        : undefined,
    save: (answers, text) => {
      const name = nameFrom((text.trim().split("@")[0] ?? "").split("/").at(-1)?.split(":")[0] ?? "");
      return { ...answers, reference: text.trim(), name: answers.name === "" ? name.toLowerCase() : answers.name };
    },
  };
  const answers = await runWizard<ImageAnswers>(
    {
      title: l10n.t("Register Image"),
      finish: finish(),
      steps: [reference, ...labelSteps<ImageAnswers>(l10n.t("Name of the image"), known, "image")],
    },
    { reference: "", name: "", description: "", tags: {} },
  );
  if (answers !== undefined && answers.reference !== "" && answers.name !== "") {
    showRegistered(await requestInView(app, "environments", "scoredock/image/register", { ...answers, ...here(app) }));
  }
}

type EnvironmentOrigin = Pick<EnvironmentRegisterParams, "path" | "image" | "clone">;

interface EnvironmentAnswers extends AssetLabels {
  readonly origin: EnvironmentOrigin;
}

const BLANK: EnvironmentAnswers = { origin: {}, name: "", description: "", tags: {} };

async function fromFile(app: App, answers: EnvironmentAnswers, path: string): Promise<EnvironmentAnswers> {
  const proposal = await app.session.request("scoredock/environment/propose", { path, ...here(app) });
  return { ...answers, origin: { path }, ...proposal };
}

function fromClone(answers: EnvironmentAnswers, id: string): EnvironmentAnswers {
  return {
    ...answers,
    origin: { clone: id },
    name: nameFrom(`${id.split(":")[0] ?? ""}-copy`).replace(/^AzureML-/i, ""),
  };
}

/** Where it comes from; a file dialog or an input box asks for the rest. */
async function chooseOrigin(
  app: App,
  answers: EnvironmentAnswers,
  value: string,
): Promise<EnvironmentAnswers | undefined> {
  if (value === "file") {
    const path = await openFileDialog(
      l10n.t("conda YAML, pip Requirements, azureml_environment.json or YAML of Azure ML v2"),
      {
        [l10n.t("Environment")]: ["yml", "yaml", "txt", "json"],
      },
    );
    return path === undefined ? undefined : fromFile(app, answers, path);
  }
  if (value === "image") {
    const image = await showInputBox({
      title: l10n.t("Register Environment"),
      prompt: l10n.t("Reference of the Docker image"),
      placeHolder: "registry.example.com/team/image:1",
      ignoreFocusOut: true,
    });
    return image === undefined || image.trim() === ""
      ? undefined
      : {
          ...answers,
          origin: { image: image.trim() },
          name: nameFrom(image.trim().split("/").at(-1)?.split(/[:@]/)[0] ?? ""),
        };
  }
  return fromClone(answers, value.slice("clone:".length));
}

async function origins(app: App): Promise<readonly Choice<string>[]> {
  const [{ environments }, { assets }] = await Promise.all([
    app.session.request("scoredock/environment/curated", {}),
    app.session.request("scoredock/asset/list", { kind: "environment", ...here(app) }),
  ]);
  return [
    {
      label: l10n.t("File…"),
      description: l10n.t("conda YAML, pip requirements, azureml_environment.json, or the YAML of Azure ML v2"),
      iconPath: new vscode.ThemeIcon("file"),
      value: "file",
    },
    {
      label: l10n.t("Docker Image…"),
      description: l10n.t("by its reference"),
      iconPath: new vscode.ThemeIcon("vm"),
      value: "image",
    },
    ...assets.map((asset) => ({
      label: l10n.t("Clone of {0}", asset.id),
      description: asset.summary,
      iconPath: new vscode.ThemeIcon("copy"),
      value: `clone:${asset.id}`,
    })),
    ...environments.map(({ name, summary }) => ({
      label: l10n.t("Clone of {0}", name),
      description: summary,
      iconPath: new vscode.ThemeIcon("verified"),
      value: `clone:${name}`,
    })),
  ];
}

/** Registers an environment that begins as a copy of another one. */
export async function registerClone(app: App, id: string): Promise<void> {
  requireTrust();
  await registerFrom(app, l10n.t("Clone {0}", id), fromClone(BLANK, id), []);
}

export async function registerEnvironment(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const path = pathsOf(first, all)[0];
  await registerFrom(
    app,
    l10n.t("Register Environment"),
    path === undefined ? BLANK : await fromFile(app, BLANK, path),
    path === undefined ? await origins(app) : [],
  );
}

/** Asks for the origin where there are any to choose from, and for the rest. */
async function registerFrom(
  app: App,
  title: string,
  start: EnvironmentAnswers,
  choices: readonly Choice<string>[],
): Promise<void> {
  const known = await newestOf(app, "environment");
  const origin: WizardStep<EnvironmentAnswers> = {
    kind: "pick",
    placeholder: l10n.t("Where the environment comes from"),
    when: () => choices.length > 0,
    items: () => choices,
    active: () => false,
    save: (answers, value: string) => chooseOrigin(app, answers, value),
  };
  const answers = await runWizard<EnvironmentAnswers>(
    {
      title,
      finish: finish(),
      steps: [origin, ...labelSteps<EnvironmentAnswers>(l10n.t("Name of the environment"), known, "environment")],
    },
    start,
  );
  if (answers !== undefined && answers.name !== "") {
    const { origin: from, ...described } = answers;
    showRegistered(
      await requestInView(app, "environments", "scoredock/environment/register", {
        ...described,
        ...from,
        ...here(app),
      }),
    );
  }
}
