/** The choice of what services for ACI and AKS run with in a workspace. */
import * as vscode from "vscode";

import { lookForDocker } from "../docker/availability";
import { requestInView } from "../interaction/progress";
import { chooseEngine, engineItems } from "../services/deploySteps";
import { onWorkspace } from "../interaction/onThing";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

export const chooseWorkspaceEngine = onWorkspace(l10n.t("Choose Engine for ACI and AKS"), async (app, { id, name }) => {
  const docker = lookForDocker(app);
  await docker.answered;
  const chosen = await showQuickPick(engineItems(docker), {
    title: l10n.t("Engine for ACI and AKS in {0}", name),
    placeHolder: l10n.t("Where new services with a configuration for ACI or AKS run"),
  });
  const answer = chosen && (await chooseEngine({ id }, chosen.value.engine, docker));
  if (answer !== undefined) {
    await requestInView(app, "workspaces", "scoredock/workspace/engine", answer);
    await app.live.refresh();
  }
});
