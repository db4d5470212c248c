/** A deployment rule by a few questions: which version, which conditions, which canary, which name. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation } from "../../editor/notifications";
import type { EndpointDetails, RuleCanary, RuleConditions, Service } from "../../protocol";
import { stateText } from "../../text/serviceState";
import { pickAsset } from "../../commands/assets/assets";
import { requestInView } from "../../commands/interaction/progress";
import { here, iconOf, serviceOf, subjectOf } from "../../commands/interaction/target";
import { requireTrustFor, type ThingCommand } from "../../commands/interaction/onThing";
import { openRule, runRule } from "./rules";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

interface Question {
  readonly app: App;
  readonly title: string;
  readonly service: Service;
}

interface RuleSource {
  readonly model: string;
  /** The model, or the model with an alias. */
  readonly source: string;
}

function nameIn(reference: string): string {
  return reference.replace(/[:@].*$/, "");
}

/** Of the model that the command was run on, else of those that the service has. */
async function askModel({ service, title }: Question, chosen: string): Promise<string | undefined> {
  const models = [...new Set(service.models.map(nameIn))];
  if (chosen !== "" || models.length === 1) {
    return chosen === "" ? models[0] : chosen;
  }
  return showQuickPick(models, { title, placeHolder: l10n.t("Model") });
}

async function askSource(question: Question, chosen: string): Promise<RuleSource | undefined> {
  const { app, title } = question;
  const model = await askModel(question, chosen);
  if (model === undefined) {
    return undefined;
  }
  const { models } = await app.session.request("scoredock/model/list", { name: model, ...here(app) });
  const aliases = [...new Set(models.flatMap((one) => one.aliases))].sort();
  const items = [
    { label: l10n.t("Newest Version"), description: l10n.t("each one that is registered"), source: model },
    ...aliases.map((alias) => ({
      label: l10n.t("Alias {0}", alias),
      description: l10n.t("each version that it is moved to"),
      source: `${model}@${alias}`,
    })),
    { label: l10n.t("Another Alias…"), description: l10n.t("that does not exist yet"), source: "" },
  ];
  const placeHolder = l10n.t("Which version of {0} goes into {1}", model, question.service.name);
  const picked = await showQuickPick(items, { title, placeHolder });
  if (picked === undefined) {
    return undefined;
  }
  if (picked.source !== "") {
    return { model, source: picked.source };
  }
  const alias = await showInputBox({
    title,
    prompt: l10n.t("Alias, such as champion"),
    ignoreFocusOut: true,
  });
  return alias === undefined || alias === "" ? undefined : { model, source: `${model}@${alias}` };
}

async function askScore({ app, title }: Question): Promise<Partial<RuleConditions> | undefined> {
  const dataset = await pickAsset(app, title, "dataset");
  const label =
    dataset &&
    (await showInputBox({
      title,
      prompt: l10n.t("Column of {0} that holds what is right", dataset.name),
      ignoreFocusOut: true,
    }));
  if (dataset === undefined || label === undefined || label === "") {
    return undefined;
  }
  const score = await showInputBox({
    title,
    prompt: l10n.t("Limit: accuracy >= 0.9, or against what serves now: rmse <= current"),
    value: "accuracy >= current",
    ignoreFocusOut: true,
  });
  return score === undefined ? undefined : { dataset: dataset.name, label, score };
}

/** What there is here: tests beside the script, comparisons of drift, a score. */
async function askConditions(question: Question): Promise<Partial<RuleConditions> | undefined> {
  const { app, title, service } = question;
  const folder = service.entryScript.replace(/[\\/][^\\/]*$/, "");
  const [{ files }, { monitors }] = await Promise.all([
    folder === ""
      ? Promise.resolve({ files: [] })
      : app.session.request("scoredock/test/list", { paths: [folder] }).catch(() => ({ files: [] })),
    app.session.request("scoredock/drift/list", here(app)).catch(() => ({ monitors: [] })), // drift may be left out
  ]);
  const tests = files.map(({ path }) => path);
  const items = [
    ...(tests.length === 0
      ? []
      : [
          {
            label: l10n.t("Tests Pass"),
            description: tests.map((path) => path.slice(folder.length + 1)).join(", "),
            picked: true,
            ask: () => Promise.resolve({ tests }),
          },
        ]),
    {
      label: l10n.t("Score on a Dataset…"),
      description: l10n.t("accuracy, rmse and others, against a number or what serves now"),
      ask: () => askScore(question),
    },
    ...monitors.map(({ name }) => ({
      label: l10n.t("No Drift in {0}", name),
      description: l10n.t("by its last comparison"),
      ask: () => Promise.resolve({ drift: name }),
    })),
  ];
  const placeHolder = l10n.t("What must hold before a version is deployed");
  const picked = await showQuickPick(items, { title, placeHolder, canPickMany: true });
  let conditions: Partial<RuleConditions> | undefined = picked === undefined ? undefined : {};
  for (const one of picked ?? []) {
    const more: Partial<RuleConditions> | undefined = await one.ask();
    conditions = more === undefined || conditions === undefined ? undefined : { ...conditions, ...more };
  }
  return conditions;
}

function doorsOf(app: App, service: Service): readonly EndpointDetails[] {
  return app.live.state.endpoints.filter(({ versions }) =>
    versions.some((one) => one.isDefault && one.service === service.name),
  );
}

type Canary = Partial<RuleCanary> & Pick<RuleCanary, "shares">;

/** Null for none, which is all there is without an endpoint. */
async function askCanary({ app, title, service }: Question): Promise<Canary | null | undefined> {
  const [door] = doorsOf(app, service);
  if (door === undefined) {
    return null;
  }
  const items: (vscode.QuickPickItem & { canary: Canary | null })[] = [
    {
      label: l10n.t("10%, Then 50%"),
      description: l10n.t("10 minutes each, withdrawn above 5% errors"),
      canary: { endpoint: door.name, shares: [10, 50], seconds: 600 },
    },
    {
      label: l10n.t("5%, 25%, Then 50%"),
      description: l10n.t("an hour each, withdrawn above 1% errors"),
      canary: { endpoint: door.name, shares: [5, 25, 50], seconds: 3600, errors: 1 },
    },
    { label: l10n.t("No Canary"), description: l10n.t("the service is updated at once"), canary: null },
  ];
  const placeHolder = l10n.t("Requests of {0} that a version gets before it gets all", door.name);
  return (await showQuickPick(items, { title, placeHolder }))?.canary;
}

async function serviceFor(app: App, argument: unknown, title: string, model: string): Promise<Service | undefined> {
  if (model === "") {
    return serviceOf(app, argument, title);
  }
  const suiting = app.live.state.services.filter(({ models }) => models.some((one) => nameIn(one) === model));
  if (suiting.length === 0) {
    showInformation(l10n.t("No service uses {0} yet. Deploy it first.", model));
    return undefined;
  }
  const items = suiting.map((service) => ({
    label: service.name,
    description: stateText(service),
    iconPath: iconOf(service),
    service,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Service") }))?.service;
}

function modelIn(argument: unknown): string {
  const subject = subjectOf(argument);
  return subject?.kind === "group" ? subject.group.newest.name : subject?.kind === "version" ? subject.model.name : "";
}

export const createRule: ThingCommand = requireTrustFor(async (app, argument) => {
  const title = l10n.t("Deploy New Versions Automatically");
  const model = modelIn(argument);
  const service = await serviceFor(app, argument, title, model);
  if (service === undefined) {
    return;
  }
  const question = { app, title, service };
  const source = await askSource(question, model);
  const conditions = source && (await askConditions(question));
  const canary = conditions && (await askCanary(question));
  if (source === undefined || conditions === undefined || canary === undefined) {
    return;
  }
  const name = await showInputBox({
    title,
    prompt: l10n.t("Name of the rule"),
    value: service.name,
    ignoreFocusOut: true,
  });
  if (name === undefined || name === "") {
    return;
  }
  const params = {
    name,
    source: source.source,
    service: service.name,
    conditions,
    canary,
    workspaceId: service.workspaceId,
  };
  const rule = await requestInView(app, "services", "scoredock/rule/create", params);
  openRule(app, rule);
  showInformation(l10n.t("The rule {0} was created.", name), [
    { title: l10n.t("Run Now"), act: () => runRule(app, name) },
  ]);
});
