/** Where an image goes: its reference in a registry. */
import * as vscode from "vscode";

import type { App } from "../../app";

const { l10n } = vscode;

/** The last one is proposed again: its tag is what changes. */
const LAST_PUSHED = "scoredock.lastPushed";

/** A reference with its tag; undefined when the person left. */
export async function askReference(app: App, title: string): Promise<string | undefined> {
  const reference = await vscode.window.showInputBox({
    title,
    value: app.context.workspaceState.get<string>(LAST_PUSHED) ?? "",
    placeHolder: "registry.example.com/team/diabetes:1",
    prompt: l10n.t("Image in the registry, with its tag"),
    validateInput: (text) =>
      /^[^/\s]+\/\S+$/.test(text) ? undefined : l10n.t("A registry, a slash and the name of the image."),
  });
  if (reference !== undefined) {
    await app.context.workspaceState.update(LAST_PUSHED, reference);
  }
  return reference;
}
