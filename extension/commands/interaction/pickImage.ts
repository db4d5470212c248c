/** Which created image is meant: the row's, or one that the person picks. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Image } from "../../protocol";
import { subjectOf, workspaceId } from "./target";

const { l10n } = vscode;

/** Name and version; undefined when the person left, or when there is none, which is told. */
export async function pickImage(app: App, argument: unknown, title: string): Promise<string | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset" && subject.asset.kind === "image") {
    return subject.asset.id;
  }
  if (subject?.kind === "assetName" && subject.assets[0]?.kind === "image") {
    return subject.assets[0].id;
  }
  const { images } = await app.session.request("scoredock/image/list", { workspaceId: workspaceId(app) });
  const ready = images.filter(({ state }) => state === "Succeeded");
  if (ready.length === 0) {
    void vscode.window.showInformationMessage(l10n.t("No image was created in this workspace yet."));
    return undefined;
  }
  const item = (image: Image): vscode.QuickPickItem => ({
    label: image.asset.id,
    description: [image.asset.summary, ...image.services].join(" · "),
  });
  return (await vscode.window.showQuickPick(ready.map(item), { title, placeHolder: l10n.t("Image") }))?.label;
}
