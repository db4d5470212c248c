/** A service as files of the tool that is to run it; of a cluster also its objects, plain enough for git. */
import * as vscode from "vscode";

import { longRequest } from "../../commands/interaction/progress";
import { askExport, showExport } from "./exportChoice";
import { onService } from "../../commands/interaction/onThing";

const { l10n } = vscode;

export const exportService = onService({ title: l10n.t("Export") }, async (app, service) => {
  const { name, workspaceId } = service;
  const chosen = await askExport(app, { of: "service", service: name, workspaceId }, l10n.t("Export {0}", name), name);
  if (chosen === undefined) {
    return;
  }
  const params = { name, kind: chosen.kind.kind, outputPath: chosen.outputPath, workspaceId };
  const made = await longRequest(app, l10n.t("Exporting {0}", name), "scoredock/service/export", params);
  const written = l10n.t("Wrote {0} to {1}.", made.files.join(", "), made.folder);
  if (made.secret === "") {
    await showExport(made, written);
    return;
  }
  const place = workspaceId === "" ? "" : ` -w ${workspaceId}`; // the folder of a terminal may mean another one
  const command = `scoredock${place} service export kubernetes ${name} --to FOLDER --secret-file FILE`;
  const copy = { title: l10n.t("Copy Command"), act: () => vscode.env.clipboard.writeText(command) };
  const needed = l10n.t("The Secret {0} has to be there before; it is not written for git.", made.secret);
  await showExport({ ...made, fillIn: [] }, `${written} ${needed}`, [copy]);
});
