/** Verbs of a service: stop, start, restart, delete, look at, copy, call. */
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";

import type { App } from "../../app";
import { failureOf } from "../../text/errors";
import { fullLog } from "../../logs/fullLog";
import { filesIn, withFiles } from "../../logs/tracebacks";
import type { Service, ServiceReload } from "../../protocol";
import { confirm, showInformation, showFailure } from "../../editor/notifications";
import type { ApiExample } from "../../pages/descriptionContent";
import { endpointOf, refOf } from "../endpoints/endpointTarget";
import { longRequest, requestInView } from "../interaction/progress";
import { saveService } from "../interaction/saving";
import { serviceOf, subjectOf, nameOf, hasFlag } from "../interaction/target";
import { onService } from "../interaction/onThing";

const { l10n } = vscode;

/** Milliseconds that a reload under way is waited for, and between two attempts. */
const RELOAD_TIMEOUT = 30_000;
const PAUSE = 100;

async function requestDelete(app: App, service: Service, force: boolean): Promise<void> {
  await requestInView(app, "services", "scoredock/service/delete", { ...nameOf(service), force });
}

export const stopService = onService({ title: l10n.t("Stop"), flag: "stoppable", changes: true }, (app, service) =>
  longRequest(app, l10n.t("Stopping {0}", service.name), "scoredock/service/stop", nameOf(service)),
);

/** While another stop waits for requests. */
export const stopServiceNow = onService(
  { title: l10n.t("Stop Now"), flag: "stopping", changes: true },
  (app, service) => requestInView(app, "services", "scoredock/service/stop", { ...nameOf(service), now: true }),
);

// Both wait for init(), which may take long: their progress can be cancelled.
export const startService = onService(
  { title: l10n.t("Start"), flag: "startable", changes: true, runs: true },
  (app, service) => longRequest(app, l10n.t("Starting {0}", service.name), "scoredock/service/start", nameOf(service)),
);

export const restartService = onService(
  { title: l10n.t("Restart"), flag: "restartable", changes: true, runs: true },
  (app, service) =>
    longRequest(app, l10n.t("Restarting {0}", service.name), "scoredock/service/restart", nameOf(service)),
);

/** Saving may have begun a reload by itself, which is waited for: what was asked for is tried in any case. */
async function reload(app: App, service: Service): Promise<ServiceReload> {
  const deadline = Date.now() + RELOAD_TIMEOUT;
  const params = { ...nameOf(service), force: true };
  for (;;) {
    try {
      return await longRequest(app, l10n.t("Reloading {0}", service.name), "scoredock/service/reload", params);
    } catch (error) {
      const { code, details } = failureOf(error);
      if (code !== "service-busy" || details["verb"] !== "reload" || Date.now() > deadline) {
        throw error;
      }
    }
    await delay(PAUSE);
  }
}

/** Takes the files as they are now, where that does not happen on a save or was refused before. */
export const reloadService = onService(
  { title: l10n.t("Reload"), flag: "restartable", changes: true, runs: true },
  async (app, service) => {
    await saveService(app, service.name);
    const { notes } = await reload(app, service);
    // That it was reloaded says the status bar.
    if (notes.length > 0) {
      showInformation(notes.join(" "));
    }
  },
);

export const deleteService = onService({ title: l10n.t("Delete Service") }, async (app, service) => {
  const detail = l10n.t("It is stopped, and its log and revisions are deleted. Registered models are kept.");
  if (await confirm(l10n.t("Delete the service {0}?", service.name), detail, l10n.t("Delete"))) {
    try {
      await requestDelete(app, service, false);
    } catch (error) {
      if (failureOf(error).code !== "docker-unavailable") {
        throw error;
      }
      await deleteWithoutDocker(app, service, failureOf(error).sentence);
    }
  }
});

/** Somebody who has removed Docker must be able to get rid of its services. */
async function deleteWithoutDocker(app: App, service: Service, why: string): Promise<void> {
  const question = l10n.t("{0} cannot be deleted from Docker.", service.name);
  const later = l10n.t(
    "Delete it without Docker? What is left of it in Docker is removed when Scoredock uses Docker again.",
  );
  if (await confirm(question, [why, "", later], l10n.t("Delete Without Docker"))) {
    await requestDelete(app, service, true);
  }
}

export async function stopAllServices(app: App): Promise<void> {
  const { names } = await longRequest(app, l10n.t("Stopping all services"), "scoredock/service/stopAll", { all: true });
  showInformation(names.length === 0 ? l10n.t("No service was running.") : l10n.t("Stopped {0}.", names.join(", ")));
}

/** What ran when the machine or Docker was restarted. */
export async function startAllServices(app: App): Promise<void> {
  const { names } = await longRequest(app, l10n.t("Starting services"), "scoredock/service/startAll", {});
  showInformation(
    names.length === 0 ? l10n.t("No service was stopped by a restart.") : l10n.t("Started {0}.", names.join(", ")),
  );
}

export const showService = onService({ title: l10n.t("Show Details") }, (app, service, argument) => {
  app.pages.open({ kind: "service", ...nameOf(service) }, subjectOf(argument) !== undefined);
});

export const openLog = onService({ title: l10n.t("Open Log") }, (app, service) => app.logs.show(service));

/** The page of the log; a second argument is the id of a request, whose lines alone are shown. */
export const openLogPage = onService({ title: l10n.t("Open Log Page") }, (app, service, _, requestId) => {
  app.logPages.open(service.name, service.workspaceId, typeof requestId === "string" ? requestId : "");
});

export const openFullLog = onService({ title: l10n.t("Open Full Log") }, async (app, service) => {
  if (service.logFile === "") {
    showFailure(new Error(l10n.t("{0} has not written a log yet.", service.name)));
    return;
  }
  await app.details.showLog(service.name, await withOwnFiles(app, service, await fullLog(service.logFile)));
});

/** The log with the person's own files in its tracebacks, where the service ran copies of them. */
async function withOwnFiles(app: App, { name, workspaceId }: Service, text: string): Promise<string> {
  const files = [...filesIn(text)];
  if (files.length === 0) {
    return text;
  }
  const own = await app.session.request("scoredock/service/places", { name, files, workspaceId });
  return withFiles(text, new Map(files.map((file, index) => [file, own.files[index] ?? file])));
}

/** To an endpoint, with the sample and the key of its default version. */
async function sendToEndpoint(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Send Request"), "routing");
  if (endpoint === undefined) {
    return;
  }
  const there = endpoint.versions.filter(({ state }) => state !== "Missing");
  const version = there.find(({ isDefault }) => isDefault) ?? there[0];
  if (version === undefined) {
    showFailure(new Error(l10n.t("The services of all versions of {0} were deleted.", endpoint.name)));
    return;
  }
  app.requests.open({ name: version.service, workspaceId: endpoint.workspaceId, endpoint: endpoint.name });
}

/** Opens the request panel; a page names the example that it is filled with. */
export async function sendRequest(app: App, argument: unknown, example: unknown): Promise<void> {
  if (refOf(argument) !== undefined) {
    await sendToEndpoint(app, argument);
    return;
  }
  const service = await serviceOf(app, argument, l10n.t("Send Request"), hasFlag("answering"));
  if (service !== undefined) {
    app.requests.open(
      service,
      isExample(example) ? { ...example, reason: l10n.t("The example of the API.") } : undefined,
    );
  }
}

function isExample(value: unknown): value is ApiExample {
  return typeof value === "object" && value !== null && "body" in value && "contentType" in value;
}

export const copyServiceName = onService({ title: l10n.t("Copy Name") }, (_, service) =>
  vscode.env.clipboard.writeText(service.name),
);

export const copyScoringUri = onService({ title: l10n.t("Copy Scoring URI"), flag: "addressed" }, (_, service) =>
  vscode.env.clipboard.writeText(service.scoringUri),
);

/** The service's own description as a page, or as it is in a browser. */
export const openSwagger = onService(
  { title: l10n.t("Open Swagger"), flag: "answering" },
  async (app, service, _, where) => {
    if (where !== "browser") {
      app.pages.open({ kind: "description", ...nameOf(service) });
    } else if (service.swaggerUri !== "") {
      // The service may run on another machine than the window.
      await vscode.env.openExternal(await vscode.env.asExternalUri(vscode.Uri.parse(service.swaggerUri, true)));
    }
  },
);
