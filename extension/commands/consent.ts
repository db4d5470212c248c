/** Known-bad models: they are deployed only after a person has read the names and said yes, which is recorded. */
import * as vscode from "vscode";

import type { App } from "../app";
import { names, type Told } from "../errors";
import type { Model } from "../protocol";
import { confirmed, done } from "../tell";
import { inView } from "./busy";
import { pickModel } from "./pickModel";
import { modelOf, subjectOf, workspaceId } from "./target";

const { l10n } = vscode;

/** Names that are listed in a question; the details page has them all. */
const LISTED = 20;

function listed(bad: readonly string[]): string {
  const more = bad.length > LISTED ? [l10n.t("… and {0} more", bad.length - LISTED)] : [];
  return [...bad.slice(0, LISTED), ...more].join("\n");
}

async function asked(id: string, bad: readonly string[], yes: string): Promise<boolean> {
  const detail = [
    l10n.t("Its pickles name what runs commands or reaches files and network. Deploying loads them, with all your rights:"),
    listed(bad),
    l10n.t("Your consent is recorded with these names and can be withdrawn."),
  ].join("\n\n");
  return confirmed(l10n.t("Allow {0} to be deployed?", id), detail, yes);
}

async function badNames(app: App, id: string): Promise<readonly string[]> {
  return (await app.session.request("scoredock/model/show", { id, workspaceId: workspaceId(app) })).pickle.bad;
}

async function consent(app: App, id: string, withdraw: boolean): Promise<void> {
  await inView("models", () => app.session.request("scoredock/model/consent", { id, withdraw, workspaceId: workspaceId(app) }));
}

/** Asks for each model that a refused deployment named; goes on with it when all were allowed. */
export async function allowThen(app: App, refused: Told, yes: string, go: () => Promise<unknown>): Promise<void> {
  const ids = names(refused.details, "models");
  for (const id of ids) {
    if (!(await asked(id, await badNames(app, id), yes))) {
      return;
    }
    await consent(app, id, false);
  }
  if (ids.length > 0) {
    await go();
  }
}

/** The row's version, or a pick among those with known-bad names. */
async function badModel(app: App, argument: unknown, title: string): Promise<Model | undefined> {
  if (subjectOf(argument) !== undefined || typeof argument === "string") {
    return modelOf(app, argument, title);
  }
  return pickModel(app, { title, condition: "pickle:bad", none: l10n.t("No model of this workspace has known-bad names.") });
}

export async function allowModel(app: App, argument: unknown): Promise<void> {
  const model = await badModel(app, argument, l10n.t("Allow Deployment"));
  if (model === undefined) {
    return;
  }
  if (model.pickle !== "bad") {
    void vscode.window.showInformationMessage(l10n.t("{0} has no known-bad names; it needs no consent.", model.id));
    return;
  }
  if (await asked(model.id, await badNames(app, model.id), l10n.t("Allow"))) {
    await consent(app, model.id, false);
    done(l10n.t("{0} may be deployed.", model.id), [{ title: l10n.t("Deploy…"), act: () => vscode.commands.executeCommand("scoredock.deploy", model.id) }]);
  }
}

export async function withdrawModelConsent(app: App, argument: unknown): Promise<void> {
  const model = await badModel(app, argument, l10n.t("Withdraw Consent"));
  if (model === undefined) {
    return;
  }
  const { pickle } = await app.session.request("scoredock/model/show", { id: model.id, workspaceId: workspaceId(app) });
  if (pickle.consent === "") {
    void vscode.window.showInformationMessage(l10n.t("Nobody has allowed {0} to be deployed.", model.id));
    return;
  }
  await consent(app, model.id, true);
  done(l10n.t("{0} can no longer be deployed. Services that run already are not stopped.", model.id));
}
