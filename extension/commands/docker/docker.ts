/** Show Docker: which one is used, or why none is. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation, showWarning, commandButton } from "../../editor/notifications";
import { joinWords } from "../../text/joinWords";
import { withProgress } from "../../window";

const { l10n } = vscode;

export async function showDocker(app: App): Promise<void> {
  const found = await withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t("Looking for Docker") },
    () => app.session.request("scoredock/docker/show", {}),
  );
  const settings = commandButton(l10n.t("Open Settings"), "workbench.action.openSettings", "scoredock.docker");
  if (found.reachable) {
    showInformation(l10n.t("Containers run in {0}, at {1}.", found.described, found.endpoint), [settings]);
  } else {
    const again = commandButton(l10n.t("Try Again"), "scoredock.showDocker");
    showWarning(joinWords([found.reason, found.fix], " "), [again, settings]);
  }
}
