/** Rows of endpoints in the Services view, and below each its versions with their shares. */
import * as l10n from "@vscode/l10n";

import type { EndpointDetails, EndpointVersionDetails } from "../protocol";
import type { ViewState } from "../state/state";
import {
  endpointFlags,
  limitsText,
  percent,
  sharesText,
  takeovers,
  takeoverText,
  versionFlags,
  versionIcon,
  versionParts,
  versionState,
} from "../text/endpointText";
import { engineKind } from "../text/engines";
import { duration } from "../text/format";
import { stateText } from "../text/serviceState";
import { STATES } from "../text/states";
import { card, type Icon, type Node } from "./node";
import { withText } from "../text/joinWords";

const WITHDRAWN: Icon = { id: "warning", color: "problemsWarningIcon.foreground" };

function versionNode(endpoint: EndpointDetails, version: EndpointVersionDetails): Node {
  const notes = withText([...versionParts(endpoint, version), versionState(version), takeoverText(version)]);
  const engine = version.engine === "" ? "" : engineKind(version.engine).title;
  return {
    id: `endpoint/${endpoint.name}/${version.name}`,
    label: version.name,
    description: notes.join(" · "),
    icon: version.withdrawn === "" ? versionIcon(version) : WITHDRAWN,
    flags: versionFlags(version),
    spoken: l10n.t("Version {0} of {1}, {2}", version.name, endpoint.name, notes.join(", ")),
    tooltip: card(version.name, [
      [l10n.t("Service"), version.service],
      [l10n.t("Traffic"), percent(version.share)],
      [l10n.t("State"), versionState(version)],
      [l10n.t("Engine"), engine],
      [l10n.t("Withdrawn"), version.withdrawn],
      [l10n.t("Withdrawn automatically"), limitsText(version)],
      [l10n.t("Responses"), String(version.answered)],
      [l10n.t("Errors"), String(version.failed + version.lost)],
      [l10n.t("Mean response time"), version.meanMs === null ? "" : duration(version.meanMs)],
    ]),
    subject: { kind: "endpointVersion", endpoint, version },
    click: { kind: "run", command: "scoredock.showEndpoint", title: l10n.t("Show Details") },
  };
}

function endpointNode(endpoint: EndpointDetails): Node {
  const port = endpoint.port === null ? "" : `:${endpoint.port}`;
  const state = stateText(endpoint);
  const doubts = [...(endpoint.state === "Healthy" ? [] : [state]), ...takeovers(endpoint)];
  const { compute } = endpoint;
  const notes = withText([l10n.t("Endpoint"), ...doubts, port, compute]);
  return {
    id: `endpoint/${endpoint.name}`,
    label: endpoint.name,
    description: notes.join(" · "),
    icon: { ...STATES[endpoint.state].icon, id: "split-horizontal" },
    flags: endpointFlags(endpoint),
    spoken: l10n.t(
      "Endpoint {0}, {1}, {2}",
      endpoint.name,
      [state, ...takeovers(endpoint)].join(", "),
      sharesText(endpoint),
    ),
    tooltip: card(endpoint.name, [
      [l10n.t("State"), [state, ...takeovers(endpoint)].join(", ")],
      [l10n.t("Reason"), endpoint.reason],
      [l10n.t("Compute target"), compute],
      [l10n.t("From outside"), endpoint.notes.join(" ")],
      [l10n.t("Traffic"), sharesText(endpoint)],
      [l10n.t("Scoring URI"), endpoint.scoringUri],
    ]),
    subject: { kind: "endpoint", endpoint },
    click: { kind: "run", command: "scoredock.showEndpoint", title: l10n.t("Show Details") },
    children: () => endpoint.versions.map((version) => versionNode(endpoint, version)),
    open: true,
  };
}

/** Endpoints in alphabetical order. */
export function endpointNodes(state: ViewState): readonly Node[] {
  return [...state.endpoints].sort((one, other) => one.name.localeCompare(other.name)).map(endpointNode);
}
