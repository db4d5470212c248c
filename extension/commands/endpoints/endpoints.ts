/** Endpoints as a whole: made, shown, started, stopped, deleted. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm } from "../../editor/notifications";
import { serviceFlags } from "../../views/serviceNodes";
import { requestInView } from "../interaction/progress";
import { serviceOf, subjectOf } from "../interaction/target";
import { runWizard } from "../interaction/wizard";
import { endpointOf } from "./endpointTarget";

const { l10n } = vscode;

/** Characters that a name may have. */
const LONGEST_NAME = 32;

interface Names {
  readonly name: string;
  readonly version: string;
}

/** From a service, which becomes the first and default version. */
export async function createEndpoint(app: App, argument: unknown): Promise<void> {
  const title = l10n.t("Create Endpoint");
  const service = await serviceOf(app, argument, title, (one) => serviceFlags(one).split(" ").includes("addressed"));
  if (service === undefined) {
    return;
  }
  const start = { name: `${service.name}-endpoint`.slice(0, LONGEST_NAME), version: "blue" };
  const names = await runWizard<Names>(
    {
      title: l10n.t("Create Endpoint from {0}", service.name),
      finish: title,
      steps: [
        {
          kind: "text",
          prompt: () => l10n.t("Name of the endpoint, which gets a port of its own"),
          value: ({ name }) => name,
          save: (names, name) => ({ ...names, name }),
        },
        {
          kind: "text",
          prompt: () => l10n.t("Name of its first version, which is {0} and gets all requests", service.name),
          value: ({ version }) => version,
          save: (names, version) => ({ ...names, version }),
        },
      ],
    },
    start,
  );
  if (names === undefined) {
    return;
  }
  const { workspaceId } = service;
  await requestInView("services", () =>
    app.session.request("scoredock/endpoint/create", { ...names, service: service.name, workspaceId }),
  );
  app.pages.open({ kind: "endpoint", name: names.name, workspaceId });
}

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
    await requestInView("services", () => app.session.request("scoredock/endpoint/start", { name, workspaceId }));
  }
}

export async function stopEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Stop Endpoint"), "routing");
  if (endpoint !== undefined) {
    const { name, workspaceId } = endpoint;
    await requestInView("services", () => app.session.request("scoredock/endpoint/stop", { name, workspaceId }));
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
    await requestInView("services", () => app.session.request("scoredock/endpoint/delete", { name, workspaceId }));
  }
}
