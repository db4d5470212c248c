/** The page with what a service has recorded of its requests and of what it uses. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { EndpointArgument } from "../../pages/endpointContent";
import { serviceOf, subjectOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

/** Of the endpoint that a page or a row names; its versions are shown with it. */
function endpointOf(argument: unknown): string | undefined {
  const subject = subjectOf(argument);
  if (subject?.kind === "endpoint") {
    return subject.endpoint.name;
  }
  const named = argument as Partial<EndpointArgument> | null | undefined;
  return typeof named?.endpoint === "string" ? named.endpoint : undefined;
}

/** Of a row or name; `others` are names of services that are shown beside it. */
export async function showMetrics(app: App, argument: unknown, others: unknown): Promise<void> {
  const endpoint = endpointOf(argument);
  if (endpoint !== undefined) {
    app.metrics.open([endpoint], workspaceId(app));
    return;
  }
  const service = await serviceOf(app, argument, l10n.t("Show Metrics"));
  if (service !== undefined) {
    const more = Array.isArray(others) ? others.filter((name) => typeof name === "string") : [];
    app.metrics.open([service.name, ...more], service.workspaceId);
  }
}
