/** Measures a running service. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { serviceFlags } from "../../views/serviceNodes";
import { pickAsset } from "../assets/assets";
import { longRequest } from "../interaction/progress";
import { currentFolder, serviceOf, nameOf } from "../interaction/target";

const { l10n } = vscode;

/**
 * Path of the file with request bodies or `dataset:` and an id, empty for the service's own sample, undefined when the
 * person changed their mind.
 */
async function bodies(app: App, service: string): Promise<string | undefined> {
  const file = { label: l10n.t("Rows of a File…"), description: l10n.t("a text file with one request body per line") };
  const sample = { label: l10n.t("Sample of the Service"), description: l10n.t("made from the schema of its script") };
  const dataset = { label: l10n.t("Rows of a Dataset…"), description: l10n.t("registered in this workspace") };
  const picked = await vscode.window.showQuickPick([sample, dataset, file], {
    title: l10n.t("Profile {0}", service),
    placeHolder: l10n.t("Choose what is sent 200 times"),
  });
  if (picked === dataset) {
    const chosen = await pickAsset(app, l10n.t("Profile {0}", service), "dataset");
    return chosen === undefined ? undefined : `dataset:${chosen.id}`;
  }
  if (picked !== file) {
    return picked === undefined ? undefined : "";
  }
  const folder = currentFolder();
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("File with Request Bodies"),
    openLabel: l10n.t("Profile"),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  return chosen?.[0]?.fsPath;
}

export async function profileService(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Profile"), (one) =>
    serviceFlags(one).split(" ").includes("answering"),
  );
  const rows = service === undefined ? undefined : await bodies(app, service.name);
  if (service !== undefined && rows !== undefined) {
    const params = { ...nameOf(service), rows };
    const profile = await longRequest(app, l10n.t("Profiling {0}", service.name), "scoredock/service/profile", params);
    app.pages.open({ kind: "profile", profile, measured: Date.now() / 1000, workspaceId: service.workspaceId });
  }
}
