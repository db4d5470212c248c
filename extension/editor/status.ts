/** The status bar item of the window and the language status of a checked file. */
import * as vscode from "vscode";

import { statusOf } from "../text/checkSummary";
import type { Live } from "../state/live";
import type { DocumentChecked, EndpointDetails } from "../protocol";
import type { Session } from "../session/session";
import { plain } from "../text/markdown";
import { takeovers } from "../text/endpointText";
import { byNeed, statusText, stateText } from "../text/serviceState";
import { activeWorkspace, failingEndpoints, failingServices, reloadedServices } from "../state/state";
import { withText } from "../text/joinWords";
import { createStatusBarItem, setStatusBarMessage } from "../window";
import { inRow } from "../text/visible";

const { l10n } = vscode;

/** Services that the tooltip of the status bar names. */
const NAMED = 12;

/** Matches no file. */
const NOWHERE: vscode.DocumentSelector = { scheme: "scoredock-none" };

const MOVE = "scoredock.moveToWorkspace";

/** The text and what the tooltip adds, without icons. */
function spoken(text: string, tooltip: readonly string[]): string {
  return [text.replace(/\$\([^)]*\) ?/g, ""), ...tooltip].join("\n");
}

/** Lines of plain text; `left` with the button that moves what it names. */
function tooltipOf(lines: readonly string[], left: string): string | vscode.MarkdownString {
  if (left === "") {
    return lines.join("\n");
  }
  const card = new vscode.MarkdownString();
  card.isTrusted = { enabledCommands: [MOVE] };
  for (const line of lines) {
    // Not by appendText: blanks that never break a line break it in the middle of a word.
    card.appendMarkdown(plain(line));
    card.appendMarkdown(line === left ? `\n\n[${l10n.t("Move Here…")}](command:${MOVE})\n\n` : "  \n");
  }
  return card;
}

function endpointLine(endpoint: EndpointDetails): string {
  return [l10n.t("{0}: {1}", endpoint.name, stateText(endpoint)), ...takeovers(endpoint)].join("; ");
}

function show(item: vscode.StatusBarItem, live: Live, session: Session): void {
  const workspace = activeWorkspace(live.state);
  let lines: readonly string[];
  if (session.currentStatus === "failed") {
    item.text = `$(error) ${l10n.t("Scoredock")}`;
    lines = [l10n.t("The Scoredock server is not running. Select to restart it.")];
    item.command = "scoredock.restartServer";
  } else if (live.state.problem !== "") {
    item.text = `$(error) ${l10n.t("Scoredock")}`;
    lines = [l10n.t("{0} Select to try again.", live.state.problem)];
    item.command = "scoredock.refresh";
  } else if (workspace === undefined || !live.state.loaded) {
    item.text = `$(loading~spin) ${l10n.t("Scoredock")}`;
    lines = [l10n.t("The Scoredock server is starting.")];
    item.command = "scoredock.showLog";
  } else {
    const { services, workspaces, endpoints } = live.state;
    const failing = failingServices(live.state);
    const name = workspaces.length > 1 ? workspace.name : "";
    item.text = statusText(name, services.length, failing.length, failingEndpoints(live.state).length);
    lines = withText([
      workspace.reason === "" ? l10n.t("Scoredock workspace {0}", workspace.name) : workspace.reason,
      workspace.left,
      ...[...services]
        .sort(byNeed)
        .slice(0, NAMED)
        .map((service) => `${service.name}: ${stateText(service)}`),
      ...endpoints.map((endpoint) => endpointLine(endpoint)).sort(),
      services.length > NAMED ? l10n.t("and {0} more", services.length - NAMED) : "",
      l10n.t("Select to show services."),
    ]);
    item.command = "scoredock.showServices";
  }
  item.tooltip = tooltipOf(lines, workspace?.left ?? "");
  item.accessibilityInformation = { label: spoken(item.text, lines), role: "button" };
  item.show();
}

/** The services of the active workspace and how many of them fail. */
export function statusBar(live: Live, session: Session): vscode.Disposable {
  const item = createStatusBarItem("scoredock.workspace", vscode.StatusBarAlignment.Left, 10);
  item.name = l10n.t("Scoredock Services");
  const redraw = (): void => show(item, live, session);
  redraw();
  return vscode.Disposable.from(item, live.onDidChange(redraw), session.onDidChangeStatus(redraw));
}

const MESSAGE_MILLISECONDS = 5000;

/** Says for a moment in the status bar that a service serves the newest files, or does not. */
export function reloadMessages(live: Live): vscode.Disposable {
  let before = live.state;
  return live.onDidChange((state) => {
    for (const service of before.loaded ? reloadedServices(before, state) : []) {
      const refused = service.failure?.during === "reload";
      const text = refused ? l10n.t("{0}: reload refused", service.name) : l10n.t("{0} reloaded", service.name);
      setStatusBarMessage(text, MESSAGE_MILLISECONDS, refused ? "error" : "check");
    }
    before = state;
  });
}

/** Tells the menus which files they are for. */
function setPaths(key: string, files: readonly DocumentChecked[]): void {
  const uris = files.map(({ uri }) => vscode.Uri.parse(uri));
  void vscode.commands.executeCommand("setContext", key, [
    ...new Set(uris.flatMap(({ fsPath, path }) => [fsPath, path])),
  ]);
}

/** The file in front: of a cell its notebook. */
function inFront(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "vscode-notebook-cell" ? vscode.window.activeNotebookEditor?.notebook.uri : uri;
}

/** Says of a file of ours what was found in it, and what the checks knew. */
export function languageStatus(session: Session): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("scoredock.file", NOWHERE);
  item.name = l10n.t("Scoredock");
  const problems = { title: l10n.t("Show Problems"), command: "workbench.actions.view.problems" };
  const settings = {
    title: l10n.t("Open Setting"),
    command: "workbench.action.openSettings",
    arguments: ["scoredock.check.enable"],
  };
  const { Error: error, Warning: warning, Information: information } = vscode.LanguageStatusSeverity;
  const severities = { error, warning, information };
  /** Of open files of ours: what the last check said. */
  const checked = new Map<string, DocumentChecked>();
  const redraw = (): void => {
    const uri = inFront();
    const known = uri === undefined ? undefined : checked.get(uri.toString());
    void vscode.commands.executeCommand("setContext", "scoredock.sdkInFront", known?.sdk === true);
    if (uri === undefined || known === undefined) {
      item.selector = NOWHERE;
      return;
    }
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, ".."), uri.path.split("/").at(-1) ?? "");
    item.selector = [uri.scheme, "vscode-notebook-cell"].map((scheme) => ({ scheme, pattern }));
    const { text, detail, severity } = statusOf(known);
    item.text = inRow(text);
    item.detail = inRow(detail);
    item.severity = severities[severity];
    item.command = known.state === "off" ? settings : problems;
    item.accessibilityInformation = { label: inRow(`${text}. ${detail}`) };
  };
  /** For the menus of open files. */
  const scripts = (): void => {
    const all = [...checked.values()];
    setPaths(
      "scoredock.entryScripts",
      all.filter(({ kind }) => kind === "entry-script"),
    );
    setPaths(
      "scoredock.sdkScripts",
      all.filter(({ sdk }) => sdk),
    );
  };
  session.on("scoredock/document/checked", (document) => {
    const key = vscode.Uri.parse(document.uri).toString();
    if (document.kind === "") {
      checked.delete(key);
    } else {
      checked.set(key, document);
    }
    scripts();
    redraw();
  });
  const forget = ({ uri }: { readonly uri: vscode.Uri }): void => {
    if (checked.delete(uri.toString())) {
      scripts();
    }
  };
  return vscode.Disposable.from(
    item,
    vscode.window.onDidChangeActiveTextEditor(redraw),
    vscode.window.onDidChangeActiveNotebookEditor(redraw),
    vscode.workspace.onDidCloseTextDocument(forget),
    vscode.workspace.onDidCloseNotebookDocument(forget),
    session.onDidChangeStatus((status) => {
      if (status !== "running") {
        checked.clear();
        scripts();
        redraw();
      }
    }),
  );
}
