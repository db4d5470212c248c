/** How states of services look and read, the same in every view: one icon and one colour for each. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Service, State } from "../protocol";

export interface StateIcon {
  /** Name of a codicon. */
  readonly id: string;
  /** Id of a theme colour. */
  readonly color?: string;
}

// The lines above init() show the same icons (pyserver/scoredock/language/code_lens.py); tests/rules compares them.
export const STATE_ICONS: Readonly<Record<State, StateIcon>> = {
  Healthy: { id: "pass-filled", color: "testing.iconPassed" },
  Transitioning: { id: "loading~spin", color: "charts.blue" },
  Unhealthy: { id: "warning", color: "list.warningForeground" },
  Unschedulable: { id: "circle-slash", color: "list.errorForeground" },
  Failed: { id: "error", color: "list.errorForeground" },
  Stopped: { id: "circle-outline" },
};

/** A state as labels name it; the command line and the protocol keep the English word. */
export function stateName(state: State): string {
  switch (state) {
    case "Healthy":
      return l10n.t("Healthy");
    case "Transitioning":
      return l10n.t("Transitioning");
    case "Unhealthy":
      return l10n.t("Unhealthy");
    case "Unschedulable":
      return l10n.t("Unschedulable");
    case "Failed":
      return l10n.t("Failed");
    case "Stopped":
      return l10n.t("Stopped");
  }
}

const DOUBT = "list.warningForeground";

/** What runs is not what the person last wanted to run: an update or a reload was refused. */
export function isRefused({ failure }: Pick<Service, "failure">): boolean {
  return (failure?.during ?? "") !== "";
}

/** Whether it is up and answers with errors. */
export function failsRequests({ state, requests }: Pick<Service, "state" | "requests">): boolean {
  return state === "Healthy" && requests.failure !== null;
}

/** The icon of a service: that of its state, and no plain green tick where it refused its newest files or failed. */
export function stateIcon(service: Pick<Service, "state" | "failure" | "requests">): StateIcon {
  if (service.state !== "Healthy") {
    return STATE_ICONS[service.state];
  }
  if (isRefused(service) || failsRequests(service)) {
    return { id: "warning", color: DOUBT };
  }
  return service.requests.failed > 0 ? { ...STATE_ICONS.Healthy, color: DOUBT } : STATE_ICONS.Healthy;
}

/** `Healthy`, `Healthy, reload refused`, `Healthy, requests fail`, `Transitioning, environment`. */
export function stateText(service: Pick<Service, "state" | "phase" | "failure" | "requests">): string {
  const { state, phase, failure } = service;
  const refused = { reload: l10n.t("reload refused"), update: l10n.t("update refused") }[failure?.during ?? ""];
  return [
    stateName(state),
    state === "Transitioning" ? phase : "",
    refused ?? "",
    failsRequests(service) ? l10n.t("requests fail") : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** `3 services`, `1 service`. */
export function services(count: number): string {
  return count === 1 ? l10n.t("1 service") : l10n.t("{0} services", count);
}

/**
 * The status bar: the product, the workspace where there are several, the number of services and how many of them fail.
 */
export function statusText(workspace: string, count: number, failing: number): string {
  const product = workspace === "" ? l10n.t("Scoredock") : l10n.t("Scoredock ({0})", workspace);
  if (count === 0) {
    return `$(layers) ${product}`;
  }
  const all = services(count);
  return failing === 0
    ? `$(layers) ${l10n.t("{0}: {1}", product, all)}`
    : `$(warning) ${l10n.t("{0}: {1}, {2} failing", product, all, failing)}`;
}
