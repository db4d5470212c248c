/** The way back: the page of kept revisions, and a rollback to one of them. */
import * as vscode from "vscode";

import { showInformation } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { nameOf } from "../interaction/target";
import { onService } from "../interaction/onThing";

const { l10n } = vscode;

export const showRevisions = onService({ title: l10n.t("Show Revisions") }, (app, service) => {
  app.pages.open({ kind: "revisions", ...nameOf(service) });
});

/** To the revision that a button names, or else to the one that served before. */
export const rollBackService = onService(
  { title: l10n.t("Roll Back"), flag: "returnable", changes: true, runs: true },
  async (app, { name, workspaceId }, _, revision) => {
    const params = { name, workspaceId, revision: typeof revision === "number" ? revision : 0 };
    const done = await longRequest(app, l10n.t("Rolling back {0}", name), "scoredock/service/rollback", params);
    const { revisions } = await app.session.request("scoredock/service/revisions", { name, workspaceId });
    const made = revisions.find((one) => one.revision === done.revision);
    if (made !== undefined && made.rolledBackTo !== 0) {
      showInformation(
        l10n.t("{0} serves revision {1} again, as revision {2}.", name, made.rolledBackTo, done.revision),
      );
    }
  },
);
