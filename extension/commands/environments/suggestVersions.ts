/** Versions that install here instead of pins that do not, and parts of the server that are installed when needed. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { EnvironmentSuggestion } from "../../protocol";
import { confirm, showInformation, requireTrust, showWarning } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";

const { l10n } = vscode;

/** The file that a button names, or that is open; a log in front is none. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  if (typeof argument === "string" && argument !== "") {
    return vscode.Uri.file(argument);
  }
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? uri : undefined;
}

function describeSuggestion(found: EnvironmentSuggestion): readonly string[] {
  const changes = found.changed.map(({ name, old, new: right }) => `${name}: ${old} → ${right}`);
  const byHand = found.byHand.length === 0 ? [] : [l10n.t("To change by hand: {0}", found.byHand.join("; "))];
  return [...found.impossible, "", ...changes, ...byHand, ...(found.warning === "" ? [] : ["", found.warning])];
}

/**
 * Asks for the nearest versions, shows what gives way and why, and writes them when the person agrees; undo takes them
 * back.
 */
export async function suggestVersions(app: App, argument: unknown): Promise<void> {
  requireTrust();
  const uri = fileOf(argument);
  if (uri === undefined) {
    showWarning(l10n.t("Open the conda file or the requirements whose versions are to be found."));
    return;
  }
  const found = await longRequest(app, l10n.t("Looking for versions that install"), "scoredock/environment/suggest", {
    path: uri.fsPath,
    ...here(app),
  });
  if (found.changed.length === 0) {
    showInformation(l10n.t("Everything can be installed and imported on Python {0} as it is.", found.python));
    return;
  }
  if (
    !(await confirm(
      l10n.t("Use the nearest versions that install on Python {0}?", found.python),
      describeSuggestion(found),
      l10n.t("Change the File"),
    ))
  ) {
    return;
  }
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(
    uri,
    new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)),
    found.text,
  );
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
}

/** Installs support for conda packages into the server's own environment, after a question. */
export async function enableConda(app: App): Promise<void> {
  requireTrust();
  const detail = l10n.t(
    "py-rattler (about 30 MB) is installed from the package index into the private environment of the Scoredock server. Nothing else changes.",
  );
  if (!(await confirm(l10n.t("Install support for conda packages?"), detail, l10n.t("Install")))) {
    return;
  }
  await longRequest(app, l10n.t("Installing support for conda packages"), "scoredock/server/enable", {
    extra: "conda",
  });
  showInformation(l10n.t("Conda packages can be installed now. Deploy again."));
}
