/** The audit log of a workspace as a page, and which of its changes that shows. */
import * as vscode from "vscode";

import { onWorkspace } from "../../commands/interaction/onThing";
import type { ThingCommand } from "../../commands/interaction/onThing";
import { showInputBox } from "../../window";

const { l10n } = vscode;

export const showAuditLog = onWorkspace(l10n.t("Show Audit Log"), (app, { id }) => {
  app.pages.open({ kind: "audit", workspaceId: id, about: "" });
});

/** Of a page: its workspace, and what it was filtered by. */
export const filterAuditLog: ThingCommand = async (app, workspaceId, about) => {
  if (typeof workspaceId !== "string") {
    return;
  }
  const text = await showInputBox({
    title: l10n.t("Filter Audit Log"),
    prompt: l10n.t("Part of a subject, such as models/diabetes or services/; empty for all"),
    value: typeof about === "string" ? about : "",
  });
  if (text !== undefined) {
    app.pages.open({ kind: "audit", workspaceId, about: text.trim() });
  }
};
