/** The status bar item of the window and the language status of a checked file. */
import * as vscode from "vscode";

import type { Live } from "./live";
import type { Session } from "./session";
import { active, unhealthy } from "./state";

const { l10n } = vscode;

/** Matches no file. */
const NOWHERE: vscode.DocumentSelector = { scheme: "scoredock-none" };

function show(item: vscode.StatusBarItem, live: Live, session: Session): void {
  const workspace = active(live.state);
  if (session.currentStatus === "failed") {
    item.text = `$(error) ${l10n.t("Scoredock")}`;
    item.tooltip = l10n.t("The Scoredock server is not running. Select to restart it.");
    item.command = "scoredock.restartServer";
  } else if (live.state.problem !== "") {
    item.text = `$(error) ${l10n.t("Scoredock")}`;
    item.tooltip = l10n.t("{0} Select to try again.", live.state.problem);
    item.command = "scoredock.refresh";
  } else if (workspace === undefined) {
    item.text = `$(loading~spin) ${l10n.t("Scoredock")}`;
    item.tooltip = l10n.t("The Scoredock server is starting.");
    item.command = "scoredock.showLog";
  } else {
    const bad = unhealthy(live.state);
    item.text = bad.length === 0 ? `$(layers) ${workspace.name}` : `$(layers) ${workspace.name} $(warning) ${bad.length}`;
    const names = bad.map((service) => `${service.name}: ${service.state}`).join("\n");
    item.tooltip = [l10n.t("Scoredock workspace {0}", workspace.name), names, l10n.t("Select to switch.")].filter((line) => line !== "").join("\n");
    item.command = "scoredock.switchWorkspace";
  }
  item.accessibilityInformation = { label: item.tooltip, role: "button" };
  item.show();
}

/** Active workspace and how many of its services need attention. */
export function statusBar(live: Live, session: Session): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("scoredock.workspace", vscode.StatusBarAlignment.Left, 10);
  item.name = l10n.t("Scoredock Workspace");
  const redraw = (): void => {
    show(item, live, session);
  };
  redraw();
  return vscode.Disposable.from(item, live.onDidChange(redraw), session.onDidChangeStatus(redraw));
}

function findingsOf(uri: vscode.Uri): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source?.toLowerCase() === "scoredock");
}

/** Says of a file that the server checks what it found in it. */
export function languageStatus(session: Session): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("scoredock.file", NOWHERE);
  item.name = l10n.t("Scoredock");
  item.detail = l10n.t("Scoredock");
  item.command = { title: l10n.t("Show Problems"), command: "workbench.actions.view.problems" };
  /** Of open files: whether the server takes them for one of ours. */
  const ours = new Map<string, boolean>();
  const redraw = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri === undefined || ours.get(uri.toString()) !== true) {
      item.selector = NOWHERE;
      return;
    }
    item.selector = { scheme: uri.scheme, pattern: new vscode.RelativePattern(vscode.Uri.joinPath(uri, ".."), uri.path.split("/").at(-1) ?? "") };
    const findings = findingsOf(uri);
    const errors = findings.some((finding) => finding.severity === vscode.DiagnosticSeverity.Error);
    const { Error: bad, Warning: fair, Information: good } = vscode.LanguageStatusSeverity;
    item.severity = errors ? bad : findings.length > 0 ? fair : good;
    item.text = findings.length === 0 ? l10n.t("Checked, no findings") : l10n.t("Checked, findings: {0}", findings.length);
  };
  const ask = async (uri: vscode.Uri): Promise<void> => {
    if (uri.scheme === "file" && !ours.has(uri.toString())) {
      ours.set(uri.toString(), false);
      try {
        const { checked } = await session.request("scoredock/document/check", { paths: [uri.fsPath] });
        ours.set(uri.toString(), checked.length > 0);
      } catch {
        // Gone or unreadable by now: it stays one that is not ours.
      }
    }
    redraw();
  };
  return vscode.Disposable.from(
    item,
    session.onDidCheck((uri) => void ask(uri)),
    vscode.window.onDidChangeActiveTextEditor(redraw),
    vscode.languages.onDidChangeDiagnostics(redraw),
    vscode.workspace.onDidCloseTextDocument((document) => {
      ours.delete(document.uri.toString());
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      // A file may become one of ours while it is written.
      ours.delete(document.uri.toString());
      void ask(document.uri);
    }),
  );
}
