/** Compares two versions of models. */
import * as vscode from "vscode";

import type { App } from "../app";
import type { Model } from "../protocol";
import { ago } from "../text";
import { modelOf, workspaceId } from "./target";

const { l10n } = vscode;

interface Choice extends vscode.QuickPickItem {
  readonly model?: Model;
}

/** The other versions of the same model first, newest first, then those of others. */
function choices(first: Model, models: readonly Model[]): Choice[] {
  const others = models.filter((model) => model.id !== first.id).sort((one, other) => one.name.localeCompare(other.name) || other.version - one.version);
  const items = (chosen: readonly Model[]): Choice[] =>
    chosen.map((model) => ({ label: model.id, description: ago(model.created, Date.now() / 1000), model }));
  const same = items(others.filter((model) => model.name === first.name));
  const rest = items(others.filter((model) => model.name !== first.name));
  const separator = { label: l10n.t("Other models"), kind: vscode.QuickPickItemKind.Separator };
  return rest.length === 0 ? same : [...same, separator, ...rest];
}

export async function compareModels(app: App, argument: unknown): Promise<void> {
  const first = await modelOf(app, argument, l10n.t("Compare"));
  if (first === undefined) {
    return;
  }
  const items = choices(first, app.live.state.models);
  if (items.length === 0) {
    void vscode.window.showInformationMessage(l10n.t("There is no other version to compare {0} with.", first.id));
    return;
  }
  const picked = await vscode.window.showQuickPick(items, { title: l10n.t("Compare {0} with", first.id), placeHolder: l10n.t("Model version"), matchOnDescription: true });
  if (picked?.model === undefined) {
    return;
  }
  // Differences read from the older to the newer.
  const [before, after] = picked.model.created <= first.created ? [picked.model, first] : [first, picked.model];
  await app.details.showComparison(await app.session.request("scoredock/model/compare", { first: before.id, second: after.id, workspaceId: workspaceId(app) }));
}
