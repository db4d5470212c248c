/** Rows of the Services view: each service with its state, and below it what one wants to know of it. */
import * as l10n from "@vscode/l10n";

import type { Service, ServiceFailure, State } from "../protocol";
import type { ViewState } from "../state/state";
import { baseName, bytes, clock, dateTime } from "../text/format";
import { card, type Icon, type Node } from "./node";

const ICONS: Readonly<Record<State, Icon>> = {
  Healthy: { id: "pass-filled", color: "testing.iconPassed" },
  Transitioning: { id: "loading~spin", color: "charts.blue" },
  Unhealthy: { id: "warning", color: "list.warningForeground" },
  Unschedulable: { id: "circle-slash", color: "list.errorForeground" },
  Failed: { id: "error", color: "list.errorForeground" },
  Stopped: { id: "circle-outline" },
};

/** What can be done with a service in its state, as flags for the menus. */
export function serviceFlags(service: Service): string {
  const flags = ["service", service.state.toLowerCase()];
  const serves = service.state === "Healthy" || service.state === "Unhealthy";
  if (serves && service.scoringUri !== "") {
    flags.push("answering");
  }
  if (service.scoringUri !== "") {
    flags.push("addressed");
  }
  if (serves || service.state === "Transitioning") {
    flags.push("stoppable");
  }
  if (service.state === "Stopped" || service.state === "Failed" || service.state === "Unschedulable") {
    flags.push("startable");
  }
  if (serves) {
    flags.push("restartable");
  }
  if (service.authentication !== "") {
    flags.push(service.authentication === "keys" ? "keyed" : "tokened");
  }
  return flags.join(" ");
}

function detail(service: Service, key: string, label: string, icon: Icon, more: Partial<Node> = {}): Node {
  return {
    id: `service/${service.name}/${key}`,
    label,
    description: "",
    icon,
    flags: "detail",
    spoken: [label, more.description ?? ""].filter((part) => part !== "").join(", "),
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
    { id: "error", color: "list.errorForeground" },
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

function details(service: Service): readonly Node[] {
  const rows: Node[] = [];
  if (service.failure !== null) {
    rows.push(failureNode(service, service.failure));
  }
  if (service.image !== "") {
    rows.push(
      detail(service, "image", service.image, { id: "layers" }, { spoken: l10n.t("Image {0}", service.image) }),
    );
  }
  for (const model of service.models) {
    rows.push(detail(service, `model/${model}`, model, { id: "package" }, { spoken: l10n.t("Model {0}", model) }));
  }
  if (service.scoringUri !== "") {
    rows.push(
      detail(
        service,
        "scoring",
        service.scoringUri,
        { id: "link" },
        { flags: "detail scoringUri", spoken: l10n.t("Scoring URI {0}", service.scoringUri) },
      ),
    );
  }
  if (service.swaggerUri !== "") {
    rows.push(
      detail(
        service,
        "swagger",
        baseName(service.swaggerUri),
        { id: "json" },
        { flags: "detail swaggerUri", spoken: l10n.t("Swagger document") },
      ),
    );
  }
  if (service.engine === "docker") {
    rows.push(
      detail(
        service,
        "engine",
        l10n.t("Docker container"),
        { id: "server" },
        { spoken: l10n.t("Runs in a Docker container") },
      ),
    );
  }
  if (service.authentication !== "") {
    const asks = service.authentication === "keys" ? l10n.t("Callers show a key") : l10n.t("Callers show a token");
    rows.push(detail(service, "authentication", asks, { id: "key" }));
  }
  if (service.entryScript !== "") {
    rows.push(
      detail(
        service,
        "script",
        baseName(service.entryScript),
        { id: "file-code" },
        {
          spoken: l10n.t("Entry script {0}", service.entryScript),
          tooltip: card(service.entryScript, []),
          click: { kind: "open", path: service.entryScript, line: 0 },
        },
      ),
    );
  }
  if (service.environment !== "") {
    rows.push(
      detail(
        service,
        "environment",
        service.environment,
        { id: "server-environment" },
        { spoken: l10n.t("Environment {0}", service.environment) },
      ),
    );
  }
  const revisions = [...service.revisions].sort((one, other) => other - one);
  if (revisions.length > 0) {
    const named = revisions.map((revision) =>
      revision === service.revision ? l10n.t("{0} (active)", revision) : String(revision),
    );
    rows.push(detail(service, "revisions", l10n.t("Revisions"), { id: "history" }, { description: named.join(", ") }));
  }
  if (service.memoryBytes !== null) {
    const cpu = service.cpuPercent === null ? "" : ` · ${service.cpuPercent.toFixed(0)} % CPU`;
    rows.push(
      detail(
        service,
        "load",
        bytes(service.memoryBytes),
        { id: "pulse" },
        { description: cpu.replace(" · ", ""), spoken: l10n.t("Memory {0}{1}", bytes(service.memoryBytes), cpu) },
      ),
    );
  }
  return rows;
}

/** What became of the newest files: refused, served since a reload, or nothing to say. */
function reloadNote(service: Service): string {
  if (service.failure?.during === "reload") {
    return l10n.t("reload refused");
  }
  if (service.failure?.during === "update") {
    return l10n.t("update refused");
  }
  return service.reloaded === 0 || service.state === "Stopped" ? "" : l10n.t("reloaded {0}", clock(service.reloaded));
}

function serviceNode(service: Service): Node {
  const port = service.port === null ? "" : `:${service.port}`;
  const phase = service.state === "Transitioning" && service.phase !== "" ? `${service.phase}…` : "";
  const engine = service.engine === "docker" ? "Docker" : service.engine;
  const notes = [service.state, phase, reloadNote(service), engine, port].filter((part) => part !== "");
  const refused = (service.failure?.during ?? "") !== "";
  const failed = service.state === "Failed" || refused;
  return {
    // The editor remembers by id what was closed: a failure is another row, so that it opens.
    id: failed ? `service/${service.name}/${refused ? "refused" : "failed"}` : `service/${service.name}`,
    label: service.name,
    description: notes.join(" · "),
    icon: ICONS[service.state],
    flags: serviceFlags(service),
    spoken: l10n.t("Service {0}, {1}", service.name, notes.join(", ")),
    tooltip: card(service.name, [
      [l10n.t("State"), [service.state, service.phase].filter((part) => part !== "").join(", ")],
      [l10n.t("Failure"), service.failure?.message ?? ""],
      [l10n.t("Next step"), service.failure?.fix ?? ""],
      [l10n.t("Models"), service.models.join(", ")],
      [l10n.t("Engine"), engine],
      [l10n.t("Scoring URI"), service.scoringUri],
      [l10n.t("Revision"), String(service.revision)],
      [l10n.t("Reloaded"), service.reloaded === 0 ? "" : dateTime(service.reloaded)],
      [l10n.t("Restarts"), service.restarts === 0 ? "" : String(service.restarts)],
      [l10n.t("Updated"), dateTime(service.updated)],
    ]),
    subject: { kind: "service", service },
    children: () => details(service),
    open: failed,
  };
}

/** Services in alphabetical order. */
export function serviceNodes(state: ViewState): readonly Node[] {
  return [...state.services].sort((one, other) => one.name.localeCompare(other.name)).map(serviceNode);
}
