/** The way back: the page of kept revisions, and a rollback to one of them. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { requireTrust, showInformation } from "../../editor/notifications";
import { serviceFlags } from "../../views/serviceNodes";
import { longRequest } from "../interaction/progress";
import { serviceOf, serviceToChange } from "../interaction/target";

const { l10n } = vscode;

export async function showRevisions(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Show Revisions"));
  if (service !== undefined) {
    const { name, workspaceId } = service;
    app.pages.open({ kind: "revisions", name, workspaceId });
  }
}

/** To the revision that a button names, or else to the one that served before. */
export async function rollBackService(app: App, argument: unknown, revision: unknown): Promise<void> {
  requireTrust();
  const service = await serviceToChange(app, argument, l10n.t("Roll Back"), (one) =>
    serviceFlags(one).split(" ").includes("returnable"),
  );
  if (service === undefined) {
    return;
  }
  const { name, workspaceId } = service;
  const params = { name, workspaceId, revision: typeof revision === "number" ? revision : 0 };
  const done = await longRequest(app, l10n.t("Rolling back {0}", name), "scoredock/service/rollback", params);
  const { revisions } = await app.session.request("scoredock/service/revisions", { name, workspaceId });
  const made = revisions.find((one) => one.revision === done.revision);
  if (made !== undefined && made.rolledBackTo !== 0) {
    showInformation(l10n.t("{0} serves revision {1} again, as revision {2}.", name, made.rolledBackTo, done.revision));
  }
}
