/** Endpoints as a whole: shown, started, stopped, deleted. */
import * as vscode from "vscode";

import { confirm, showInformation } from "../../editor/notifications";
import { requestInView, longRequest } from "../interaction/progress";
import { subjectOf, nameOf } from "../interaction/target";
import { onEndpoint } from "./endpointTarget";

const { l10n } = vscode;

export const showEndpoint = onEndpoint(l10n.t("Show Details"), "endpoint", (app, endpoint, argument) => {
  app.pages.open({ kind: "endpoint", ...nameOf(endpoint) }, subjectOf(argument) !== undefined);
});

export const copyEndpointUri = onEndpoint(l10n.t("Copy Scoring URI"), "routing", (_, endpoint) =>
  vscode.env.clipboard.writeText(endpoint.scoringUri),
);

export const startEndpoint = onEndpoint(l10n.t("Start Endpoint"), "halted", async (app, endpoint) => {
  const started = await requestInView(app, "services", "scoredock/endpoint/start", nameOf(endpoint));
  for (const change of started.changes) {
    showInformation(change);
  }
});

export const stopEndpoint = onEndpoint(l10n.t("Stop Endpoint"), "routing", (app, endpoint) =>
  longRequest(app, l10n.t("Stopping {0}", endpoint.name), "scoredock/endpoint/stop", nameOf(endpoint)),
);

export const deleteEndpoint = onEndpoint(l10n.t("Delete Endpoint"), "endpoint", async (app, endpoint) => {
  const { name } = endpoint;
  const detail = l10n.t("Nobody responds at its address any more. The services of its versions are kept.");
  if (await confirm(l10n.t("Delete the endpoint {0}?", name), detail, l10n.t("Delete"))) {
    await longRequest(app, l10n.t("Deleting {0}", name), "scoredock/endpoint/delete", nameOf(endpoint));
  }
});
