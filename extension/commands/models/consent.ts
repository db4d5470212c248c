/** Models with known-bad names or Python code: deployed after a person has read what they hold and said yes. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { detailNames, type Failure } from "../../text/errors";
import type { Model, PickleReport } from "../../protocol";
import { confirm, showInformation, commandButton } from "../../editor/notifications";
import { needsConsent } from "../../views/modelNodes";
import { requestInView } from "../interaction/progress";
import { pickModel } from "../interaction/pickModel";
import { modelOf, subjectOf, here } from "../interaction/target";
import { showInformationMessage } from "../../window";

const { l10n } = vscode;

/** Names and pieces of code that are listed in a question; the details page has them all. */
const LISTED_LINES = 20;

function listLines(held: readonly string[]): readonly string[] {
  const more = held.length > LISTED_LINES ? [l10n.t("… and {0} more", held.length - LISTED_LINES)] : [];
  return ["", ...held.slice(0, LISTED_LINES), ...more, ""];
}

async function askConsent(id: string, { bad, code }: PickleReport, yes: string): Promise<boolean> {
  const detail = [
    ...(bad.length === 0
      ? []
      : [
          l10n.t(
            "Its pickles contain names that run commands or access files or the network. Deploying loads them with all your rights:",
          ),
          ...listLines(bad),
        ]),
    ...(code.length === 0
      ? []
      : [l10n.t("It contains Python code. Deploying runs it with all your rights:"), ...listLines(code)]),
    l10n.t("Your permission is recorded with all of this and can be withdrawn."),
  ];
  return confirm(l10n.t("Allow {0} to be deployed?", id), detail, yes);
}

async function reportOf(app: App, id: string): Promise<PickleReport> {
  return (await app.session.request("scoredock/model/show", { id, ...here(app) })).pickle;
}

async function setConsent(app: App, id: string, withdraw: boolean): Promise<void> {
  await requestInView(app, "models", "scoredock/model/consent", { id, withdraw, ...here(app) });
}

/** Asks for each model that a refused deployment named; goes on with it when all were allowed. */
export async function allowThen(app: App, refused: Failure, yes: string, go: () => Promise<unknown>): Promise<void> {
  const ids = detailNames(refused.details, "models");
  for (const id of ids) {
    if (!(await askConsent(id, await reportOf(app, id), yes))) {
      return;
    }
    await setConsent(app, id, false);
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
    none: l10n.t("No model in this workspace needs permission to deploy."),
  });
}

export async function allowModel(app: App, argument: unknown): Promise<void> {
  const model = await modelInQuestion(app, argument, l10n.t("Allow Deployment"));
  if (model === undefined) {
    return;
  }
  if (!needsConsent(model.pickle)) {
    void showInformationMessage(
      l10n.t("{0} has no known-bad names and no Python code of its own; it needs no permission.", model.id),
    );
    return;
  }
  if (await askConsent(model.id, await reportOf(app, model.id), l10n.t("Allow"))) {
    await setConsent(app, model.id, false);
    showInformation(l10n.t("{0} may be deployed.", model.id), [
      commandButton(l10n.t("Deploy…"), "scoredock.deploy", model.id),
    ]);
  }
}

export async function withdrawModelConsent(app: App, argument: unknown): Promise<void> {
  const model = await modelInQuestion(app, argument, l10n.t("Withdraw Permission"));
  if (model === undefined) {
    return;
  }
  const { pickle } = await app.session.request("scoredock/model/show", { id: model.id, ...here(app) });
  if (pickle.consent === "") {
    void showInformationMessage(l10n.t("No one has allowed {0} to be deployed.", model.id));
    return;
  }
  await setConsent(app, model.id, true);
  showInformation(l10n.t("{0} can no longer be deployed. Services that run already are not stopped.", model.id));
}
