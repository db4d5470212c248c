/**
 * What becomes of a packaged image: saved to a tar file, pushed, pulled, exported for IoT Edge or Container Instances.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { failureOf } from "../../text/errors";
import type { PackageExportKind } from "../../protocol";
import { type Button, showInformation, showFailure } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { registryCredentials, signInRegistry } from "../docker/registries";
import { currentFolder, here } from "../interaction/target";
import { imageOfRow } from "../interaction/pickImage";
import { askReference } from "../interaction/askReference";

const { l10n } = vscode;

interface ExportChoice extends vscode.QuickPickItem {
  readonly exported: PackageExportKind;
  readonly file: string;
}

/** Buttons below the sentence that says that an image was made. */
export function imageButtons(app: App, image: string, run: readonly string[]): Button[] {
  return [
    { title: l10n.t("Copy Run Command"), act: () => vscode.env.clipboard.writeText(run.join(" ")) },
    { title: l10n.t("Save as Tar…"), act: () => saveImage(app, image) },
    { title: l10n.t("Push"), act: () => pushImage(app, image) },
    { title: l10n.t("Export…"), act: () => exportImage(app, image) },
  ];
}

function startFolder(file: string): { defaultUri?: vscode.Uri } {
  const open = currentFolder();
  return open === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(open, file)) };
}

async function saveImage(app: App, image: string): Promise<void> {
  const name = `${image.replace(/[^A-Za-z0-9.-]+/g, "-")}.tar`;
  const target = await vscode.window.showSaveDialog({
    title: l10n.t("Save {0}", image),
    filters: { Tar: ["tar"] },
    ...startFolder(name),
  });
  if (target === undefined) {
    return;
  }
  const params = { image, outputPath: target.fsPath, ...here(app) };
  const saved = await longRequest(app, l10n.t("Saving {0}", image), "scoredock/package/save", params);
  showInformation(l10n.t("Saved {0} to {1}.", image, saved.path), [
    { title: l10n.t("Copy Load Command"), act: () => vscode.env.clipboard.writeText(saved.load.join(" ")) },
  ]);
}

async function transferImage(
  app: App,
  title: string,
  method: "scoredock/package/push" | "scoredock/package/pull",
  image: string,
  to = "",
): Promise<string | undefined> {
  const params = { image, ...(to === "" ? {} : { to }), ...here(app) };
  const send = async (): Promise<string> =>
    (
      await longRequest(app, title, method, {
        ...params,
        registryCredentials: await registryCredentials(app),
      })
    ).image;
  try {
    return await send();
  } catch (error) {
    if (failureOf(error).code !== "registry-refused") {
      throw error;
    }
    showFailure(error, [
      {
        title: l10n.t("Sign In and Try Again"),
        act: async () => {
          await signInRegistry(app);
          showInformation(l10n.t("Done: {0}.", await send()));
        },
      },
    ]);
    return undefined;
  }
}

/** Asks where to, when there is no registry in the name of the image. */
async function pushWherever(app: App, image: string): Promise<string | undefined> {
  const title = l10n.t("Pushing {0}", image);
  try {
    return await transferImage(app, title, "scoredock/package/push", image);
  } catch (error) {
    if (failureOf(error).code !== "package-name-invalid") {
      throw error;
    }
  }
  const to = await askReference(app, l10n.t("Push {0}", image));
  return to === undefined ? undefined : await transferImage(app, title, "scoredock/package/push", image, to);
}

async function pushImage(app: App, image: string): Promise<void> {
  const reference = await pushWherever(app, image);
  if (reference !== undefined) {
    showInformation(l10n.t("Pushed {0}.", reference), [
      { title: l10n.t("Export…"), act: () => exportImage(app, image) },
    ]);
  }
}

async function pullImage(app: App, image: string): Promise<void> {
  const pulled = await transferImage(app, l10n.t("Pulling {0}", image), "scoredock/package/pull", image);
  if (pulled !== undefined) {
    showInformation(l10n.t("Pulled {0}.", pulled));
  }
}

async function exportImage(app: App, image: string): Promise<void> {
  const kinds: readonly ExportChoice[] = [
    {
      label: l10n.t("Azure IoT Edge"),
      detail: l10n.t("Deployment manifest with the image as a module"),
      exported: "iotEdge",
      file: "deployment.template.json",
    },
    {
      label: l10n.t("Azure Container Instances"),
      detail: l10n.t("YAML of a container group"),
      exported: "containerInstances",
      file: "container-group.yaml",
    },
  ];
  const chosen = await vscode.window.showQuickPick(kinds, { title: l10n.t("Export {0}", image) });
  if (chosen === undefined) {
    return;
  }
  const target = await vscode.window.showSaveDialog({ title: chosen.label, ...startFolder(chosen.file) });
  if (target === undefined) {
    return;
  }
  const params = { image, kind: chosen.exported, outputPath: target.fsPath, ...here(app) };
  const made = await app.session.request("scoredock/package/export", params);
  await vscode.window.showTextDocument(vscode.Uri.file(made.path));
  if (made.fillIn.length > 0) {
    showInformation(l10n.t("Set these where it is deployed: {0}.", made.fillIn.join(", ")));
  }
}

/** The command that logs in to the image's registry; it reads the password from standard input. */
async function copyLogin(app: App, image: string): Promise<void> {
  const registry = await app.session.request("scoredock/package/registry", { image, ...here(app) });
  await vscode.env.clipboard.writeText(registry.login.join(" "));
  showInformation(l10n.t("Copied the login to {0}; it asks for the password on standard input.", registry.address));
}

/** Of a row of the Images, or of an image that the person names. */
export async function useImage(app: App, argument: unknown): Promise<void> {
  const image =
    imageOfRow(argument) ??
    (await vscode.window.showInputBox({
      title: l10n.t("Packaged Image"),
      prompt: l10n.t("Registered image (name:version), or a reference that Docker knows"),
    }));
  if (image === undefined || image === "") {
    return;
  }
  const verbs: readonly (vscode.QuickPickItem & { readonly act: () => Promise<void> })[] = [
    { label: l10n.t("Save as Tar…"), act: () => saveImage(app, image) },
    { label: l10n.t("Push"), act: () => pushImage(app, image) },
    { label: l10n.t("Pull"), act: () => pullImage(app, image) },
    { label: l10n.t("Export…"), act: () => exportImage(app, image) },
    { label: l10n.t("Copy Login Command"), act: () => copyLogin(app, image) },
  ];
  await (await vscode.window.showQuickPick(verbs, { title: image }))?.act();
}
