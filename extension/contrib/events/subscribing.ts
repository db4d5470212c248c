/** A program or a webhook subscribes to events, by a few questions. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { requireTrust, showInformation } from "../../editor/notifications";
import type { EventSchema, EventSubscribed, EventType, Requests } from "../../protocol";
import { failureOf } from "../../text/errors";
import { requireTrustFor, type ThingCommand } from "../../commands/interaction/onThing";
import { longRequest, requestInView } from "../../commands/interaction/progress";
import { currentFolder, here } from "../../commands/interaction/target";
import { type Choice, fieldStep, runWizard, type WizardStep } from "../../commands/interaction/wizard";
import { onSubscription, openSubscription, sendTest } from "./events";
import { showInformationMessage, showInputBox, showWarningMessage } from "../../window";

const { l10n } = vscode;
/** Seconds that somebody has for opening the URL of a validation. */
const PATIENCE = 300;

interface Answers {
  readonly kind: "webhook" | "command";
  readonly url: string;
  readonly commandLine: string;
  readonly schema: EventSchema;
  /** Empty for all. */
  readonly types: readonly string[];
  readonly subjectBeginsWith: string;
  readonly name: string;
}

function kindStep(): WizardStep<Answers> {
  const items: readonly Choice<Answers["kind"]>[] = [
    { label: l10n.t("Webhook"), description: l10n.t("an http or https address"), value: "webhook" },
    { label: l10n.t("Program"), description: l10n.t("gets each event on standard input"), value: "command" },
  ];
  return {
    kind: "pick",
    placeholder: l10n.t("Who gets events"),
    items: () => items,
    active: ({ kind }, value) => kind === value,
    save: (answers, kind: Answers["kind"]) => ({ ...answers, kind }),
  };
}

function schemaStep(): WizardStep<Answers> {
  const items: readonly Choice<EventSchema>[] = [
    { label: "CloudEvents 1.0", description: l10n.t("JSON, one event in a request"), value: "cloudevents" },
    { label: "Event Grid", description: l10n.t("as Azure sends it"), value: "eventgrid" },
    { label: "OpenTelemetry", description: l10n.t("spans for an OTLP/HTTP endpoint"), value: "otlp" },
  ];
  return {
    kind: "pick",
    placeholder: l10n.t("What is sent"),
    when: ({ kind }) => kind === "webhook",
    items: () => items,
    active: ({ schema }, value) => schema === value,
    save: (answers, schema: EventSchema) => ({ ...answers, schema }),
  };
}

function typesStep(types: readonly EventType[]): WizardStep<Answers> {
  return {
    kind: "many",
    placeholder: l10n.t("Which events; none selected means all"),
    items: () => types.map(({ pattern, when }) => ({ label: pattern, description: when, value: pattern })),
    picked: (answers, value: string) => answers.types.includes(value),
    save: (answers, chosen: readonly string[]) => ({ ...answers, types: chosen }),
  };
}

async function ask(app: App): Promise<Answers | undefined> {
  const { types } = await app.session.request("scoredock/event/types", {});
  return runWizard<Answers>(
    {
      title: l10n.t("Subscribe to Events"),
      finish: l10n.t("Subscribe"),
      steps: [
        kindStep(),
        { ...fieldStep<Answers>("url", l10n.t("Address of the webhook")), when: ({ kind }) => kind === "webhook" },
        {
          ...fieldStep<Answers>("commandLine", l10n.t("Program with its arguments; no shell reads them")),
          when: ({ kind }) => kind === "command",
        },
        schemaStep(),
        typesStep(types),
        fieldStep(
          "subjectBeginsWith",
          l10n.t("Only subjects that begin with this, such as models/diabetes; empty for all"),
        ),
        fieldStep("name", l10n.t("Name of the subscription")),
      ],
    },
    {
      kind: "webhook",
      url: "https://",
      commandLine: "",
      schema: "cloudevents",
      types: [],
      subjectBeginsWith: "",
      name: "events",
    },
  );
}

type Params = Requests["scoredock/event/subscribe"]["params"];

function paramsOf(app: App, { kind, url, commandLine, ...answers }: Answers): Params {
  const receiver = kind === "webhook" ? { url } : { commandLine, schema: "cloudevents" as const };
  return { ...answers, ...receiver, folder: currentFolder() ?? "", ...here(app) };
}

/** What can be done where the receiver has not agreed. */
async function otherWay({ schema, url }: Params, sentence: string): Promise<Partial<Params> | undefined> {
  const all = l10n.t("Subscribe All the Same");
  const wait = l10n.t("Wait for Validation");
  const detail = l10n.t("A receiver of your own, or one that is not there yet, can do without agreeing.");
  const buttons = schema === "eventgrid" && url !== undefined ? [wait, all] : [all];
  const chosen = await showWarningMessage(sentence, { modal: true, detail }, ...buttons);
  if (chosen === wait) {
    return { patience: PATIENCE };
  }
  return chosen === all ? { handshake: false } : undefined;
}

async function subscribe(app: App, params: Params): Promise<EventSubscribed | undefined> {
  const title = l10n.t("Subscribing {0}", params.name);
  try {
    return await longRequest(app, title, "scoredock/event/subscribe", params);
  } catch (error) {
    const { code, sentence } = failureOf(error);
    const handshake = params.handshake ?? true;
    if (!handshake || !["event-handshake-refused", "event-receiver-unreachable"].includes(code)) {
      throw error;
    }
    const other = await otherWay(params, sentence);
    return other === undefined ? undefined : subscribe(app, { ...params, ...other });
  }
}

/** It is said only now, so that it is not passed over like a notification. */
async function showSecret(name: string, secret: string): Promise<void> {
  const copy = l10n.t("Copy Secret");
  const note = l10n.t("The receiver checks signatures with it. It is shown only now.");
  const detail = [secret, "", note];
  const question = l10n.t("Requests of {0} are signed with this secret", name);
  const chosen = await showInformationMessage(question, { modal: true, detail }, copy);
  if (chosen === copy) {
    await vscode.env.clipboard.writeText(secret);
  }
}

export const subscribeToEvents: ThingCommand = async (app) => {
  requireTrust();
  const answers = await ask(app);
  const subscribed = answers && (await subscribe(app, paramsOf(app, answers)));
  if (subscribed === undefined) {
    return;
  }
  await app.lists.again(({ kind }) => kind === "subscriptions");
  const { subscription, secret } = subscribed;
  const { name, target } = subscription;
  if (secret !== "") {
    await showSecret(name, secret);
  }
  showInformation(l10n.t("{0} gets events from now on.", target), [
    { title: l10n.t("Send Test Event"), act: () => sendTest(app, name) },
    { title: l10n.t("Show Details"), act: () => openSubscription(app, name) },
  ]);
};

/** One that came with a backup needs its whole address: a part of it may have been a secret. */
export const resumeSubscription = requireTrustFor(
  onSubscription(l10n.t("Resume"), "paused", async (app, { name, target, needsUrl }) => {
    const prompt = l10n.t("The whole address: a part of it may be a secret, and is in no backup");
    const url = needsUrl ? await showInputBox({ title: name, prompt, value: target, ignoreFocusOut: true }) : "";
    if (url === undefined) {
      return;
    }
    const params = { name, url, ...here(app) };
    const { secret } = await requestInView(app, "workspaces", "scoredock/event/resume", params);
    await app.lists.again(({ kind }) => kind === "subscriptions");
    if (secret !== "") {
      await showSecret(name, secret);
    }
  }),
);
