/** How endpoints and their versions read and look, the same in every view. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { EndpointDetails, EndpointVersionDetails } from "../protocol";
import { clock } from "./format";
import { applying } from "./joinWords";
import { type StateIcon, STATES } from "./states";

/** The state of the service behind a version, in words. */
export function versionState({ status }: EndpointVersionDetails): string {
  return status.words[0] ?? "";
}

export function versionIcon({ state }: EndpointVersionDetails): StateIcon {
  return state === "Missing" ? { id: "warning", color: "problemsWarningIcon.foreground" } : STATES[state].icon;
}

export function percent(share: number): string {
  return `${share}%`;
}

/** Who gets the share of a version that takes no requests, and since when; empty while it takes them, or has none. */
export function takeoverText({ status, awaySince }: EndpointVersionDetails): string {
  const [, reason = ""] = status.words;
  return reason === "" || awaySince === null ? reason : l10n.t("{0} since {1}", reason, clock(awaySince));
}

/** Versions that answer nothing, with why: `green: its share goes to blue since 12:04:07`, `green: withdrawn`. */
export function takeovers({ versions }: EndpointDetails): readonly string[] {
  return versions.flatMap((version) => {
    const reason = version.withdrawn === "" ? takeoverText(version) : l10n.t("withdrawn");
    return reason === "" ? [] : [l10n.t("{0}: {1}", version.name, reason)];
  });
}

/** `90% · default · control · copies 20%` */
export function versionParts(endpoint: EndpointDetails, version: EndpointVersionDetails): readonly string[] {
  return [
    percent(version.share),
    ...(version.isDefault ? [l10n.t("default")] : []),
    ...(version.type === "Control" ? [l10n.t("control")] : []),
    ...(version.withdrawn === "" ? [] : [l10n.t("withdrawn")]),
    ...(version.name === endpoint.mirror ? [l10n.t("copies {0}%", endpoint.mirrorShare)] : []),
  ];
}

/** When the router withdraws a version by itself, in words; empty where it does not. */
export function limitsText({ limits }: EndpointVersionDetails): string {
  if (limits === null) {
    return "";
  }
  const parts = [
    ...(limits.errors === 0 ? [] : [l10n.t("{0}% errors", limits.errors)]),
    ...(limits.milliseconds === 0 ? [] : [l10n.t("{0} ms (95th percentile)", limits.milliseconds)]),
  ];
  return l10n.t("above {0} over {1} s", parts.join(", "), limits.seconds);
}

/** `blue 90%, green 10%` */
export function sharesText(endpoint: EndpointDetails): string {
  return endpoint.versions.map(({ name, share }) => `${name} ${percent(share)}`).join(", ");
}

/** What can be done with an endpoint in its state, as flags for the menus. */
export function endpointFlags({ state }: EndpointDetails): string {
  return STATES[state].isAtRest ? "endpoint halted" : "endpoint routing";
}

/** What can be done with a version of an endpoint. */
export function versionFlags({ state, isDefault, share }: EndpointVersionDetails): string {
  return applying({
    endpointVersion: true,
    served: state !== "Missing",
    promotable: !isDefault || share < 100,
    withdrawable: !isDefault && share > 0,
    deletable: !isDefault,
  });
}
