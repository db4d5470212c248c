/** Requests of `.http` files: sent through the panel of the service that they are for. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { readRequest } from "../../panels/requestFiles";
import { serviceOf } from "../interaction/target";
import { hasFlag } from "./services";

const { l10n } = vscode;

/** The request at a line of a file, by the lens above it: opens the panel with it, and sends it. */
export async function sendFileRequest(app: App, file: unknown, line: unknown): Promise<void> {
  if (typeof file !== "string") {
    return;
  }
  const { services } = await app.session.request("scoredock/request/list", { path: file });
  const answering = hasFlag("answering");
  const service = await serviceOf(
    app,
    undefined,
    l10n.t("Send to"),
    (each) => services.includes(each.name) && answering(each),
  );
  if (service !== undefined) {
    const place = { path: file, line: Number(line) };
    app.requests.open(service, await readRequest(app.session, service, place), true);
  }
}
