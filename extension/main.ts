/** Composition root: builds the session, the state, the views and the commands, and connects them. */
import * as vscode from "vscode";
import * as l10n from "@vscode/l10n";

import type { App } from "./app";
import { registerCommands } from "./commands";
import { register } from "./commands/registerModel";
import { folderOf } from "./commands/target";
import { Details } from "./details";
import { Findings } from "./findings";
import { launch } from "./launch";
import { Live } from "./live";
import { Logs } from "./logs";
import { RequestPanels } from "./panels/request";
import type { Notice } from "./protocol";
import { Session } from "./session";
import { languageStatus, statusBar } from "./status";
import { tell, warn } from "./tell";
import { ModelDrop } from "./views/drop";
import { modelNodes } from "./views/modelNodes";
import { serviceNodes } from "./views/serviceNodes";
import { Tree } from "./views/tree";
import { workspaceNodes } from "./views/workspaceNodes";

/** Kept for `deactivate`, which the editor calls without arguments. */
let session: Session | undefined;

/** Open folders, the one that is worked in first. */
function folders(): string[] {
  const open = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri).filter((uri) => uri.scheme === "file");
  const worked = folderOf();
  return open.map((uri) => uri.fsPath).sort((one, other) => Number(other === worked) - Number(one === worked));
}

function context(key: string, value: unknown): void {
  void vscode.commands.executeCommand("setContext", `scoredock.${key}`, value);
}

/** Context keys that the manifest's `when` clauses read. */
function contextKeys(of: Session, live: Live): vscode.Disposable {
  context("server", of.currentStatus);
  return vscode.Disposable.from(
    of.onDidChangeStatus((status) => {
      context("server", status);
      if (status === "failed") {
        context("running", false);
      }
    }),
    live.onDidChange((state) => {
      context("running", state.loaded && of.currentStatus !== "failed");
      context("hasModels", state.models.length > 0);
      context("problem", state.problem !== "");
    }),
  );
}

/** Lists anew when other folders are open, or the person goes on working in another one. */
function followFolders(live: Live): vscode.Disposable {
  let known = folders().join("\n");
  const look = (): void => {
    const now = folders().join("\n");
    if (now !== known) {
      known = now;
      void live.refresh();
    }
  };
  return vscode.Disposable.from(vscode.workspace.onDidChangeWorkspaceFolders(look), vscode.window.onDidChangeActiveTextEditor(look));
}

function tellNotices(notices: readonly Notice[]): void {
  for (const notice of notices) {
    warn(notice.message, [{ title: vscode.l10n.t("Open Log"), act: () => vscode.commands.executeCommand("scoredock.openLog", notice.service) }]);
  }
}

function views(live: Live, built: () => App): { services: App["services"]; all: vscode.Disposable } {
  const workspaces = new Tree(live, workspaceNodes, (state) => [state.workspaces, state.offers]);
  const models = new Tree(
    live,
    (state) => modelNodes(state, Date.now() / 1000),
    (state) => [state.models],
  );
  const services = new Tree(live, serviceNodes, (state) => [state.services]);
  const drop = new ModelDrop((paths, name) => {
    register(built(), paths, name).catch(tell);
  });
  const servicesView = vscode.window.createTreeView("scoredock.services", { treeDataProvider: services, showCollapseAll: true });
  const all = vscode.Disposable.from(
    ...[workspaces, models, services, servicesView],
    vscode.window.createTreeView("scoredock.workspaces", { treeDataProvider: workspaces }),
    vscode.window.createTreeView("scoredock.models", { treeDataProvider: models, dragAndDropController: drop, canSelectMany: true, showCollapseAll: true }),
  );
  return { services: servicesView, all };
}

export function activate(extension: vscode.ExtensionContext): void {
  l10n.config({ contents: vscode.l10n.bundle ?? {} });
  const log = vscode.window.createOutputChannel("Scoredock", { log: true });
  const version = (extension.extension.packageJSON as { version: string }).version;
  const made = new Session(() => launch(extension, log), version, log, tell);
  session = made;
  const live = new Live(made, log, folders);
  const logs = new Logs(made, live, extension, log);
  const requests = new RequestPanels(made, live, extension.extensionUri);
  const details = new Details();
  const findings = new Findings();
  const shown = views(live, () => app);
  const app: App = { context: extension, session: made, live, logs, requests, details, findings, log, services: shown.services };
  extension.subscriptions.push(
    ...[log, made, live, logs, requests, details, findings, shown.all],
    registerCommands(app),
    contextKeys(made, live),
    followFolders(live),
    statusBar(live, made),
    languageStatus(made),
    live.onNotices(tellNotices),
    live.onFailure((error) => {
      tell(error, [{ title: vscode.l10n.t("Try Again"), act: () => live.refresh() }]);
    }),
  );
  // Not awaited: the editor must not wait for a server that may have to be installed first.
  void made.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}
