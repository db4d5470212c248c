/** The older image way: create an image, deploy services from it, update them to another one. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { ImageCreateParams } from "../../protocol";
import { IMAGE_ENGINE } from "../../text/engines";
import { baseName } from "../../text/format";
import { showInformation, requireTrust, showFailure } from "../../editor/notifications";
import { openFileDialog } from "../interaction/fileDialog";
import { longRequest } from "../interaction/progress";
import { sendDeployment } from "../services/deploy";
import { descriptionStep, tagStep } from "../interaction/labelSteps";
import { pickImage } from "../interaction/pickImage";
import { modelsMatching } from "../interaction/pickModel";
import { registryCredentials } from "../docker/registries";
import { saveAll } from "../interaction/saving";
import { runWizard, type Choice, type WizardStep, fieldStep } from "../interaction/wizard";
import { pathsOf, serviceToChange, subjectOf, workspaceId, here } from "../interaction/target";
import { update } from "../services/updateService";
import { nameFault } from "../../text/names";
import { showInputBox, showOpenDialog } from "../../window";

const { l10n } = vscode;

function refreshImages(app: App): void {
  void app.lists.again((list) => list.kind === "assets" && list.asset === "image");
  app.pages.changed("assets");
}

type CreateImageAnswers = Required<
  Pick<ImageCreateParams, "name" | "executionScript" | "models" | "condaFile" | "dependencies" | "description" | "tags">
>;

function nameFrom(script: string): string {
  const folder = script.split(/[\\/]/).at(-2) ?? "";
  return folder
    .toLowerCase()
    .replace(/[^-.a-z0-9]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 32);
}

async function condaStep(answers: CreateImageAnswers, value: string): Promise<CreateImageAnswers | undefined> {
  if (value !== "file") {
    return { ...answers, condaFile: value };
  }
  const condaFile = await openFileDialog(l10n.t("conda File of the Image"), {
    [l10n.t("Environment")]: ["yml", "yaml"],
  });
  return condaFile === undefined ? undefined : { ...answers, condaFile };
}

async function dependencyStep(answers: CreateImageAnswers, value: string): Promise<CreateImageAnswers | undefined> {
  if (value === "none") {
    return { ...answers, dependencies: [] };
  }
  const chosen = await showOpenDialog({
    title: l10n.t("Files and Folders That the Script Needs"),
    canSelectMany: true,
    canSelectFiles: true,
    canSelectFolders: true,
  });
  return chosen === undefined ? undefined : { ...answers, dependencies: chosen.map(({ fsPath }) => fsPath) };
}

async function steps(app: App, script: string): Promise<readonly WizardStep<CreateImageAnswers>[]> {
  const models = (await modelsMatching(app, "")).map(({ id }): Choice<string> => ({ label: id, value: id }));
  const near = await vscode.workspace.findFiles("**/*.{yml,yaml}", "**/{node_modules,.venv,.git}/**", 50);
  const conda = near.map(({ fsPath }) => fsPath).filter((path) => /(conda|env)/i.test(baseName(path)));
  return [
    fieldStep("name", l10n.t("Name of the image; each creation becomes its next version"), (text) =>
      nameFault("image", text),
    ),
    {
      kind: "many",
      placeholder: l10n.t("Models in the image"),
      items: () => models,
      picked: (answers, id: string) => answers.models.includes(id),
      save: (answers, ids: readonly string[]) => ({ ...answers, models: ids }),
      search: async (text) => (await modelsMatching(app, text)).map(({ id }) => ({ label: id, value: id })),
    },
    {
      kind: "pick",
      placeholder: l10n.t("Packages"),
      items: () => [
        { label: l10n.t("What the models need"), description: l10n.t("by their framework"), value: "" },
        ...conda.map((path) => ({ label: baseName(path), description: path, value: path })),
        { label: l10n.t("File…"), description: l10n.t("conda YAML"), value: "file" },
      ],
      active: (answers, value: string) => answers.condaFile === value,
      save: condaStep,
    },
    {
      kind: "pick",
      placeholder: l10n.t("Files that {0} needs", baseName(script)),
      items: () => [
        { label: l10n.t("No others"), description: l10n.t("the script alone"), value: "none" },
        {
          label: l10n.t("Files and Folders…"),
          description: l10n.t("paths below the script's folder are kept"),
          value: "choose",
        },
      ],
      active: (answers, value: string) => (answers.dependencies.length === 0) === (value === "none"),
      save: dependencyStep,
    },
    descriptionStep(),
    tagStep(),
  ];
}

async function scriptOf(first: unknown, all: unknown): Promise<string | undefined> {
  const path = pathsOf(first, all)[0];
  if (path?.endsWith(".py") === true) {
    return path;
  }
  const editor = vscode.window.activeTextEditor?.document;
  if (editor?.uri.scheme === "file" && editor.languageId === "python") {
    return editor.uri.fsPath;
  }
  return openFileDialog(l10n.t("Entry Script of the Image"), { Python: ["py"] });
}

export async function createImage(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const script = await scriptOf(first, all);
  if (script === undefined) {
    return;
  }
  const start: CreateImageAnswers = {
    name: nameFrom(script),
    executionScript: script,
    models: [],
    condaFile: "",
    dependencies: [],
    description: "",
    tags: {},
  };
  const answers = await runWizard<CreateImageAnswers>(
    {
      title: l10n.t("Create Image of {0}", baseName(script)),
      finish: l10n.t("Create with These Values"),
      steps: await steps(app, script),
    },
    start,
  );
  if (answers === undefined) {
    return;
  }
  await saveAll([answers.executionScript, answers.condaFile]);
  const workspace = workspaceId(app);
  let id: string | undefined;
  const stepped = (): void => {
    refreshImages(app);
    if (id === undefined) {
      id = "";
      // The version is only known once the record is there.
      app.session.request("scoredock/image/list", { name: answers.name, workspaceId: workspace }).then(
        ({ images }) => {
          const creating = images.find(({ state }) => state === "Creating");
          id = creating?.asset.id;
          if (creating !== undefined) {
            app.buildLogs.follow({ kind: "image", id: creating.asset.id, form: "process", workspaceId: workspace });
          }
        },
        () => undefined,
      );
    }
  };
  try {
    const params = { ...answers, registryCredentials: await registryCredentials(app), workspaceId: workspace };
    const title = l10n.t("Creating the image {0}", answers.name);
    const image = await longRequest(app, title, "scoredock/image/create", params, { stepped });
    showInformation(l10n.t("Created the image {0}.", image.asset.id), [
      { title: l10n.t("Deploy"), act: () => deployFrom(app, image.asset.id).catch(showFailure) },
      {
        title: l10n.t("Open Build Log"),
        act: () => app.buildLogs.show({ kind: "image", id: image.asset.id, form: "process", workspaceId: workspace }),
      },
    ]);
  } finally {
    refreshImages(app);
  }
}

async function deployFrom(app: App, image: string): Promise<void> {
  const taken = new Set(app.live.state.services.map(({ name }) => name));
  const proposed = (image.split(":")[0] ?? "").replaceAll(".", "-");
  const name = await showInputBox({
    title: l10n.t("Deploy {0}", image),
    prompt: l10n.t("Name of the service; it runs in Docker"),
    value: taken.has(proposed) ? "" : proposed,
    ignoreFocusOut: true,
    validateInput: (text) =>
      taken.has(text)
        ? l10n.t("A service with that name already exists; update it to the image instead.")
        : nameFault("service", text),
  });
  if (name !== undefined) {
    await sendDeployment(app, { name, image, engine: IMAGE_ENGINE, ...here(app) });
    refreshImages(app);
  }
}

export async function deployImage(app: App, argument: unknown): Promise<void> {
  requireTrust();
  const image = await pickImage(app, argument, l10n.t("Deploy from Image"), true);
  if (image !== undefined) {
    await deployFrom(app, image);
  }
}

/** Services never follow a new version of their image by themselves. */
export async function updateToImage(app: App, argument: unknown): Promise<void> {
  requireTrust();
  const fromImage = subjectOf(argument)?.kind !== "service";
  const image = fromImage ? await pickImage(app, argument, l10n.t("Update Service to Image")) : undefined;
  if (fromImage && image === undefined) {
    return;
  }
  const service = await serviceToChange(app, fromImage ? undefined : argument, l10n.t("Service to Update"));
  const chosen =
    service === undefined
      ? undefined
      : (image ?? (await pickImage(app, undefined, l10n.t("Image of {0}", service.name))));
  if (service !== undefined && chosen !== undefined) {
    await update(app, { name: service.name, image: chosen, ...here(app) });
    refreshImages(app);
  }
}
