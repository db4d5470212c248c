/** Rows of the Workspaces view: each workspace and its compute targets. */
import * as l10n from "@vscode/l10n";

import type { ConnectOffer, Workspace } from "../protocol";
import { activeWorkspace, type ViewState } from "../state/state";
import { computesNode } from "./computeNodes";
import { card, type Node } from "./node";
import { joinWords, applying } from "../text/joinWords";

function description(workspace: Workspace): string {
  const parts = [
    workspace.isActive ? l10n.t("active") : "",
    workspace.left === "" ? "" : l10n.t("more to move here"),
    workspace.exists ? "" : l10n.t("created at the first change"),
    workspace.readOnly === "" ? "" : l10n.t("read-only"),
    workspace.resourceGroup,
  ];
  return joinWords(parts);
}

function workspaceNode(workspace: Workspace): Node {
  const { isActive, isDefault, exists, left } = workspace;
  return {
    id: `workspace/${workspace.id}`,
    label: workspace.name,
    description: description(workspace),
    icon: workspace.isActive ? { id: "circle-filled", color: "charts.green" } : { id: "circle-outline" },
    flags: applying({
      workspace: true,
      active: isActive,
      default: isDefault || !exists,
      left: left !== "",
      azure: workspace.subscriptionId !== "",
    }),
    spoken: joinWords(
      [
        workspace.isActive ? l10n.t("Active workspace {0}", workspace.name) : l10n.t("Workspace {0}", workspace.name),
        workspace.readOnly,
        workspace.left,
      ],
      ", ",
    ),
    tooltip: card(workspace.name, [
      [l10n.t("Workspace"), l10n.t("a store of models, environments and services on this machine")],
      [l10n.t("Why"), workspace.reason],
      [l10n.t("Elsewhere"), workspace.left],
      [l10n.t("Models"), String(workspace.models)],
      [l10n.t("Services"), String(workspace.services)],
      [l10n.t("Subscription"), workspace.subscriptionId],
      [l10n.t("Resource group"), workspace.resourceGroup],
      [l10n.t("Connected by"), workspace.configPath],
      [l10n.t("Folder"), workspace.path],
      [l10n.t("Read-only"), workspace.readOnly],
    ]),
    subject: { kind: "workspace", workspace },
    click: { kind: "run", command: "scoredock.showWorkspace", title: l10n.t("Show Details") },
  };
}

function offerNode(offer: ConnectOffer): Node {
  return {
    id: `offer/${offer.configPath}`,
    label: offer.workspaceName,
    description: l10n.t("not connected"),
    icon: { id: "plug" },
    flags: "offer",
    spoken: l10n.t("Workspace {0} of {1}, not connected", offer.workspaceName, offer.configPath),
    tooltip: card(offer.workspaceName, [
      [l10n.t("Found in"), offer.configPath],
      [l10n.t("Subscription"), offer.subscriptionId],
      [l10n.t("Resource group"), offer.resourceGroup],
    ]),
    subject: { kind: "offer", offer },
    click: { kind: "run", command: "scoredock.connectWorkspace", title: l10n.t("Connect") },
  };
}

/**
 * Workspaces as the server orders them, those that could be connected, and what belongs to the active one: compute
 * targets, and `below` of contributions.
 */
export function workspaceNodes(state: ViewState, below: (workspaceId: string) => readonly Node[]): readonly Node[] {
  const active = activeWorkspace(state);
  const headings = active === undefined ? [] : [computesNode(active.id), ...below(active.id)];
  return [...state.workspaces.map(workspaceNode), ...state.offers.map(offerNode), ...headings];
}
