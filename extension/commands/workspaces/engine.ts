/** The choice of what services for ACI and AKS run with in a workspace. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { lookForDocker } from "../docker/availability";
import { requestInView } from "../interaction/progress";
import { workspaceOf } from "../interaction/target";
import { chooseEngine, engineItems } from "../services/deploySteps";

const { l10n } = vscode;

export async function chooseWorkspaceEngine(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Choose Engine for ACI and AKS"));
  if (workspace === undefined) {
    return;
  }
  const docker = lookForDocker(app);
  await docker.answered;
  const chosen = await vscode.window.showQuickPick(engineItems(docker), {
    title: l10n.t("Engine for ACI and AKS in {0}", workspace.name),
    placeHolder: l10n.t("Where new services with a configuration for ACI or AKS run"),
  });
  const answer = chosen && (await chooseEngine({}, chosen.value.engine, docker));
  if (answer !== undefined) {
    await requestInView(app, "workspaces", "scoredock/workspace/engine", { id: workspace.id, engine: answer.engine });
    await app.live.refresh();
  }
}
