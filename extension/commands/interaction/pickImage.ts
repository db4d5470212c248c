/** Which created image is meant: the row's, or one that the person picks. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Image } from "../../protocol";
import { subjectOf, here } from "./target";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

/** The image of the row that the command was run on. */
export function imageOfRow(argument: unknown): string | undefined {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset" && subject.asset.kind === "image") {
    return subject.asset.id;
  }
  return subject?.kind === "assetName" && subject.assets[0]?.kind === "image" ? subject.assets[0].id : undefined;
}

/**
 * Name and version; undefined when the person left, or when there is none, which a message says. `certain`: where there
 * is one, that one is meant.
 */
export async function pickImage(
  app: App,
  argument: unknown,
  title: string,
  certain = false,
): Promise<string | undefined> {
  const named = imageOfRow(argument);
  if (named !== undefined) {
    return named;
  }
  const { images } = await app.session.request("scoredock/image/list", { ...here(app) });
  const ready = images.filter(({ state }) => state === "Succeeded");
  if (ready.length === 0) {
    void showInformationMessage(l10n.t("No image was created in this workspace yet."));
    return undefined;
  }
  if (certain && ready.length === 1) {
    return ready[0]?.asset.id;
  }
  const item = (image: Image): vscode.QuickPickItem => ({
    label: image.asset.id,
    description: [image.asset.summary, ...image.services].join(" · "),
  });
  return (await showQuickPick(ready.map(item), { title, placeHolder: l10n.t("Image") }))?.label;
}
