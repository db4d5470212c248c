/** How services become versions: of an endpoint that is there, or of a new one. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation } from "../../editor/notifications";
import type { EndpointDetails, Service } from "../../protocol";
import { sharesText } from "../../text/endpointText";
import { stateText } from "../../text/serviceState";
import { requestInView } from "../interaction/progress";
import { iconOf } from "../interaction/target";
import { runWizard, fieldStep } from "../interaction/wizard";
import { onEndpoint } from "./endpointTarget";
import { onService } from "../interaction/onThing";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Characters that a name may have. */
const LONGEST_NAME = 32;

interface Names {
  readonly name: string;
  readonly version: string;
}

/** From a service, which becomes the first and default version. */
async function createEndpoint(app: App, service: Service): Promise<void> {
  const start = { name: `${service.name}-endpoint`.slice(0, LONGEST_NAME), version: "blue" };
  const names = await runWizard<Names>(
    {
      title: l10n.t("Create Endpoint from {0}", service.name),
      finish: l10n.t("Create Endpoint"),
      steps: [
        fieldStep("name", l10n.t("Name of the endpoint, which gets a port of its own")),
        fieldStep("version", l10n.t("Name of its first version, which is {0} and gets all requests", service.name)),
      ],
    },
    start,
  );
  if (names === undefined) {
    return;
  }
  const { workspaceId } = service;
  await requestInView(app, "services", "scoredock/endpoint/create", { ...names, service: service.name, workspaceId });
  app.pages.open({ kind: "endpoint", name: names.name, workspaceId });
}

/** A service becomes a version, and gets no requests yet. */
async function addVersion(app: App, endpoint: EndpointDetails, service: string): Promise<void> {
  const version = await showInputBox({
    title: l10n.t("Add {0} to {1}", service, endpoint.name),
    prompt: l10n.t("Name of the version; it gets no requests yet"),
    value: endpoint.versions.some(({ name }) => name === "green") ? service : "green",
    ignoreFocusOut: true,
  });
  if (version !== undefined) {
    const { name, workspaceId } = endpoint;
    await requestInView(app, "services", "scoredock/endpoint/setVersion", { name, version, service, workspaceId });
    app.pages.open({ kind: "endpoint", name, workspaceId });
  }
}

/** From an endpoint: the service is picked. */
export const addEndpointVersion = onEndpoint(l10n.t("Add Version"), "endpoint", async (app, endpoint) => {
  const used = new Set(endpoint.versions.map(({ service }) => service));
  const items = app.live.state.services
    .filter((service) => !used.has(service.name) && service.compute === endpoint.compute)
    .map((service) => ({ label: service.name, description: stateText(service), iconPath: iconOf(service) }));
  if (items.length === 0) {
    showInformation(l10n.t("Every service is a version of {0} already. Deploy another one first.", endpoint.name));
    return;
  }
  const title = l10n.t("Add Version to {0}", endpoint.name);
  const placeHolder = l10n.t("The service that becomes a version; it gets no requests yet");
  const service = (await showQuickPick(items, { title, placeHolder }))?.label;
  if (service !== undefined) {
    await addVersion(app, endpoint, service);
  }
});

/** From a service: the endpoint is picked, or made where there is none. */
export const addToEndpoint = onService(
  { title: l10n.t("Add to Endpoint"), flag: "addressed" },
  async (app, service) => {
    const open = app.live.state.endpoints.filter(
      ({ versions, compute }) => compute === service.compute && versions.every((one) => one.service !== service.name),
    );
    if (open.length === 0) {
      await createEndpoint(app, service);
      return;
    }
    const all = l10n.t("{0} gets all its requests", service.name);
    const items = [
      ...open.map((endpoint) => ({ label: endpoint.name, description: sharesText(endpoint), endpoint })),
      { label: l10n.t("New Endpoint…"), description: all, endpoint: null },
    ];
    const title = l10n.t("Add {0} to Endpoint", service.name);
    const placeHolder = l10n.t("An endpoint divides requests between several services");
    const picked = await showQuickPick(items, { title, placeHolder });
    if (picked !== undefined) {
      const { endpoint } = picked;
      await (endpoint === null ? createEndpoint(app, service) : addVersion(app, endpoint, service.name));
    }
  },
);
