/**
 * A change of an endpoint as a person makes it: asked of the server as a preview first, whose lines are shown before it
 * happens; if somebody else changes the endpoint in between, the server refuses it.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation } from "../../editor/notifications";
import type { EndpointDetails, Requests } from "../../protocol";
import { requestInView } from "../interaction/progress";

const { l10n } = vscode;

type ChangingMethod =
  | "scoredock/endpoint/traffic"
  | "scoredock/endpoint/mirror"
  | "scoredock/endpoint/limits"
  | "scoredock/endpoint/promote"
  | "scoredock/endpoint/withdraw"
  | "scoredock/endpoint/removeVersion";

interface Change<M extends ChangingMethod> {
  readonly method: M;
  readonly params: Requests[M]["params"];
  readonly question: string;
  readonly yes: string;
}

export async function changeShown<M extends ChangingMethod>(
  app: App,
  { method, params, question, yes }: Change<M>,
): Promise<void> {
  const preview: EndpointDetails = await app.session.request(method, { ...params, preview: true });
  if (preview.changes.length === 0) {
    showInformation(l10n.t("Nothing changes: the traffic of {0} is so already.", preview.name));
  } else if (await confirm(question, preview.changes, yes)) {
    await requestInView(app, "services", method, { ...params, preview: false, expected: preview.stamp });
  }
}
