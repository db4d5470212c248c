/** A service of a cluster as files: its objects, plain enough for git. */
import * as path from "node:path";
import * as vscode from "vscode";

import { showInformation } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { onService } from "../interaction/onThing";
import { currentFolder } from "../interaction/target";

const { l10n } = vscode;

/** The folder must be new or empty, which a dialog for folders cannot say: one named after the service is made. */
async function folderFor(name: string): Promise<string | undefined> {
  const folder = currentFolder();
  const chosen = await vscode.window.showSaveDialog({
    title: l10n.t("New Folder for the Objects of {0}", name),
    saveLabel: l10n.t("Export"),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(folder, `${name}-kubernetes`)) }),
  });
  return chosen?.fsPath;
}

export const exportService = onService({ title: l10n.t("Export"), flag: "can-export" }, async (app, service) => {
  const { name, workspaceId } = service;
  const outputPath = await folderFor(name);
  if (outputPath === undefined) {
    return;
  }
  const params = { name, outputPath, workspaceId };
  const made = await longRequest(app, l10n.t("Exporting {0}", name), "scoredock/service/export", params);
  await vscode.window.showTextDocument(vscode.Uri.file(path.join(made.folder, "deployment.yaml")));
  const command = `scoredock service export kubernetes ${name} --to FOLDER --secret-file FILE`;
  const copy = { title: l10n.t("Copy Command"), act: () => vscode.env.clipboard.writeText(command) };
  const written = l10n.t("Wrote {0} to {1}.", made.files.join(", "), made.folder);
  if (made.secret === "") {
    showInformation(written);
  } else {
    const needed = l10n.t("The Secret {0} has to be there before; it is not written for git.", made.secret);
    showInformation(`${written} ${needed}`, [copy]);
  }
});
