/** Profile Service: measures a running service. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { openOrOffer, withPresence } from "../../editor/presence";
import { pickAsset } from "../../commands/assets/assets";
import { longRequest } from "../../commands/interaction/progress";
import { currentFolder } from "../../commands/interaction/target";
import { openDialog, beginningAt } from "../../commands/interaction/fileDialog";
import { onService } from "../../commands/interaction/onThing";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

/**
 * Path of the file with request bodies or `dataset:` and an id, empty for the service's own sample, undefined when the
 * person changed their mind.
 */
export async function bodies(app: App, title: string, placeHolder: string): Promise<string | undefined> {
  const file = { label: l10n.t("Rows of a File…"), description: l10n.t("a text file with one request body per line") };
  const sample = { label: l10n.t("Sample of the Service"), description: l10n.t("made from the schema of its script") };
  const dataset = { label: l10n.t("Rows of a Dataset…"), description: l10n.t("registered in this workspace") };
  const picked = await showQuickPick([sample, dataset, file], {
    title,
    placeHolder,
  });
  if (picked === dataset) {
    const chosen = await pickAsset(app, title, "dataset");
    return chosen === undefined ? undefined : `dataset:${chosen.id}`;
  }
  if (picked !== file) {
    return picked === undefined ? undefined : "";
  }
  const folder = currentFolder();
  const options = { title: l10n.t("File with Request Bodies"), openLabel: l10n.t("Choose") };
  return openDialog({ ...options, ...beginningAt(folder === undefined ? undefined : vscode.Uri.file(folder)) });
}

export const profileService = onService({ title: l10n.t("Profile"), flag: "answering" }, async (app, service) => {
  const { name, workspaceId } = service;
  const rows = await bodies(app, l10n.t("Profile {0}", name), l10n.t("Choose what is sent 200 times"));
  if (rows !== undefined) {
    const params = { name, workspaceId, rows };
    const title = l10n.t("Profiling {0}", name);
    const { result: profile, isElsewhere } = await withPresence(() =>
      longRequest(app, title, "scoredock/service/profile", params),
    );
    const page = { kind: "profile", profile, measured: Date.now() / 1000, workspaceId } as const;
    openOrOffer(isElsewhere, l10n.t("{0} is profiled.", name), () => app.pages.open(page));
  }
});
