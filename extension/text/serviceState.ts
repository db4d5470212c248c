/** How states of services look and read, the same in every view: one icon and one colour for each. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Service, Status } from "../protocol";
import { type StateIcon, STATES } from "./states";

const DOUBT = "problemsWarningIcon.foreground";

/** What runs is not what the person last wanted to run: an update or a reload was refused. */
export function isRefused({ failure }: Pick<Service, "failure">): boolean {
  return (failure?.during ?? "") !== "";
}

/** The icon of a service: that of its state, and no plain green tick where it refused its newest files or failed. */
export function stateIcon({ state, status }: Pick<Service, "state" | "status">): StateIcon {
  if (status.look === "warning") {
    return STATES.Unhealthy.icon;
  }
  if (status.look === "plain" && state !== "Stopped") {
    return { id: "question", color: "disabledForeground" };
  }
  return status.look === "doubtful" ? { ...STATES[state].icon, color: DOUBT } : STATES[state].icon;
}

/** `Healthy`, `Healthy, reload refused`, `Healthy, requests fail`, `Transitioning, environment`: the server's words. */
export function stateText({ status }: { readonly status: Status }): string {
  return status.text;
}

const BY_NEED = ["bad", "warning", "doubtful", "busy", "good", "plain"];

/** Those first that need somebody, then those that run, of each kind by name. */
export function byNeed(one: Service, other: Service): number {
  return BY_NEED.indexOf(one.status.look) - BY_NEED.indexOf(other.status.look) || one.name.localeCompare(other.name);
}

/** `3 services`, `1 service`. */
export function services(count: number): string {
  return count === 1 ? l10n.t("1 service") : l10n.t("{0} services", count);
}

/**
 * The status bar: the product, the workspace where there are several, the number of services, how many of them fail,
 * and how many endpoints do: a stopped service gives its share to others, too.
 */
export function statusText(workspace: string, count: number, failing: number, endpoints = 0): string {
  const product = workspace === "" ? l10n.t("Scoredock") : l10n.t("Scoredock ({0})", workspace);
  if (count === 0) {
    return `$(layers) ${product}`;
  }
  const degraded = endpoints === 1 ? l10n.t("1 endpoint degraded") : l10n.t("{0} endpoints degraded", endpoints);
  const faults = [...(failing > 0 ? [l10n.t("{0} failing", failing)] : []), ...(endpoints > 0 ? [degraded] : [])];
  const summary = faults.reduce((before, fault) => l10n.t("{0}, {1}", before, fault), services(count));
  return `$(${faults.length > 0 ? "warning" : "layers"}) ${l10n.t("{0}: {1}", product, summary)}`;
}
