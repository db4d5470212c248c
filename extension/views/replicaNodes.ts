/** Rows below a service that runs in a cluster: its replicas, each with its node and what is the matter with it. */
import * as l10n from "@vscode/l10n";

import type { Replica, Service } from "../protocol";
import { bytes, dateTime } from "../text/format";
import { joinWords } from "../text/joinWords";
import { card, type Icon, type Node } from "./node";

const ICONS: Readonly<Record<string, Icon>> = {
  Running: { id: "pass-filled", color: "testing.iconPassed" },
  Starting: { id: "loading~spin", color: "charts.blue" },
  Pending: { id: "clock" },
  Failing: { id: "error", color: "problemsErrorIcon.foreground" },
  Ending: { id: "circle-outline" },
};

/** How a pod is. */
export function replicaWord({ state, ready }: Replica): string {
  switch (state) {
    case "Running":
      return ready ? l10n.t("ready") : l10n.t("not ready");
    case "Starting":
      return l10n.t("starting");
    case "Pending":
      return l10n.t("waits for a node");
    case "Failing":
      return l10n.t("failing");
    default:
      return l10n.t("ending");
  }
}

/** Where its pods are, each node once. */
export function nodesOf({ replicas }: Service): readonly string[] {
  return [...new Set(replicas.map(({ node }) => node).filter((node) => node !== ""))].sort();
}

/** What tells a pod from the others of its service. */
export function replicaLabel(service: Service, { name }: Replica): string {
  return name.startsWith(`${service.name}-`) ? name.slice(service.name.length + 1) : name;
}

function restartsNote({ restarts }: Replica): string {
  return restarts === 1 ? l10n.t("1 restart") : restarts === 0 ? "" : l10n.t("{0} restarts", restarts);
}

function memoryNote({ memoryBytes }: Replica): string {
  return memoryBytes === null ? "" : bytes(memoryBytes);
}

function replicaCard(replica: Replica): string {
  const { name, node, revision, restarts, reason, cpuPercent, started } = replica;
  return card(name, [
    [l10n.t("Reason"), reason],
    [l10n.t("Node"), node],
    [l10n.t("Revision"), revision === 0 ? "" : String(revision)],
    [l10n.t("Restarts"), String(restarts)],
    [l10n.t("CPU"), cpuPercent === null ? "" : `${cpuPercent.toFixed(0)}%`],
    [l10n.t("Memory"), memoryNote(replica)],
    [l10n.t("Created"), started === 0 ? "" : dateTime(started)],
  ]);
}

function replicaNode(service: Service, replica: Replica): Node {
  const { name, node, revision, reason } = replica;
  const label = replicaLabel(service, replica);
  const other = revision === service.revision || revision === 0 ? "" : l10n.t("revision {0}", revision);
  const notes = [replicaWord(replica), node, other, restartsNote(replica), memoryNote(replica)];
  return {
    id: `service/${service.name}/replica/${name}`,
    label,
    description: joinWords(notes, " · "),
    icon: ICONS[replica.state === "Running" && !replica.ready ? "Starting" : replica.state] ?? { id: "circle-outline" },
    flags: "detail replica",
    spoken: joinWords([l10n.t("Replica {0}", label), ...notes, reason], ", "),
    tooltip: replicaCard(replica),
    subject: { kind: "detail", service, value: name },
    ...(reason === "" ? {} : { children: () => [reasonNode(service, replica)], open: true }),
  };
}

function reasonNode(service: Service, { name, reason }: Replica): Node {
  return {
    id: `service/${service.name}/replica/${name}/reason`,
    label: reason,
    description: "",
    icon: { id: "info" },
    flags: "detail failure",
    spoken: reason,
    tooltip: reason,
    subject: { kind: "detail", service, value: reason },
  };
}

/** One row for all, open while something is the matter with one of them; none for a service on this machine. */
export function replicaNodes(service: Service): readonly Node[] {
  const { replicas } = service;
  if (replicas.length === 0) {
    return [];
  }
  const staying = replicas.filter(({ state }) => state !== "Ending");
  const ready = staying.filter((replica) => replica.ready).length;
  const label = l10n.t("{0} of {1} replicas ready", ready, staying.length);
  return [
    {
      id: `service/${service.name}/replicas`,
      label,
      description: "",
      icon: { id: "server" },
      flags: "detail",
      spoken: label,
      tooltip: "",
      subject: { kind: "detail", service, value: label },
      children: () => replicas.map((replica) => replicaNode(service, replica)),
      ...(replicas.length > 1 || ready < replicas.length ? { open: true } : {}),
    },
  ];
}
