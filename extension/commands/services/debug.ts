/** Debugs a service: the editor listens, a new revision connects to it and waits there before its script runs. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import { isStillDebugged } from "../../debug/debugSession";
import { freePort, hasDebugger, listen, restartedSession, saveDocument, saveMapped } from "../../debug/listening";
import { failureOf } from "../../text/errors";
import type { Service } from "../../protocol";
import { baseName } from "../../text/format";
import { requireTrust, showFailure } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { debugBatchScript } from "../batch/debugBatch";
import { deployPath } from "./deploy";
import { showBlockingErrors } from "./blockedDeployment";
import { pathsOf, serviceOf, serviceToChange, nameOf } from "../interaction/target";

const { l10n } = vscode;

/** The service is served without the debugger again, unless the person saw to that in the meantime. */
async function restoreService(app: App, debugged: Service, port: number, skipChecks: boolean): Promise<void> {
  const next = await restartedSession(port);
  if (next !== undefined) {
    await connect(app, debugged, port, next, skipChecks);
    return;
  }
  try {
    if (isStillDebugged(debugged, await app.session.request("scoredock/service/show", nameOf(debugged)))) {
      const title = l10n.t("Restarting {0} without the debugger", debugged.name);
      await longRequest(app, title, "scoredock/service/restart", nameOf(debugged));
    }
  } catch (error) {
    // Then somebody changes it right now, or has deleted it.
    if (!["service-busy", "service-not-found"].includes(failureOf(error).code)) {
      throw error;
    }
  }
}

/** Connects the service to the session; whichever ends first ends the other. */
async function connect(
  app: App,
  service: Service,
  port: number,
  session: vscode.DebugSession,
  skipChecks: boolean,
): Promise<void> {
  const cancel = new vscode.CancellationTokenSource();
  let debugged: Service | undefined;
  const ended = vscode.debug.onDidTerminateDebugSession(({ id }) => {
    if (id === session.id) {
      ended.dispose();
      cancel.cancel();
      if (debugged !== undefined) {
        restoreService(app, debugged, port, skipChecks).catch(showFailure);
      }
    }
  });
  try {
    const title = l10n.t("Starting {0} with the debugger", service.name);
    const params = { ...nameOf(service), port, skipChecks };
    const { token: other } = cancel;
    debugged = (await longRequest(app, title, "scoredock/service/debug", params, { other })).service;
  } catch (error) {
    ended.dispose();
    await vscode.debug.stopDebugging(session);
    if (
      skipChecks ||
      !(await showBlockingErrors(app, error, service.name, {
        repaired: l10n.t("Fix and Debug"),
        proposed: l10n.t("Apply Quick Fixes and Debug"),
        anyway: l10n.t("Debug Anyway"),
        deployment: { models: service.models },
        takesNewFile: false,
        again: () => listenAndConnect(app, service, false),
        skipChecks: () => listenAndConnect(app, service, true),
      }))
    ) {
      throw error;
    }
  }
}

/** The file that the command was run on; none for the row or the name of a service. */
function fileOf(first: unknown, all: unknown): string | undefined {
  return first instanceof vscode.Uri || (typeof first === "string" && path.isAbsolute(first))
    ? pathsOf(first, all)[0]
    : undefined;
}

/** The service that the command was run on, or the one that a file was deployed as. */
async function chooseService(app: App, first: unknown, all: unknown): Promise<Service | undefined> {
  const file = fileOf(first, all);
  return file === undefined ? serviceToChange(app, first, l10n.t("Debug")) : serviceOfScript(app, file);
}

/** The service that a script was deployed as; a script that was not yet is deployed now, with the usual questions. */
async function serviceOfScript(app: App, file: string): Promise<Service | undefined> {
  const services = app.live.state.services.filter((service) => service.entryScript === file);
  if (services.length === 0) {
    await saveDocument(vscode.workspace.textDocuments.find((document) => document.uri.fsPath === file));
    return deployPath(app, { path: file }, l10n.t("Deploy {0} to Debug It", baseName(file)));
  }
  return services.length > 1
    ? serviceOf(app, undefined, l10n.t("Debug"), (service) => services.includes(service))
    : services[0];
}

/** F5: the service of a script, or its mini-batches; by default of the one in front. */
export async function debugScript(app: App, first: unknown, all: unknown): Promise<void> {
  const file = pathsOf(first, all)[0] ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  await debugService(app, file === undefined ? undefined : vscode.Uri.file(file), undefined);
}

export async function debugService(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  if (!hasDebugger()) {
    return;
  }
  const file = fileOf(first, all);
  const isNew = file !== undefined && !app.live.state.services.some(({ entryScript }) => entryScript === file);
  if (isNew && (await debugBatchScript(app, file))) {
    return;
  }
  const service = await chooseService(app, first, all);
  if (service !== undefined) {
    await listenAndConnect(app, service, false);
  }
}

async function listenAndConnect(app: App, service: Service, skipChecks: boolean): Promise<void> {
  const { pathMappings } = await app.session.request("scoredock/service/debugTarget", nameOf(service));
  await saveMapped(pathMappings);
  const port = await freePort();
  const session = await listen(service, port, pathMappings);
  if (session !== undefined) {
    await connect(app, service, port, session, skipChecks);
  }
}
