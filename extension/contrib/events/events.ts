/** Subscriptions to events: shown, tried, resumed, deleted. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { commandButton, confirm, showFailure, showInformation } from "../../editor/notifications";
import type { EventSubscription } from "../../protocol";
import { joinWords } from "../../text/joinWords";
import { subscriptionFlags } from "./subscriptionNodes";
import { onThing, requireTrustFor, type ThingAction, type ThingCommand } from "../../commands/interaction/onThing";
import { longRequest, requestInView } from "../../commands/interaction/progress";
import { here, subjectOf } from "../../commands/interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

async function subscriptionOf(
  app: App,
  argument: unknown,
  title: string,
  flag: string,
): Promise<EventSubscription | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "subscription") {
    return subject.subscription;
  }
  const { subscriptions } = await app.session.request("scoredock/event/list", here(app));
  if (typeof argument === "string" && argument !== "") {
    return subscriptions.find(({ name }) => name === argument);
  }
  const suiting = subscriptions.filter((one) => subscriptionFlags(one).split(" ").includes(flag));
  if (suiting.length === 0) {
    showInformation(l10n.t("No subscription of this workspace can be used for this."), [
      commandButton(l10n.t("Subscribe to Events…"), "scoredock.subscribeToEvents"),
    ]);
    return undefined;
  }
  const items = suiting.map((subscription) => ({
    label: subscription.name,
    description: subscription.target,
    subscription,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Subscription") }))?.subscription;
}

export function onSubscription(title: string, flag: string, act: ThingAction<EventSubscription>): ThingCommand {
  return onThing((app, argument) => subscriptionOf(app, argument, title, flag), act);
}

/** Its page. */
export function openSubscription(app: App, name: string, passing = false): void {
  app.pages.open({ kind: "subscription", name, ...here(app) }, passing);
}

export const showSubscription = onSubscription(l10n.t("Show Details"), "subscription", (app, { name }, argument) => {
  openSubscription(app, name, subjectOf(argument) !== undefined);
});

/** Sends a test event and says what came of it. */
export async function sendTest(app: App, name: string): Promise<void> {
  const title = l10n.t("Sending a test event to {0}", name);
  const params = { name, ...here(app) };
  try {
    const tested = await longRequest(app, title, "scoredock/event/test", params);
    const seconds = tested.seconds.toFixed(tested.seconds < 1 ? 2 : 1);
    showInformation(l10n.t("{0} has taken a test event in {1} s.", tested.target, seconds));
  } catch (error) {
    showFailure(error, [{ title: l10n.t("Show Details"), act: () => openSubscription(app, name) }]);
  }
}

export const testSubscription = requireTrustFor(
  onSubscription(l10n.t("Send Test Event"), "subscription", (app, { name }) => sendTest(app, name)),
);

export const pauseSubscription = onSubscription(l10n.t("Pause"), "pausable", async (app, { name }) => {
  await requestInView(app, "workspaces", "scoredock/event/pause", { name, ...here(app) });
});

export const deleteSubscription = onSubscription(
  l10n.t("Delete Subscription"),
  "subscription",
  async (app, { name, target, waiting }) => {
    const end = l10n.t("{0} gets no more events.", target);
    const lost = waiting === 1 ? l10n.t("1 event waits for it.") : l10n.t("{0} events wait for it.", waiting);
    const detail = joinWords([end, waiting === 0 ? "" : lost], " ");
    if (await confirm(l10n.t("Delete the subscription {0}?", name), detail, l10n.t("Delete"))) {
      await requestInView(app, "workspaces", "scoredock/event/delete", { name, ...here(app) });
      await app.lists.again(({ kind }) => kind === "subscriptions");
    }
  },
);
