/**
 * What becomes of a packaged image: saved to a tar file, pushed, pulled, and what contributions do with it.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { type Button, showInformation } from "../../editor/notifications";
import { failureOf } from "../../text/errors";
import { longRequest } from "../interaction/progress";
import { askPlace, askRegistry, pushedWords } from "../docker/registries";
import { currentFolder, here } from "../interaction/target";
import { imageOfRow } from "../interaction/pickImage";
import { showInputBox, showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

/** Buttons below the sentence that says that an image was made. */
export function imageButtons(app: App, image: string, run: readonly string[]): Button[] {
  return [
    { title: l10n.t("Copy Run Command"), act: () => vscode.env.clipboard.writeText(run.join(" ")) },
    { title: l10n.t("Save as Tar…"), act: () => saveImage(app, image) },
    { title: l10n.t("Push"), act: () => pushImage(app, image) },
    ...actionButtons(app, image),
  ];
}

/** What contributions do with it. */
function actionButtons(app: App, image: string): Button[] {
  return app.imageActions.map((each) => ({ title: each.title(), act: () => each.act(app, image) }));
}

function startFolder(file: string): { defaultUri?: vscode.Uri } {
  const open = currentFolder();
  return open === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(open, file)) };
}

async function saveImage(app: App, image: string): Promise<void> {
  const name = `${image.replace(/[^A-Za-z0-9.-]+/g, "-")}.tar`;
  const target = await showSaveDialog({
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

async function sendImage(app: App, image: string, to = ""): Promise<void> {
  const params = { image, ...(to === "" ? {} : { to }), ...here(app) };
  await askRegistry(
    app,
    (registryCredentials) =>
      longRequest(app, l10n.t("Pushing {0}", image), "scoredock/package/push", { ...params, registryCredentials }),
    (pushed) => {
      const words = pushedWords(pushed.image, pushed.sentBytes, pushed.presentBytes);
      showInformation(words, actionButtons(app, image));
    },
  );
}

/** Asks where to, when there is no registry in the name of the image, or when it was pushed before. */
async function pushImage(app: App, image: string): Promise<void> {
  const { images } = await app.session.request("scoredock/image/list", { ...here(app) });
  const wasPushed = images.some(({ asset, pushes }) => asset.id === image && pushes.length > 0);
  try {
    if (!wasPushed) {
      await sendImage(app, image);
      return;
    }
  } catch (error) {
    if (failureOf(error).code !== "package-name-invalid") {
      throw error;
    }
  }
  const to = await askPlace(app, l10n.t("Push {0}", image), image);
  if (to !== undefined) {
    await sendImage(app, image, to);
  }
}

async function pullImage(app: App, image: string): Promise<void> {
  const params = { image, ...here(app) };
  await askRegistry(
    app,
    (registryCredentials) =>
      longRequest(app, l10n.t("Pulling {0}", image), "scoredock/package/pull", { ...params, registryCredentials }),
    (pulled) => {
      showInformation(l10n.t("Pulled {0}.", pulled.image));
    },
  );
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
    (await showInputBox({
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
    ...app.imageActions.map((each) => ({ label: each.title(), act: () => each.act(app, image) })),
    { label: l10n.t("Copy Login Command"), act: () => copyLogin(app, image) },
  ];
  await (await showQuickPick(verbs, { title: image }))?.act();
}
