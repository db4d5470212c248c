/** Upkeep of a workspace: verify, repair, clean up, back up, restore. */
import { homedir } from "node:os";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Workspace } from "../../protocol";
import { bytes, files } from "../../text/format";
import { showInformation, showFailure, showWarning } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { currentFolder } from "../interaction/target";
import { nameFault } from "../../text/names";
import { onWorkspace } from "../interaction/onThing";
import { joinWords } from "../../text/joinWords";
import { openDialog } from "../interaction/fileDialog";
import { showInputBox, showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

async function repair(app: App, { id, name }: Workspace): Promise<void> {
  const found = await longRequest(app, l10n.t("Repairing {0}", name), "scoredock/workspace/repair", { id });
  const [done, left] = [found.done.length, found.left.length];
  const show = {
    title: l10n.t("Show"),
    act: () => app.pages.open({ kind: "repair", workspaceId: id, name, found }),
  };
  if (left > 0) {
    showWarning(l10n.t("{0}: repaired {1}, could not repair {2}.", name, done, left), [show]);
  } else if (done === 0) {
    showInformation(l10n.t("There was nothing to repair in {0}.", name));
  } else {
    showInformation(done === 1 ? (found.done[0] ?? "") : l10n.t("{0}: repaired {1}.", name, done), [show]);
  }
}

export const verifyWorkspace = onWorkspace(l10n.t("Check Files"), async (app, workspace) => {
  const { id, name } = workspace;
  const items = [
    { label: l10n.t("Fast"), description: l10n.t("records, and the size of every file"), deep: false },
    { label: l10n.t("Deep"), description: l10n.t("reads every byte and compares its SHA-256"), deep: true },
  ];
  const words = { title: l10n.t("Check Files of {0}", name), placeHolder: l10n.t("How thoroughly") };
  const how = await showQuickPick(items, words);
  if (how === undefined) {
    return;
  }
  const title = l10n.t("Checking the files of {0}", name);
  const found = await longRequest(app, title, "scoredock/workspace/verify", { id, deep: how.deep });
  const { problems } = found;
  if (problems.length === 0) {
    const size = bytes(found.bytes);
    showInformation(l10n.t("{0} is intact: versions {1}, files {2}, {3}.", name, found.versions, found.files, size));
    return;
  }
  app.pages.open({ kind: "verification", workspaceId: id, name, found });
  const message =
    problems.length === 1 ? l10n.t("{0} has 1 problem.", name) : l10n.t("{0} has {1} problems.", name, problems.length);
  const mend = { title: l10n.t("Repair"), act: () => repair(app, workspace).catch(showFailure) };
  showWarning(message, problems.some((problem) => problem.repairable) ? [mend] : []);
});

export const repairWorkspace = onWorkspace(l10n.t("Repair"), repair, true);

async function cleanUp(app: App, { id, name }: Workspace): Promise<void> {
  const title = l10n.t("Removing unused files of {0}", name);
  const removed = await longRequest(app, title, "scoredock/workspace/collect", { id });
  const { purged } = removed;
  const unused =
    removed.files === 0
      ? l10n.t("{0} has no unused files.", name)
      : l10n.t("Removed unused files from {1}: {0} ({2}).", files(removed.files), name, bytes(removed.bytes));
  const gone =
    purged.length === 0 ? "" : l10n.t("Permanently deleted after 30 days in the trash: {0}.", purged.join(", "));
  showInformation(joinWords([unused, gone, removed.kept], " "));
}

export const cleanUpWorkspace = onWorkspace(l10n.t("Remove Unused Files"), cleanUp, true);

export const backupWorkspace = onWorkspace(l10n.t("Back Up"), async (app, { id, name }) => {
  const day = new Date().toISOString().slice(0, 10);
  const folder = vscode.Uri.file(currentFolder() ?? homedir());
  const target = await showSaveDialog({
    title: l10n.t("Back Up {0}", name),
    saveLabel: l10n.t("Back Up"),
    defaultUri: vscode.Uri.joinPath(folder, `${name}-${day}.scoredock`),
  });
  if (target === undefined) {
    return;
  }
  // The dialog has asked about a file that is there already.
  const params = { id, target: target.fsPath, overwrite: true };
  const made = await longRequest(app, l10n.t("Backing up {0}", name), "scoredock/workspace/backup", params);
  const sentence = l10n.t(
    "Backed up {0} to {1}: {2}, versions {3}, services {4}.",
    name,
    made.path,
    bytes(made.size),
    made.versions,
    made.services,
  );
  if (made.leftOut.length === 0) {
    showInformation(sentence);
  } else {
    showWarning(`${sentence} ${l10n.t("Left out:")} ${made.leftOut.join(" ")}`);
  }
});

export async function restoreWorkspace(app: App): Promise<void> {
  const path = await openDialog({
    title: l10n.t("Backup to Restore"),
    openLabel: l10n.t("Restore"),
    defaultUri: vscode.Uri.file(currentFolder() ?? homedir()),
  });
  if (path === undefined) {
    return;
  }
  const name = await showInputBox({
    title: l10n.t("Restore from Backup"),
    prompt: l10n.t("Name of the new workspace; leave empty for the name in the backup"),
    ignoreFocusOut: true,
    validateInput: (text) =>
      app.live.state.workspaces.some((workspace) => workspace.name === text)
        ? {
            message: l10n.t("A workspace with that name already exists. It is replaced if it is empty."),
            severity: vscode.InputBoxValidationSeverity.Info,
          }
        : text === ""
          ? undefined
          : nameFault("workspace", text),
  });
  if (name === undefined) {
    return;
  }
  const params = { path, name };
  const restored = await longRequest(app, l10n.t("Restoring"), "scoredock/workspace/restore", params);
  await app.live.refresh();
  const switchTo = (): unknown => vscode.commands.executeCommand("scoredock.switchWorkspace", restored.id);
  const use = currentFolder() === undefined ? [] : [{ title: l10n.t("Switch to It"), act: switchTo }];
  const stopped = restored.services === 0 ? "" : l10n.t("Services to start: {0}.", restored.services);
  const message = l10n.t("Restored the workspace {0}: models {1}.", restored.name, restored.models);
  showInformation(joinWords([message, stopped, ...restored.notes], " "), use);
}
