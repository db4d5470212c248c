/** Requests of `.http` files: sent through the panel of the service that they are for. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { forgetVariables } from "../../editor/requestVariables";
import { chooseEnvironment } from "../../panels/environments";
import { readRequest, requestFiles } from "../../panels/requestFiles";
import type { Service } from "../../protocol";
import { serviceOf, hasFlag } from "../interaction/target";

const { l10n } = vscode;

/** The request at a line of a file, by the lens above it: opens the panel with it, and sends it. */
export async function sendFileRequest(app: App, file: unknown, line: unknown): Promise<void> {
  if (typeof file !== "string") {
    return;
  }
  const { services } = await app.session.request("scoredock/request/list", { path: file });
  const fits = (each: Service): boolean => services.includes(each.name) && hasFlag("answering")(each);
  const fitting = app.live.state.services.filter(fits);
  const service = fitting.length === 1 ? fitting[0] : await serviceOf(app, undefined, l10n.t("Send to"), fits);
  if (service !== undefined) {
    const place = { path: file, line: Number(line) };
    app.requests.open(service, await readRequest(app.session, app.requests.environment, service, place), true);
  }
}

/** The environment whose variables count, for the panels and the Testing view. */
export async function chooseRequestEnvironment(app: App): Promise<void> {
  const inFront = vscode.window.activeTextEditor?.document.uri;
  const near = inFront?.scheme === "file" ? inFront : (await requestFiles())[0];
  const folder = app.folders()[0];
  const path = near?.fsPath ?? (folder === undefined ? "" : `${folder}/requests.http`);
  await chooseEnvironment(app.session, app.requests.environment, path);
}

export async function forgetAllowedVariables(app: App): Promise<void> {
  await forgetVariables(app.requests.environment);
}
