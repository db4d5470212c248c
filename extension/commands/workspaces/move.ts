/** Moves what a folder left in the default workspace into the one that its configuration names. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { WorkspaceMoved } from "../../protocol";
import {
  type Button,
  confirm,
  requireTrust,
  showFailure,
  showInformation,
  showWarning,
} from "../../editor/notifications";
import { requestInView, longRequest } from "../interaction/progress";
import { currentFolder } from "../interaction/target";
import { withText } from "../../text/joinWords";
import { showInformationMessage } from "../../window";

const { l10n } = vscode;

/** Names of services and models, one line for each kind. */
function lines({ services, models }: Pick<WorkspaceMoved, "services" | "models">): readonly string[] {
  return withText([
    services.length === 0 ? "" : l10n.t("Services: {0}", services.join(", ")),
    models.length === 0 ? "" : l10n.t("Models: {0}", models.join(", ")),
  ]);
}

/** Moves and tells what was moved and what was not. */
async function move(app: App, folder: string, from: string, to: string, undo: readonly Button[]): Promise<void> {
  const title = l10n.t("Moving from {0} to {1}", from, to);
  const params = { folder, source: from, target: to };
  const moved = await longRequest(app, title, "scoredock/workspace/move", params);
  await app.live.refresh();
  const names = [...new Set([...moved.services, ...moved.models])].join(", ");
  const sentence =
    names === ""
      ? l10n.t("Nothing was moved to the workspace {0}.", moved.target)
      : l10n.t("Moved to the workspace {0}: {1}.", moved.target, names);
  const buttons = names === "" ? [] : undo;
  if (moved.left.length === 0) {
    showInformation(sentence, buttons);
  } else {
    showWarning(`${sentence} ${l10n.t("Left where it was: {0}.", moved.left.join("; "))}`, buttons);
  }
}

export async function moveToWorkspace(app: App): Promise<void> {
  requireTrust();
  const folder = currentFolder();
  if (folder === undefined) {
    void showInformationMessage(l10n.t("Open a folder first: each folder remembers its workspace."));
    return;
  }
  const found = await requestInView(app, "workspaces", "scoredock/workspace/move", { folder, dryRun: true });
  const { source, target } = found;
  if (found.services.length === 0 && found.models.length === 0) {
    showInformation(l10n.t("The workspace {0} has no services and models of this folder.", source));
    return;
  }
  const detail = [
    ...lines(found),
    ...(found.services.length === 0
      ? []
      : ["", l10n.t("Running services are stopped, and start again at the same address.")]),
  ];
  const question = l10n.t("Move what the workspace {0} has of this folder to {1}?", source, target);
  if (await confirm(question, detail, l10n.t("Move"))) {
    const back = (): Promise<void> => move(app, folder, target, source, []).catch(showFailure);
    await move(app, folder, source, target, [{ title: l10n.t("Undo"), act: back }]);
  }
}
