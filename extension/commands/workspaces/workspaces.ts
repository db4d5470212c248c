/** Verbs of a workspace: create, connect, switch, show, forget. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { activeWorkspace } from "../../state/state";
import { confirm, openAt, requireTrust, showInformation } from "../../editor/notifications";
import { requestInView, inView } from "../interaction/progress";
import { currentFolder, pathsOf, subjectOf, workspaceOf } from "../interaction/target";
import { nameFault } from "../../text/names";
import { openDialog } from "../interaction/fileDialog";
import { onWorkspace } from "../interaction/onThing";
import { showInformationMessage, showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

export async function createWorkspace(app: App): Promise<void> {
  const name = await showInputBox({
    title: l10n.t("Create Workspace"),
    prompt: l10n.t("Name of the workspace; the open folder will use it"),
    ignoreFocusOut: true,
    validateInput: (text) => nameFault("workspace", text),
  });
  if (name !== undefined) {
    await requestInView(app, "workspaces", "scoredock/workspace/create", { name, folder: currentFolder() ?? "" });
    await app.live.refresh();
  }
}

async function chooseConfig(app: App): Promise<string | undefined> {
  const offers = app.live.state.offers.map((offer) => ({
    label: offer.workspaceName,
    description: offer.configPath,
    path: offer.configPath,
  }));
  const other = { label: l10n.t("Browse…"), description: "", path: "" };
  const picked =
    offers.length === 0
      ? other
      : await showQuickPick([...offers, other], {
          title: l10n.t("Connect Workspace"),
          placeHolder: l10n.t("Workspace configuration"),
        });
  if (picked !== other) {
    return picked?.path;
  }
  const words = { title: l10n.t("Workspace Configuration"), openLabel: l10n.t("Connect") };
  return openDialog({ ...words, filters: { JSON: ["json"] } });
}

export async function connectWorkspace(app: App, first: unknown): Promise<void> {
  const subject = subjectOf(first);
  const configPath =
    subject?.kind === "offer" ? subject.offer.configPath : (pathsOf(first, undefined)[0] ?? (await chooseConfig(app)));
  if (configPath === undefined) {
    return;
  }
  await requestInView(app, "workspaces", "scoredock/workspace/connect", { configPath, folder: currentFolder() ?? "" });
  await app.live.refresh();
}

/** Writes the file that scripts of the SDK look for, into the open folder around a script or a folder. */
export async function writeWorkspaceConfig(app: App, first: unknown, id: unknown): Promise<void> {
  requireTrust();
  const named = pathsOf(first, undefined)[0];
  const open = named === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(named));
  const folder = named === undefined ? currentFolder() : (open?.uri.fsPath ?? path.dirname(named));
  if (folder === undefined) {
    showInformation(l10n.t("Open a folder first: its config.json says which workspace its scripts use."));
    return;
  }
  const params = { folder, workspaceId: typeof id === "string" ? id : "" };
  const written = await requestInView(app, "workspaces", "scoredock/workspace/writeConfig", params);
  await app.live.refresh();
  const shown = vscode.workspace.asRelativePath(written.path);
  showInformation(l10n.t("Wrote {0}, which names the workspace {1}.", shown, written.workspace), [
    { title: l10n.t("Open File"), act: () => openAt(written.path, 0) },
  ]);
}

/** Makes it the workspace of the folder. */
async function use(app: App, id: string, folder: string): Promise<void> {
  await requestInView(app, "workspaces", "scoredock/workspace/use", { id, folder });
  await app.live.refresh();
}

export async function switchWorkspace(app: App, argument: unknown): Promise<void> {
  const folder = currentFolder();
  if (folder === undefined) {
    void showInformationMessage(l10n.t("Open a folder first: each folder remembers its workspace."));
    return;
  }
  const workspace = await workspaceOf(app, argument, l10n.t("Switch Workspace"));
  if (workspace !== undefined) {
    await use(app, workspace.id, folder);
  }
}

/**
 * Lists a forgotten one again, which means using it; the folder keeps the one that it has unless it is that very one.
 */
async function bringBack(app: App, id: string, folder: string, wasActive: boolean): Promise<void> {
  const now = activeWorkspace(app.live.state)?.id;
  await inView("workspaces", async () => {
    await app.session.request("scoredock/workspace/use", { id, folder });
    if (!wasActive && now !== undefined) {
      await app.session.request("scoredock/workspace/use", { id: now, folder });
    }
  });
  await app.live.refresh();
}

export const showWorkspace = onWorkspace(l10n.t("Show Workspace"), (app, { id }, argument) => {
  app.pages.open({ kind: "workspace", id }, subjectOf(argument) !== undefined);
});

export async function forgetWorkspace(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Remove Workspace from List"), (one) => !one.isDefault);
  if (workspace === undefined) {
    return;
  }
  const { id, name } = workspace;
  const detail = l10n.t("Its folder with all models is kept: {0}", workspace.path);
  if (await confirm(l10n.t("Remove the workspace {0} from the list?", name), detail, l10n.t("Remove"))) {
    const wasActive = activeWorkspace(app.live.state)?.id === id;
    const { path } = await requestInView(app, "workspaces", "scoredock/workspace/forget", { id });
    await app.live.refresh();
    const folder = currentFolder();
    const undo = { title: l10n.t("Undo"), act: () => bringBack(app, id, folder ?? "", wasActive) };
    const message = l10n.t("Removed {0} from the list. Its folder is kept: {1}", name, path);
    showInformation(message, folder === undefined ? [] : [undo]);
  }
}
