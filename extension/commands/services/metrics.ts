/** The page with what a service has recorded of its requests and of what it uses. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { serviceOf } from "../interaction/target";

const { l10n } = vscode;

/** Of a row or name; `others` are names of services that are shown beside it, such as the versions of an endpoint. */
export async function showMetrics(app: App, argument: unknown, others: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Show Metrics"));
  if (service !== undefined) {
    const more = Array.isArray(others) ? others.filter((name) => typeof name === "string") : [];
    app.metrics.open([service.name, ...more], service.workspaceId);
  }
}
