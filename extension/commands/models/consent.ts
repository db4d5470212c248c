/** Models with known-bad names or Python code: deployed after a person has read what they hold and said yes. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { names, type Told } from "../../text/errors";
import type { Model, PickleReport } from "../../protocol";
import { confirmed, done } from "../../editor/notifications";
import { needsConsent } from "../../views/modelNodes";
import { inView } from "../interaction/progress";
import { pickModel } from "../interaction/pickModel";
import { modelOf, subjectOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

/** Names and pieces of code that are listed in a question; the details page has them all. */
const LISTED = 20;

function listed(held: readonly string[]): string {
  const more = held.length > LISTED ? [l10n.t("… and {0} more", held.length - LISTED)] : [];
  return [...held.slice(0, LISTED), ...more].join("\n");
}

async function asked(id: string, { bad, code }: PickleReport, yes: string): Promise<boolean> {
  const detail = [
    ...(bad.length === 0
      ? []
      : [
          l10n.t(
            "Its pickles name what runs commands or reaches files and network. Deploying loads them, with all your rights:",
          ),
          listed(bad),
        ]),
    ...(code.length === 0
      ? []
      : [l10n.t("It brings Python code along. Deploying runs it, with all your rights:"), listed(code)]),
    l10n.t("Your consent is recorded with all of this and can be withdrawn."),
  ].join("\n\n");
  return confirmed(l10n.t("Allow {0} to be deployed?", id), detail, yes);
}

async function reportOf(app: App, id: string): Promise<PickleReport> {
  return (await app.session.request("scoredock/model/show", { id, workspaceId: workspaceId(app) })).pickle;
}

async function consent(app: App, id: string, withdraw: boolean): Promise<void> {
  await inView("models", () =>
    app.session.request("scoredock/model/consent", { id, withdraw, workspaceId: workspaceId(app) }),
  );
}

/** Asks for each model that a refused deployment named; goes on with it when all were allowed. */
export async function allowThen(app: App, refused: Told, yes: string, go: () => Promise<unknown>): Promise<void> {
  const ids = names(refused.details, "models");
  for (const id of ids) {
    if (!(await asked(id, await reportOf(app, id), yes))) {
      return;
    }
    await consent(app, id, false);
  }
  if (ids.length > 0) {
    await go();
  }
}

/** The row's version, or a pick among those that need a consent. */
async function modelInQuestion(app: App, argument: unknown, title: string): Promise<Model | undefined> {
  if (subjectOf(argument) !== undefined || typeof argument === "string") {
    return modelOf(app, argument, title);
  }
  return pickModel(app, {
    title,
    condition: "pickle:consent",
    none: l10n.t("No model of this workspace needs a consent."),
  });
}

export async function allowModel(app: App, argument: unknown): Promise<void> {
  const model = await modelInQuestion(app, argument, l10n.t("Allow Deployment"));
  if (model === undefined) {
    return;
  }
  if (!needsConsent(model.pickle)) {
    void vscode.window.showInformationMessage(
      l10n.t("{0} has no known-bad names and brings no Python code along; it needs no consent.", model.id),
    );
    return;
  }
  if (await asked(model.id, await reportOf(app, model.id), l10n.t("Allow"))) {
    await consent(app, model.id, false);
    done(l10n.t("{0} may be deployed.", model.id), [
      { title: l10n.t("Deploy…"), act: () => vscode.commands.executeCommand("scoredock.deploy", model.id) },
    ]);
  }
}

export async function withdrawModelConsent(app: App, argument: unknown): Promise<void> {
  const model = await modelInQuestion(app, argument, l10n.t("Withdraw Consent"));
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
