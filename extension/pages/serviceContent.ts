/** The page of a service: how it is, where it answers, what it is made of, and why it failed. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Frame, Service, ServiceFailure } from "../protocol";
import { engineKind } from "../text/engines";
import { baseName, clock } from "../text/format";
import { replicaLabel, replicaWord } from "../views/replicaNodes";
import { addressChange, requestNote, serviceFlags } from "../views/serviceNodes";
import {
  type Block,
  block,
  button,
  type Cell,
  chips,
  code,
  column,
  command,
  content,
  copyable,
  fields,
  fileLink,
  link,
  notice,
  type PageAction,
  type PageContent,
  pageLinks,
  type PageRef,
  paragraph,
  section,
  size,
  table,
  text,
  time,
  allowedFlags,
  withMain,
  pageLink,
  folderLink,
  STATE_TONES,
} from "./content";

/** The state, and each thing that is to know besides it. */
function states({ state, status }: Service): PageContent["states"] {
  const doubts = state === "Transitioning" ? "busy" : "warning";
  return status.words.map((words, index) => ({ text: words, tone: index === 0 ? STATE_TONES[state] : doubts }));
}

type Offer = readonly [flag: string, label: string, command: string];

/** What is offered only where the engine can do it. */
function able(service: Service, ability: string, offer: Offer): readonly Offer[] {
  return serviceFlags(service).split(" ").includes(`can-${ability}`) ? [offer] : [];
}

/** Those that the state allows, in order of use. */
function actions(service: Service): readonly PageAction[] {
  const offers = allowedFlags(serviceFlags(service), service.name, [
    ["answering", l10n.t("Send Request"), "sendRequest"],
    ["failed", l10n.t("Redeploy"), "deployAgain"],
    ["startable", l10n.t("Start"), "startService"],
    ["service", l10n.t("Open Log"), "openLog"],
    ["stoppable", l10n.t("Stop"), "stopService"],
    ["stopping", l10n.t("Stop Now"), "stopServiceNow"],
    ["restartable", l10n.t("Restart"), "restartService"],
    ...able(service, "reload", ["restartable", l10n.t("Reload Files"), "reloadService"]),
    ["service", l10n.t("Update Models…"), "updateService"],
    ["service", l10n.t("Metrics"), "showMetrics"],
    ["returnable", l10n.t("Roll Back"), "rollBackService"],
    ...able(service, "debug", ["service", l10n.t("Debug"), "debugService"]),
    ["answering", l10n.t("Profile…"), "profileService"],
    ["service", l10n.t("Package…"), "packageService"],
    ["addressed", l10n.t("Add to Endpoint…"), "addToEndpoint"],
  ]);
  return [
    ...withMain(offers, "sendRequest", "deployAgain", "startService"),
    command(l10n.t("Show Lineage"), "showLineage", `service:${service.name}`),
    command(l10n.t("Delete…"), "deleteService", service.name, "danger"),
  ];
}

function keys({ authentication, name }: Service): Cell {
  switch (authentication) {
    case "keys":
      return [...text(l10n.t("Callers must send a key")), ...button(l10n.t("Copy Key…"), "copyKey", name)];
    case "tokens":
      return [...text(l10n.t("Callers must send a token")), ...button(l10n.t("Copy Token"), "copyToken", name)];
    case "":
      return [];
  }
}

function address(service: Service): readonly Block[] {
  const { name, swaggerUri, networkHolder, addressNote } = service;
  const kept = l10n.t(
    "kept by the container {0}, which no longer serves and is removed when the service stops",
    networkHolder,
  );
  const swagger = { kind: "command", command: "scoredock.openSwagger", arguments: [name] } as const;
  return fields([
    [l10n.t("Scoring URI"), copyable(service.scoringUri)],
    [l10n.t("Address changed"), text(addressChange(service))],
    [l10n.t("From outside"), text(addressNote)],
    [l10n.t("Swagger"), link(swaggerUri === "" ? "" : baseName(swaggerUri), swagger, swaggerUri)],
    [l10n.t("Authentication"), keys(service)],
    [l10n.t("Network"), text(networkHolder === "" ? "" : kept)],
  ]);
}

function load({ memoryBytes, cpuPercent }: Service): Cell {
  return [...size(memoryBytes), ...text(cpuPercent === null ? "" : l10n.t("{0}% CPU", cpuPercent.toFixed(0)))];
}

function revision({ name, revision: now, revisions }: Service): Cell {
  const others = revisions.filter((one) => one !== now).sort((one, other) => other - one);
  if (others.length === 0) {
    return text(now === 0 ? "" : String(now));
  }
  const list = others.join(", ");
  return [
    ...(now === 0
      ? text(l10n.t("{0}, not active", list))
      : [...text(String(now)), ...text(l10n.t("before: {0}", list))]),
    ...button(l10n.t("Revisions"), "showRevisions", name),
  ];
}

/** Its name ends with the key of what was built. */
function environmentCell({ environment, workspaceId }: Service): Cell {
  const id = /\(([0-9a-f]{16})\)$/.exec(environment)?.[1];
  // In an image it has the key of the image's content, which is longer.
  return id === undefined
    ? text(environment.replace(/([0-9a-f]{16})[0-9a-f]+\)$/, "$1…)"))
    : pageLink(environment, { kind: "environment", id, workspaceId });
}

function contents(service: Service, now: number): readonly Block[] {
  const { workspaceId, entryScript, dataFolder, image } = service;
  const model = (id: string): PageRef => ({ kind: "model", id, workspaceId });
  return fields([
    [l10n.t("Description"), text(service.description)],
    [l10n.t("Models"), pageLinks(service.models, model)],
    [l10n.t("Entry script"), fileLink(entryScript, entryScript === "" ? "" : baseName(entryScript))],
    [l10n.t("Environment"), environmentCell(service)],
    [l10n.t("Image"), pageLinks(image === "" ? [] : [image], (id) => ({ kind: "image", id, workspaceId }))],
    [l10n.t("Engine"), text(engineKind(service.engine).title)],
    [l10n.t("Compute target"), text(service.compute)],
    [l10n.t("Namespace"), text(service.namespace)],
    [l10n.t("Revision"), revision(service)],
    [l10n.t("Code"), copyable(service.code)],
    [l10n.t("Memory"), load(service)],
    [l10n.t("Requests"), text(requestNote(service))],
    [l10n.t("Restarts"), text(service.restarts === 0 ? "" : String(service.restarts))],
    [l10n.t("Tags"), chips(service.tags)],
    [l10n.t("Created"), time(service.created, now)],
    [l10n.t("Updated"), time(service.updated, now)],
    [l10n.t("Reloaded"), time(service.reloaded, now)],
    [
      l10n.t("Log file"),
      link(
        service.logFile === "" ? "" : baseName(service.logFile),
        { kind: "command", command: "scoredock.openFullLog", arguments: [service.name] },
        l10n.t("Open {0} as text", service.logFile),
      ),
    ],
    [l10n.t("Collected data"), folderLink(dataFolder, dataFolder === "" ? "" : baseName(dataFolder))],
  ]);
}

/** Its pods, as the rows below the service have them, and why some of them do not take requests. */
function replicas(service: Service, now: number): readonly Block[] {
  const rows = service.replicas.map((replica) => [
    text(replicaLabel(service, replica)),
    text(replica.node),
    text(replicaWord(replica)),
    text(replica.revision === 0 ? "" : String(replica.revision)),
    size(replica.memoryBytes),
    text(replica.cpuPercent === null ? "" : `${replica.cpuPercent.toFixed(0)}%`),
    text(String(replica.restarts)),
    time(replica.started, now),
  ]);
  const columns = [
    column(l10n.t("Replica")),
    column(l10n.t("Node")),
    column(l10n.t("State")),
    column(l10n.t("Revision"), "figure"),
    column(l10n.t("Memory"), "figure"),
    column(l10n.t("CPU"), "extra"),
    column(l10n.t("Restarts"), "extra"),
    column(l10n.t("Created"), "extra"),
  ];
  const reasons = service.replicas.filter(({ reason }) => reason !== "");
  return [
    ...table(columns, rows),
    ...fields(reasons.map((replica) => [replicaLabel(service, replica), text(replica.reason)])),
  ];
}

function frameRow({ file, line, function: name, text: words }: Frame): readonly Cell[] {
  return [fileLink(file, `${baseName(file)}:${line}`, line - 1), code(name), code(words.trim())];
}

function frames(all: readonly Frame[]): readonly Block[] {
  return table(
    [column(l10n.t("Line"), "long"), column(l10n.t("Function"), "long"), column(l10n.t("Code"), "long")],
    all.map(frameRow),
  );
}

/** To the innermost line that is the person's own. */
function lineActions(all: readonly Frame[]): readonly PageAction[] {
  const newest = all.at(-1);
  return newest === undefined
    ? []
    : [{ label: l10n.t("Go to Line"), rank: "other", act: { kind: "file", path: newest.file, line: newest.line - 1 } }];
}

function failureTitle(failure: ServiceFailure): string {
  switch (failure.during) {
    case "reload":
      return l10n.t("Why the Reload Was Refused");
    case "update":
      return l10n.t("Why the Update Was Refused");
    default:
      return l10n.t("Why It Failed");
  }
}

/** The way to a project that is not open here. */
function folderActions(service: Service, folder: string): readonly PageAction[] {
  return folder === "" ? [] : [command(l10n.t("Open Its Folder"), "openServiceFolder", service.name)];
}

function failureBlocks(failure: ServiceFailure, more: readonly PageAction[]): readonly Block[] {
  return [
    notice(failure.during === "" ? "bad" : "warning", [failure.message, failure.fix].join(" ").trim(), [
      ...lineActions(failure.frames),
      ...more,
    ]),
    ...frames(failure.frames),
    ...(failure.logLines.length === 0 ? [] : paragraph(l10n.t("The last lines of the log:"))),
    ...block(failure.logLines.join("\n"), l10n.t("The last lines of the log")),
  ];
}

/** The newest request that failed, as long as none was answered after it. */
function requestBlocks(service: Service, now: number): readonly Block[] {
  const { failure } = service.requests;
  return failure === null
    ? []
    : [
        notice("warning", failure.message, lineActions(failure.frames)),
        ...fields([
          [l10n.t("Request"), copyable(failure.id)],
          [l10n.t("Time"), time(failure.time, now)],
        ]),
        ...frames(failure.frames),
      ];
}

/** The page of a service as it is now. `now` in seconds; `folder` is that of its script where it is not open here. */
export function serviceContent(service: Service, now: number, folder = ""): PageContent {
  const { failure } = service;
  return content({
    title: service.name,
    kind: l10n.t("Service"),
    states: [
      ...states(service),
      ...(service.reloaded === 0 || service.state === "Stopped"
        ? []
        : [{ text: l10n.t("reloaded {0}", clock(service.reloaded)), tone: "plain" as const }]),
    ],
    actions: actions(service),
    sections: [
      ...section(l10n.t("The Last Request Failed"), requestBlocks(service, now)),
      ...(failure === null
        ? []
        : section(failureTitle(failure), failureBlocks(failure, folderActions(service, folder)))),
      ...section(l10n.t("Address"), address(service)),
      ...section(l10n.t("Replicas"), replicas(service, now)),
      ...section(l10n.t("Overview"), contents(service, now)),
    ],
  });
}
