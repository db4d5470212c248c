/** Packages a service, or a script that was never deployed, as a Docker build context or as a ready image. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Package, PackageCreateParams, PackageForm } from "../../protocol";
import { showInformation, requireTrust, commandButton } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { startingPoint } from "../services/deploy";
import { imageButtons } from "./packagedImage";
import { askPlace, pushedWords, registryCredentials } from "../docker/registries";
import { saveAll } from "../interaction/saving";
import { currentFolder, pathsOf, serviceOf, here } from "../interaction/target";
import { openFolderDialog } from "../interaction/fileDialog";
import { showInputBox, showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;
/** A tag, as registries take it. */
const LABEL = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9./_:-]*[a-z0-9]$/;

type PackageSource = Omit<PackageCreateParams, "form" | "outputPath" | "name" | "label" | "to" | "push">;

/** An image of content goes into a file or to a registry. */
type PackageChoice = Exclude<PackageForm, "content" | "functions"> | "file" | "registry";

async function choiceOf(title: string): Promise<PackageChoice | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly value: PackageChoice })[] = [
    {
      label: l10n.t("Folder"),
      detail: l10n.t("Dockerfile, models, script and locked packages; builds anywhere, without Scoredock."),
      value: "folder",
    },
    {
      label: l10n.t("Ready Image"),
      detail: l10n.t("Built now, by Docker where one answers; can be saved to a file and pushed."),
      value: "image",
    },
    {
      label: l10n.t("Image File"),
      detail: l10n.t("Written without Docker, for docker load and podman load."),
      value: "file",
    },
    {
      label: l10n.t("Push to a Registry"),
      detail: l10n.t("Without Docker; only what the registry lacks is sent."),
      value: "registry",
    },
  ];
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Package as") }))?.value;
}

async function askName(title: string): Promise<{ readonly name: string; readonly label: string } | undefined> {
  const name = await showInputBox({
    title,
    value: "package",
    prompt: l10n.t("Name of the image, with its registry where it goes to one (registry.example.com/team/package)"),
    validateInput: (text) =>
      NAME.test(text)
        ? undefined
        : l10n.t("Lower-case letters, digits and . _ - /, with a registry in front where there is one."),
  });
  if (name === undefined) {
    return undefined;
  }
  const label = await showInputBox({
    title,
    prompt: l10n.t("Label of the image; the time when left empty"),
    validateInput: (text) => (text === "" || LABEL.test(text) ? undefined : l10n.t("Letters, digits and . _ - only.")),
  });
  return label === undefined ? undefined : { name, label };
}

/** The chosen folder when it is empty, else one in it that is named for what is packaged. */
async function targetIn(folder: vscode.Uri, about: string): Promise<vscode.Uri> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  return entries.length === 0 ? folder : vscode.Uri.joinPath(folder, `${about}-image`);
}

async function chooseFolder(about: string): Promise<string | undefined> {
  const open = currentFolder();
  const from = open === undefined ? undefined : vscode.Uri.file(open);
  const chosen = await openFolderDialog(l10n.t("Folder for the Package of {0}", about), l10n.t("Package"), from);
  return chosen === undefined ? undefined : (await targetIn(vscode.Uri.file(chosen), about)).fsPath;
}

async function chooseFile(about: string): Promise<string | undefined> {
  const open = currentFolder();
  const target = await showSaveDialog({
    title: l10n.t("File for the Image of {0}", about),
    filters: { [l10n.t("Image")]: ["tar"] },
    ...(open === undefined ? {} : { defaultUri: vscode.Uri.joinPath(vscode.Uri.file(open), `${about}.tar`) }),
  });
  return target?.fsPath;
}

/** Where the package goes, as the request says it. */
async function destination(
  app: App,
  choice: PackageChoice,
  about: string,
  title: string,
): Promise<Pick<PackageCreateParams, "form" | "name" | "label" | "outputPath" | "to" | "push"> | undefined> {
  switch (choice) {
    case "registry": {
      const push = await askPlace(app, title, about);
      return push === undefined ? undefined : { form: "content", push };
    }
    case "file": {
      const called = await askName(title);
      const file = called === undefined ? undefined : await chooseFile(about);
      return file === undefined ? undefined : { form: "content", ...called, to: [`archive:${file}`] };
    }
    case "folder": {
      const called = await askName(title);
      const outputPath = called === undefined ? undefined : await chooseFolder(about);
      return outputPath === undefined ? undefined : { form: choice, ...called, outputPath };
    }
    case "image": {
      const called = await askName(title);
      return called === undefined ? undefined : { form: choice, ...called };
    }
  }
}

function withNotes(notes: readonly string[]): string {
  return notes.map((note) => ` ${note}`).join("");
}

function showContent(app: App, made: Package): void {
  if (made.pushed !== "") {
    showInformation(pushedWords(made.location, made.sentBytes, made.presentBytes) + withNotes(made.notes), [
      { title: l10n.t("Copy Reference"), act: () => vscode.env.clipboard.writeText(made.pushed) },
    ]);
    return;
  }
  if (made.path === "") {
    const [, ...buttons] = imageButtons(app, made.record, made.run); // nothing runs it before a Docker has it
    showInformation(
      l10n.t("Created the image {0}. It is kept in the workspace, as no Docker answers.", made.image) +
        withNotes(made.notes.slice(0, -1)), // the last one says the same, for a terminal
      buttons,
    );
    return;
  }
  showInformation(l10n.t("Wrote the image {0} to {1}.", made.image, made.path) + withNotes(made.notes), [
    { title: l10n.t("Copy Run Command"), act: () => vscode.env.clipboard.writeText(made.run.join(" ")) },
  ]);
}

function showPackage(app: App, made: Package): void {
  if (made.digest !== "") {
    showContent(app, made);
    return;
  }
  const notes = withNotes(made.notes);
  if (!made.generateDockerfile) {
    showInformation(l10n.t("Created the image {0}.", made.image) + notes, imageButtons(app, made.image, made.run));
    return;
  }
  const folder = vscode.Uri.file(made.location);
  const inside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  showInformation(
    l10n.t(
      "Wrote the build context of {0} to {1}. Its README says how to build and run it.",
      made.image,
      made.location,
    ) + notes,
    [
      commandButton(l10n.t("Open Folder"), "vscode.openFolder", folder, { forceNewWindow: true }),
      commandButton(l10n.t("Reveal"), inside ? "revealInExplorer" : "revealFileInOS", folder),
      { title: l10n.t("Copy Run Command"), act: () => vscode.env.clipboard.writeText(made.run.join(" ")) },
    ],
  );
}

async function createPackage(app: App, about: string, source: PackageSource): Promise<void> {
  const title = l10n.t("Package {0}", about);
  const choice = await choiceOf(title);
  const where = choice === undefined ? undefined : await destination(app, choice, about, title);
  if (where === undefined) {
    return;
  }
  // Of a service it is what was deployed that is packaged.
  await saveAll([source.entryScript, source.inferenceConfig, source.deploymentConfig, source.environmentFile]);
  showPackage(
    app,
    await longRequest(app, l10n.t("Packaging {0}", about), "scoredock/package/create", {
      ...source,
      ...where,
      registryCredentials: await registryCredentials(app),
    }),
  );
}

export async function packageService(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Package"), (one) => one.revision > 0);
  if (service !== undefined) {
    await createPackage(app, service.name, { service: service.name, workspaceId: service.workspaceId });
  }
}

/** Packages what a deployment of this script or inference configuration would serve. */
export async function packageFile(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const path = pathsOf(first, all)[0] ?? (await startingPoint(l10n.t("Entry Script to Package"), l10n.t("Package")));
  if (path === undefined) {
    return;
  }
  const proposal = await app.session.request("scoredock/service/propose", { path, ...here(app) });
  const { entryScript, inferenceConfig, environmentFile, environment, deploymentConfig } = proposal;
  const offered = [...new Set([...proposal.models, ...proposal.modelChoices])];
  const models = await showQuickPick(
    offered.map((label) => ({ label, picked: proposal.models.includes(label) })),
    { title: l10n.t("Package {0}", proposal.name), placeHolder: l10n.t("Models to include"), canPickMany: true },
  );
  if (models !== undefined) {
    const named = models.map((item) => item.label);
    await createPackage(app, proposal.name, {
      entryScript,
      inferenceConfig,
      environmentFile,
      environment,
      deploymentConfig,
      models: named,
      ...here(app),
    });
  }
}
