/** Writes a service as a Docker build context. */
import * as vscode from "vscode";

import type { App } from "../app";
import { done } from "../tell";
import { busy } from "./busy";
import { folderOf, serviceOf } from "./target";

const { l10n } = vscode;

/** The chosen folder when it is empty, else one in it that is named for the service. */
async function targetIn(folder: vscode.Uri, service: string): Promise<vscode.Uri> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  return entries.length === 0 ? folder : vscode.Uri.joinPath(folder, `${service}-image`);
}

export async function packageService(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Package"), (one) => one.revision > 0);
  if (service === undefined) {
    return;
  }
  const open = folderOf();
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Folder for the Package of {0}", service.name),
    openLabel: l10n.t("Package"),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(open === undefined ? {} : { defaultUri: vscode.Uri.file(open) }),
  });
  if (chosen?.[0] === undefined) {
    return;
  }
  const target = await targetIn(chosen[0], service.name);
  const params = { name: service.name, outputPath: target.fsPath, workspaceId: service.workspaceId };
  const made = await busy(app, l10n.t("Packaging {0}", service.name), "scoredock/service/package", params);
  const folder = vscode.Uri.file(made.folder);
  const inside = vscode.workspace.getWorkspaceFolder(folder) !== undefined;
  const notes = made.notes.length === 0 ? "" : ` ${made.notes.join(" ")}`;
  done(l10n.t("Wrote the build context of {0} to {1}. Its README says how to build and run it.", made.image, made.folder) + notes, [
    { title: l10n.t("Open Folder"), act: () => vscode.commands.executeCommand("vscode.openFolder", folder, { forceNewWindow: true }) },
    { title: l10n.t("Reveal"), act: () => vscode.commands.executeCommand(inside ? "revealInExplorer" : "revealFileInOS", folder) },
  ]);
}
