/** Rows of the Services view: each service with its state, and below it what one wants to know of it. */
import * as l10n from "@vscode/l10n";

import type { Service, ServiceFailure } from "../protocol";
import { otherFolder, type ViewState } from "../state/state";
import { engineKind } from "../text/engines";
import { baseName, bytes, clock, dateTime } from "../text/format";
import { isRefused, stateIcon, stateText } from "../text/serviceState";
import { STATES } from "../text/states";
import { endpointNodes } from "./endpointNodes";
import { card, type Click, type Icon, type Node } from "./node";
import { nodesOf, replicaNodes } from "./replicaNodes";
import { withText, joinWords, applying } from "../text/joinWords";

/** Characters of an environment's key that tell it from others in a row; its page has all of it. */
const SHORT_KEY = 8;

/** What can be done with a service in its state, as flags for the menus. */
export function serviceFlags(service: Service): string {
  const { state, engine, scoringUri, authentication, revision, revisions, code, changing } = service;
  const { isCallable, isRunning, canStart } = STATES[state];
  const { abilities, inCluster } = engineKind(engine);
  // In a cluster only services for development reload, and only their answers name their code.
  const able = abilities.filter((ability) => ability !== "reload" || !inCluster || code !== "");
  return applying({
    service: true,
    ...Object.fromEntries(able.map((ability) => [`can-${ability}`, true])),
    [state.toLowerCase()]: true,
    answering: isCallable && scoringUri !== "",
    addressed: scoringUri !== "",
    stoppable: isRunning && changing !== "stop",
    stopping: isRunning && changing === "stop",
    startable: canStart,
    restartable: isCallable,
    keyed: authentication === "keys",
    tokened: authentication === "tokens",
    returnable: revisions.some((one) => one < revision),
  });
}

function detail(service: Service, key: string, label: string, icon: Icon, more: Partial<Node> = {}): Node {
  return {
    id: `service/${service.name}/${key}`,
    label,
    description: "",
    icon,
    flags: "detail",
    spoken: joinWords([label, more.description ?? ""], ", "),
    tooltip: "",
    subject: { kind: "detail", service, value: label },
    ...more,
  };
}

function failureNode(service: Service, failure: ServiceFailure): Node {
  const frames = failure.frames.map((frame, index) =>
    detail(
      service,
      `failure/${index}`,
      `${baseName(frame.file)}:${frame.line}`,
      { id: "debug-stackframe" },
      {
        description: frame.text === "" ? frame.function : frame.text.trim(),
        spoken: l10n.t("Line {0} of {1}: {2}", frame.line, baseName(frame.file), frame.text.trim()),
        tooltip: card(frame.file, [[l10n.t("Function"), frame.function]]),
        click: { kind: "open", path: frame.file, line: frame.line - 1 },
      },
    ),
  );
  const newest = failure.frames.at(-1);
  return detail(
    service,
    "failure",
    failure.message,
    { id: "error", color: "problemsErrorIcon.foreground" },
    {
      flags: "detail failure",
      spoken: l10n.t("Failure: {0} {1}", failure.message, failure.fix),
      tooltip: card(failure.message, [
        [l10n.t("Next step"), failure.fix],
        [l10n.t("Code"), failure.code],
        [
          l10n.t("Last lines of the log"),
          failure.logLines.length === 0 ? "" : `\n${failure.logLines.slice(-8).join("\n")}`,
        ],
      ]),
      ...(newest === undefined ? {} : { click: { kind: "open", path: newest.file, line: newest.line - 1 } as const }),
      ...(frames.length === 0 ? {} : { children: () => frames, open: true }),
    },
  );
}

/** The newest request that failed, as long as none was answered after it. */
function requestNodes(service: Service): readonly Node[] {
  const { failure } = service.requests;
  if (failure === null) {
    return [];
  }
  const newest = failure.frames.at(-1);
  const place = newest === undefined ? "" : `${baseName(newest.file)}:${newest.line}`;
  return [
    detail(
      service,
      "request",
      failure.message,
      { id: "warning", color: "problemsWarningIcon.foreground" },
      {
        flags: "detail failure",
        description: place,
        spoken: l10n.t("The last request failed: {0}", joinWords([failure.message, place], ", ")),
        tooltip: card(failure.message, [
          [l10n.t("Request"), failure.id],
          [l10n.t("Line"), newest === undefined ? "" : `${newest.file}:${newest.line}`],
          [l10n.t("Time"), dateTime(failure.time)],
        ]),
        ...(newest === undefined ? {} : { click: { kind: "open", path: newest.file, line: newest.line - 1 } as const }),
      },
    ),
  ];
}

/** A row for a text that may be empty, which then is none. */
function textDetail(service: Service, key: string, text: string, icon: string, more: Partial<Node>): readonly Node[] {
  return text === "" ? [] : [detail(service, key, text, { id: icon }, more)];
}

/** What it is made of and where it answers. */
function contents(service: Service): readonly Node[] {
  const { image, models, scoringUri, swaggerUri, addressNote } = service;
  const change = addressChange(service);
  return [
    ...textDetail(service, "image", image, "layers", { spoken: l10n.t("Image {0}", image) }),
    ...models.map((model) =>
      detail(service, `model/${model}`, model, { id: "package" }, { spoken: l10n.t("Model {0}", model) }),
    ),
    ...textDetail(service, "scoring", scoringUri, "link", {
      flags: "detail scoringUri",
      spoken: l10n.t("Scoring URI {0}", scoringUri),
    }),
    ...textDetail(service, "address-change", change && l10n.t("Address changed"), "warning", {
      tooltip: change,
      spoken: change,
    }),
    ...textDetail(service, "address-note", addressNote && l10n.t("Not reached from outside yet"), "globe", {
      tooltip: addressNote,
      spoken: addressNote,
    }),
    ...textDetail(service, "swagger", swaggerUri === "" ? "" : baseName(swaggerUri), "json", {
      flags: "detail swaggerUri",
      spoken: l10n.t("Swagger document"),
    }),
  ];
}

/** Where the script was renamed, moved or deleted, the page says what to do. */
function clickOnScript({ entryScript, failure }: Service): Click {
  return failure?.during === "reload" && failure.code === "file-not-found"
    ? { kind: "run", command: "scoredock.showService", title: l10n.t("Show Details") }
    : { kind: "open", path: entryScript, line: 0 };
}

/** Where it runs, who may call it, and with which files. */
function surroundings(service: Service): readonly Node[] {
  const { engine, compute, authentication, entryScript, environment } = service;
  const [, name = environment, key = ""] = /^(.+) \(([0-9a-f]{16,})\)$/.exec(environment) ?? [];
  const rows: Node[] = [];
  const { row, spoken, icon } = engineKind(engine);
  if (row !== "") {
    rows.push(detail(service, "engine", row, { id: icon }, { spoken, description: compute }));
  }
  if (authentication !== "") {
    const asks = authentication === "keys" ? l10n.t("Callers must send a key") : l10n.t("Callers must send a token");
    rows.push(detail(service, "authentication", asks, { id: "key" }));
  }
  return [
    ...rows,
    ...textDetail(service, "script", entryScript === "" ? "" : baseName(entryScript), "file-code", {
      spoken: l10n.t("Entry script {0}", entryScript),
      tooltip: card(entryScript, []),
      click: clickOnScript(service),
    }),
    ...textDetail(service, "environment", name, "server-environment", {
      description: key.slice(0, SHORT_KEY),
      tooltip: environment,
      spoken: l10n.t("Environment {0}", environment),
    }),
  ];
}

function revisionNodes(service: Service): readonly Node[] {
  if (service.revisions.length === 0) {
    return [];
  }
  // The one that serves may be of another machine, and not kept here.
  const all = new Set([...service.revisions, ...(service.revision === 0 ? [] : [service.revision])]);
  const revisions = [...all].sort((one, other) => other - one);
  const description = revisions
    .map((revision) => (revision === service.revision ? l10n.t("{0} (active)", revision) : String(revision)))
    .join(", ");
  return [detail(service, "revisions", l10n.t("Revisions"), { id: "history" }, { description })];
}

function loadNodes(service: Service): readonly Node[] {
  if (service.memoryBytes === null) {
    return [];
  }
  const memory = bytes(service.memoryBytes);
  const cpu = service.cpuPercent === null ? "" : l10n.t("{0}% CPU", service.cpuPercent.toFixed(0));
  const spoken = cpu === "" ? l10n.t("Memory {0}", memory) : l10n.t("Memory {0}, {1}", memory, cpu);
  return [detail(service, "load", memory, { id: "pulse" }, { description: cpu, spoken })];
}

/** Of a service that failed: the way to a project that is not open here. */
function folderNodes(service: Service, folder: string): readonly Node[] {
  return textDetail(
    service,
    "folder",
    folder === "" ? "" : l10n.t("In another folder: {0}", baseName(folder)),
    "folder",
    {
      flags: "detail elsewhere",
      description: l10n.t("open"),
      tooltip: folder,
      spoken: l10n.t("Its script is in {0}, which is not open here", folder),
      click: { kind: "run", command: "scoredock.openServiceFolder", title: l10n.t("Open Its Folder") },
    },
  );
}

function details(service: Service, folder: string): readonly Node[] {
  return [
    ...(service.failure === null ? [] : [failureNode(service, service.failure)]),
    ...(service.failure === null ? [] : folderNodes(service, folder)),
    ...replicaNodes(service),
    ...requestNodes(service),
    ...contents(service),
    ...surroundings(service),
    ...revisionNodes(service),
    ...loadNodes(service),
  ];
}

/** When its files were reloaded; nothing where that was refused since then. */
function reloadNote(service: Service): string {
  const says = service.reloaded !== 0 && service.state !== "Stopped" && !isRefused(service);
  return says ? l10n.t("reloaded {0}", clock(service.reloaded)) : "";
}

/** How many requests failed, where some did. */
export function requestNote({ requests: { answered, failed } }: Service): string {
  if (failed === 0) {
    return "";
  }
  return answered === 1
    ? l10n.t("the last request failed")
    : l10n.t("{0} of the last {1} requests failed", failed, answered);
}

/** That callers have to go elsewhere, where they do. */
export function addressChange({ formerScoringUri, scoringUri }: Service): string {
  return formerScoringUri === "" ? "" : l10n.t("The address changed from {0} to {1}", formerScoringUri, scoringUri);
}

/** The facts of a service as a tooltip. */
function serviceCard(service: Service): string {
  return card(service.name, [
    [l10n.t("State"), stateText(service)],
    [l10n.t("Failure"), service.failure?.message ?? ""],
    [l10n.t("Next step"), service.failure?.fix ?? ""],
    [l10n.t("Requests"), requestNote(service)],
    [l10n.t("Models"), service.models.join(", ")],
    [l10n.t("Engine"), engineKind(service.engine).title],
    [l10n.t("Compute target"), service.compute],
    [l10n.t("Namespace"), service.namespace],
    [l10n.t("Nodes"), nodesOf(service).join(", ")],
    [l10n.t("Scoring URI"), service.scoringUri],
    [l10n.t("Address changed"), addressChange(service)],
    [l10n.t("From outside"), service.addressNote],
    [l10n.t("Revision"), service.revision === 0 ? "" : String(service.revision)],
    [l10n.t("Reloaded"), service.reloaded === 0 ? "" : dateTime(service.reloaded)],
    [l10n.t("Code"), service.code],
    [l10n.t("Restarts"), service.restarts === 0 ? "" : String(service.restarts)],
    [l10n.t("Updated"), dateTime(service.updated)],
  ]);
}

function serviceNode(service: Service, folder: string): Node {
  const port = service.port === null ? "" : `:${service.port}`;
  const code = service.code === "" ? "" : l10n.t("code {0}", service.code);
  const notes = withText([
    ...service.status.words,
    reloadNote(service),
    code,
    engineKind(service.engine).title,
    service.compute,
    service.formerScoringUri === "" ? "" : l10n.t("address changed"),
    port,
  ]);
  const refused = isRefused(service);
  const failed = service.state === "Failed" || refused;
  return {
    // The editor remembers by id what was closed: a failure is another row, so that it opens.
    id: failed ? `service/${service.name}/${refused ? "refused" : "failed"}` : `service/${service.name}`,
    label: service.name,
    description: notes.join(" · "),
    icon: stateIcon(service),
    flags: [serviceFlags(service), ...(folder === "" ? [] : ["elsewhere"])].join(" "),
    spoken: l10n.t("Service {0}, {1}", service.name, notes.join(", ")),
    tooltip: serviceCard(service),
    subject: { kind: "service", service },
    click: { kind: "run", command: "scoredock.showService", title: l10n.t("Show Details") },
    children: () => details(service, folder),
    open: failed,
  };
}

/** Endpoints and then services, in alphabetical order. */
export function serviceNodes(state: ViewState): readonly Node[] {
  const services = [...state.services].sort((one, other) => one.name.localeCompare(other.name));
  return [...endpointNodes(state), ...services.map((service) => serviceNode(service, otherFolder(service, state)))];
}
