/** Rows of compute targets in the Workspaces view: one for each that is attached. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Compute } from "../protocol";
import type { Page } from "../state/pages";
import { joinWords } from "../text/joinWords";
import { entriesOf, type Entry, type ListId } from "./listId";
import { card, endNodes, type Icon, type Node, withMore } from "./node";

/** The heading below the workspaces; its rows are fetched when it is opened. */
export function computesNode(workspaceId: string): Node {
  const label = l10n.t("Compute");
  return {
    id: `computes/${workspaceId}`,
    label,
    description: "",
    icon: { id: "cloud" },
    flags: "computes",
    spoken: l10n.t("Compute targets of the active workspace"),
    tooltip: withMore(
      card(label, []),
      l10n.t(
        "Kubernetes clusters and Dockers of other machines that services run on, and Ray clusters for batch jobs; this machine stands for all others.",
      ),
    ),
    subject: { kind: "computes" },
    list: { kind: "computes", workspaceId },
  };
}

/** How it is, in words; empty for one that is ready. */
export function computeText({ state, missing }: Compute): string {
  switch (state) {
    case "ready":
      return "";
    case "incomplete":
      return missing.length === 1 ? l10n.t("1 right is missing") : l10n.t("{0} rights are missing", missing.length);
    case "silent":
      return l10n.t("does not answer");
    case "unread":
      return "";
    case "unconfirmed":
      return l10n.t("to be confirmed");
  }
}

function iconOf({ state }: Compute): Icon {
  switch (state) {
    case "ready":
      return { id: "cloud", color: "charts.green" };
    case "incomplete":
      return { id: "cloud", color: "charts.yellow" };
    case "silent":
      return { id: "cloud", color: "disabledForeground" };
    case "unread":
      return { id: "cloud" };
    case "unconfirmed":
      return { id: "cloud", color: "charts.yellow" };
  }
}

function flagsOf({ state }: Compute, kind: string): string {
  return state === "unconfirmed" ? `${kind} unconfirmed` : kind;
}

function clickOf({ state }: Compute): NonNullable<Node["click"]> {
  return state === "unconfirmed"
    ? { kind: "run", command: "scoredock.confirmCompute", title: l10n.t("Confirm") }
    : { kind: "run", command: "scoredock.checkCompute", title: l10n.t("Check") };
}

/** Where it is, in a few words. */
export function computePlace({ kind, address, context, namespace }: Compute): string {
  return kind === "kubernetes" ? `${context} / ${namespace}` : address;
}

function rayNode(compute: Compute): Node {
  const { name, address, version, python, nodes, cores, relayPort, reason, fix } = compute;
  const how = computeText(compute);
  return {
    id: `compute/${name}`,
    label: name,
    description: joinWords([how, computePlace(compute)]),
    icon: iconOf(compute),
    flags: flagsOf(compute, "rayCompute"),
    spoken: joinWords([l10n.t("Compute target {0}, Ray cluster at {1}", name, address), how, reason], ", "),
    tooltip: card(name, [
      [l10n.t("Address"), address],
      [l10n.t("Ray Version"), version],
      [l10n.t("Python"), python],
      [l10n.t("Nodes"), nodes === 0 ? "" : String(nodes)],
      [l10n.t("Processors"), nodes === 0 ? "" : String(cores)],
      [l10n.t("Port of the Head Node"), relayPort === 0 ? "" : String(relayPort)],
      [l10n.t("Reason"), joinWords([reason, fix], " ")],
    ]),
    subject: { kind: "compute", compute },
    click: clickOf(compute),
  };
}

function dockerNode(compute: Compute): Node {
  const { name, address, version, services, reason, fix } = compute;
  const how = computeText(compute);
  return {
    id: `compute/${name}`,
    label: name,
    description: joinWords([how, address]),
    icon: { ...iconOf(compute), id: "remote" },
    flags: flagsOf(compute, "dockerCompute"),
    spoken: joinWords([l10n.t("Compute target {0}, Docker at {1}", name, address), how, reason], ", "),
    tooltip: card(name, [
      [l10n.t("Address"), address],
      [l10n.t("Version"), version],
      [l10n.t("Services"), services.join(", ")],
      [l10n.t("Reason"), joinWords([reason, fix], " ")],
    ]),
    subject: { kind: "compute", compute },
    click: clickOf(compute),
  };
}

function computeNode(compute: Compute): Node {
  if (compute.kind === "ray") {
    return rayNode(compute);
  }
  if (compute.kind === "machine") {
    return dockerNode(compute);
  }
  const { name, context, namespace, kubeconfig, repository, services, version, missing, reason, fix } = compute;
  const how = computeText(compute);
  return {
    id: `compute/${name}`,
    label: name,
    description: joinWords([how, computePlace(compute)]),
    icon: iconOf(compute),
    flags: flagsOf(compute, "compute"),
    spoken: joinWords(
      [l10n.t("Compute target {0}, namespace {1} of {2}", name, namespace, context), how, reason],
      ", ",
    ),
    tooltip: card(name, [
      [l10n.t("Context"), context],
      [l10n.t("Namespace"), namespace],
      [l10n.t("Kubernetes"), version],
      [l10n.t("Registry"), repository],
      [l10n.t("Services"), services.join(", ")],
      [l10n.t("Missing"), missing.join(", ")],
      [l10n.t("Reason"), joinWords([reason, fix], " ")],
      [l10n.t("Kubeconfig File"), kubeconfig],
    ]),
    subject: { kind: "compute", compute },
    click: clickOf(compute),
  };
}

function attachNode(): Node {
  const label = l10n.t("Attach Compute…");
  return {
    id: "computes/attach",
    label,
    description: "",
    icon: { id: "add" },
    flags: "",
    spoken: label,
    tooltip: "",
    subject: { kind: "computes" },
    click: { kind: "run", command: "scoredock.attachCompute", title: label },
  };
}

export function computeNodes(list: ListId, page: Page<Entry>): readonly Node[] {
  const nodes = entriesOf(page.rows, "compute").map(({ compute }) => computeNode(compute));
  return [...(nodes.length === 0 && page.problem === "" ? [attachNode()] : nodes), ...endNodes(list, page)];
}
