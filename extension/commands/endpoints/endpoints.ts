/** Endpoints as a whole: shown, started, stopped, deleted. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation } from "../../editor/notifications";
import { requestInView, longRequest } from "../interaction/progress";
import { subjectOf } from "../interaction/target";
import { endpointOf } from "./endpointTarget";

const { l10n } = vscode;

export async function showEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Show Details"));
  if (endpoint !== undefined) {
    const { name, workspaceId } = endpoint;
    app.pages.open({ kind: "endpoint", name, workspaceId }, subjectOf(argument) !== undefined);
  }
}

export async function copyEndpointUri(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Copy Scoring URI"), "routing");
  if (endpoint !== undefined) {
    await vscode.env.clipboard.writeText(endpoint.scoringUri);
  }
}

export async function startEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Start Endpoint"), "halted");
  if (endpoint !== undefined) {
    const { name, workspaceId } = endpoint;
    const started = await requestInView(app, "services", "scoredock/endpoint/start", { name, workspaceId });
    for (const change of started.changes) {
      showInformation(change);
    }
  }
}

export async function stopEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Stop Endpoint"), "routing");
  if (endpoint !== undefined) {
    const { name, workspaceId } = endpoint;
    const title = l10n.t("Stopping {0}", name);
    await longRequest(app, title, "scoredock/endpoint/stop", { name, workspaceId });
  }
}

export async function deleteEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Delete Endpoint"));
  if (endpoint === undefined) {
    return;
  }
  const { name, workspaceId } = endpoint;
  const detail = l10n.t("Nobody responds at its address any more. The services of its versions are kept.");
  if (await confirm(l10n.t("Delete the endpoint {0}?", name), detail, l10n.t("Delete"))) {
    const title = l10n.t("Deleting {0}", name);
    await longRequest(app, title, "scoredock/endpoint/delete", { name, workspaceId });
  }
}
