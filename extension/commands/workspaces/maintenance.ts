/** Upkeep of a workspace: verify, repair, clean up, back up, restore. */
import { homedir } from "node:os";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Workspace } from "../../protocol";
import { bytes, files } from "../../text/format";
import { showInformation, showFailure, showWarning } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { currentFolder, workspaceOf } from "../interaction/target";

const { l10n } = vscode;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/;

async function repair(app: App, workspace: Workspace): Promise<void> {
  const found = await longRequest(app, l10n.t("Repairing {0}", workspace.name), "scoredock/workspace/repair", {
    id: workspace.id,
  });
  const { id, name } = workspace;
  const show = {
    title: l10n.t("Show"),
    act: () => {
      app.pages.open({ kind: "repair", workspaceId: id, name, found });
    },
  };
  if (found.left.length > 0) {
    showWarning(
      l10n.t("{0}: repaired {1}, could not repair {2}.", workspace.name, found.done.length, found.left.length),
      [show],
    );
  } else if (found.done.length === 0) {
    showInformation(l10n.t("There was nothing to repair in {0}.", workspace.name));
  } else {
    showInformation(
      found.done.length === 1 ? (found.done[0] ?? "") : l10n.t("{0}: repaired {1}.", workspace.name, found.done.length),
      [show],
    );
  }
}

export async function verifyWorkspace(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Check Files"));
  if (workspace === undefined) {
    return;
  }
  const items = [
    { label: l10n.t("Fast"), description: l10n.t("records, and the size of every file"), deep: false },
    { label: l10n.t("Deep"), description: l10n.t("reads every byte and compares its SHA-256"), deep: true },
  ];
  const how = await vscode.window.showQuickPick(items, {
    title: l10n.t("Check Files of {0}", workspace.name),
    placeHolder: l10n.t("How thoroughly"),
  });
  if (how === undefined) {
    return;
  }
  const found = await longRequest(
    app,
    l10n.t("Checking the files of {0}", workspace.name),
    "scoredock/workspace/verify",
    {
      id: workspace.id,
      deep: how.deep,
    },
  );
  const { problems } = found;
  if (problems.length === 0) {
    showInformation(
      l10n.t(
        "{0} is intact: versions {1}, files {2}, {3}.",
        workspace.name,
        found.versions,
        found.files,
        bytes(found.bytes),
      ),
    );
    return;
  }
  app.pages.open({ kind: "verification", workspaceId: workspace.id, name: workspace.name, found });
  const repairable = problems.some((problem) => problem.repairable);
  showWarning(
    problems.length === 1
      ? l10n.t("{0} has 1 problem.", workspace.name)
      : l10n.t("{0} has {1} problems.", workspace.name, problems.length),
    [...(repairable ? [{ title: l10n.t("Repair"), act: () => repair(app, workspace).catch(showFailure) }] : [])],
  );
}

export async function repairWorkspace(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Repair"), undefined, true);
  if (workspace !== undefined) {
    await repair(app, workspace);
  }
}

export async function cleanUpWorkspace(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Remove Unused Files"), undefined, true);
  if (workspace === undefined) {
    return;
  }
  const {
    files: count,
    bytes: freed,
    purged,
    kept,
  } = await longRequest(app, l10n.t("Removing unused files of {0}", workspace.name), "scoredock/workspace/collect", {
    id: workspace.id,
  });
  const gone =
    purged.length === 0 ? "" : ` ${l10n.t("Permanently deleted after 30 days in the trash: {0}.", purged.join(", "))}`;
  showInformation(
    (count === 0
      ? l10n.t("{0} has no unused files.", workspace.name)
      : l10n.t("Removed unused files from {1}: {0} ({2}).", files(count), workspace.name, bytes(freed))) +
      gone +
      (kept === "" ? "" : ` ${kept}`),
  );
}

export async function backupWorkspace(app: App, argument: unknown): Promise<void> {
  const workspace = await workspaceOf(app, argument, l10n.t("Back Up"));
  if (workspace === undefined) {
    return;
  }
  const day = new Date().toISOString().slice(0, 10);
  const target = await vscode.window.showSaveDialog({
    title: l10n.t("Back Up {0}", workspace.name),
    saveLabel: l10n.t("Back Up"),
    defaultUri: vscode.Uri.joinPath(
      vscode.Uri.file(currentFolder() ?? homedir()),
      `${workspace.name}-${day}.scoredock`,
    ),
  });
  if (target === undefined) {
    return;
  }
  // The dialog has asked about a file that is there already.
  const made = await longRequest(app, l10n.t("Backing up {0}", workspace.name), "scoredock/workspace/backup", {
    id: workspace.id,
    target: target.fsPath,
    overwrite: true,
  });
  const sentence = l10n.t(
    "Backed up {0} to {1}: {2}, versions {3}, services {4}.",
    workspace.name,
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
}

export async function restoreWorkspace(app: App): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Backup to Restore"),
    openLabel: l10n.t("Restore"),
    defaultUri: vscode.Uri.file(currentFolder() ?? homedir()),
  });
  const path = chosen?.[0]?.fsPath;
  if (path === undefined) {
    return;
  }
  const name = await vscode.window.showInputBox({
    title: l10n.t("Restore from Backup"),
    prompt: l10n.t("Name of the new workspace; leave empty for the name in the backup"),
    ignoreFocusOut: true,
    validateInput: (text) => {
      if (text !== "" && !NAME.test(text)) {
        return l10n.t("Use 3 to 33 letters, digits, hyphens and underscores, starting with a letter or digit.");
      }
      return app.live.state.workspaces.some((workspace) => workspace.name === text)
        ? {
            message: l10n.t("A workspace with that name already exists. It is replaced if it is empty."),
            severity: vscode.InputBoxValidationSeverity.Info,
          }
        : undefined;
    },
  });
  if (name === undefined) {
    return;
  }
  const workspace = await longRequest(app, l10n.t("Restoring"), "scoredock/workspace/restore", {
    path,
    name,
  });
  await app.live.refresh();
  const folder = currentFolder();
  const use =
    folder === undefined
      ? []
      : [
          {
            title: l10n.t("Switch to It"),
            act: () => vscode.commands.executeCommand("scoredock.switchWorkspace", workspace.id),
          },
        ];
  const stopped = workspace.services === 0 ? "" : ` ${l10n.t("Services to start: {0}.", workspace.services)}`;
  showInformation(l10n.t("Restored the workspace {0}: models {1}.", workspace.name, workspace.models) + stopped, use);
}
