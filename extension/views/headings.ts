/** What stands below the models and below the environments, each behind a heading. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Holding, ListId } from "./listId";
import type { Node } from "./node";

/** Sample requests, what contributions add, and what was deleted, which are models most of the time. */
export function modelHeadings(workspaceId: string, contributed: readonly ListId[]): readonly ListId[] {
  const heading = (holding: Holding): ListId => ({ kind: "heading", workspaceId, holding });
  return [heading("dataset"), ...contributed, heading("trash")];
}

/** Images are environments with a model in them. */
export function environmentHeadings(workspaceId: string): readonly ListId[] {
  return [{ kind: "heading", workspaceId, holding: "image" }];
}

function invitation(id: string, label: string, step: string, command: string): Node {
  return {
    id: `empty/${id}`,
    label,
    description: step,
    icon: { id: "info" },
    flags: "empty",
    spoken: `${label}. ${step}`,
    tooltip: "",
    subject: { kind: "problem", sentence: label },
    click: { kind: "run", command, title: step },
  };
}

/** Above the headings when no model is registered; an empty view has a text of its own. */
export function noModelNode(): Node {
  return invitation("model", l10n.t("No model yet"), l10n.t("Register a Model…"), "scoredock.registerModel");
}

export function noEnvironmentNode(): Node {
  return invitation(
    "environment",
    l10n.t("No environment yet"),
    l10n.t("Register an Environment…"),
    "scoredock.registerEnvironment",
  );
}
