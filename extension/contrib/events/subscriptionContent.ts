/** The page of a subscription to events. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { EventDetails, EventProblem, EventSubscription, EventWaiting } from "../../protocol";
import { baseName } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import {
  allowedFlags,
  type Block,
  code,
  column,
  compactTable,
  content,
  fields,
  fileLink,
  folderLink,
  notice,
  type PageAction,
  type PageContent,
  row,
  section,
  text,
  time,
  type Tone,
} from "../../pages/content";
import { filterText, problemText, subscriptionFlags } from "./subscriptionNodes";

const LOOK_TONES: Readonly<Record<EventSubscription["look"], Tone>> = {
  good: "good",
  waiting: "busy",
  trouble: "warning",
  paused: "plain",
};

const SCHEMAS: Readonly<Record<EventSubscription["schema"], string>> = {
  cloudevents: "CloudEvents 1.0",
  eventgrid: "Event Grid",
  otlp: "OpenTelemetry",
};

function subscriptionActions(subscription: EventSubscription): readonly PageAction[] {
  const offers = allowedFlags(subscriptionFlags(subscription), row({ kind: "subscription", subscription }), [
    ["paused", l10n.t("Resume"), "resumeSubscription"],
    ["pausable", l10n.t("Pause"), "pauseSubscription"],
    ["subscription", l10n.t("Send Test Event"), "testSubscription"],
    ["subscription", l10n.t("Delete…"), "deleteSubscription"],
  ]);
  return subscription.error === "" ? offers : offers.slice(1);
}

/** The last part of a type, which tells those of Azure apart. */
function typeWords(type: string): string {
  return type.replace(/^Microsoft\.MachineLearningServices\.|^io\.scoredock\./, "");
}

function waitingTable(all: readonly EventWaiting[], now: number): readonly Block[] {
  return compactTable(
    [
      column(l10n.t("Number"), "figure"),
      column(l10n.t("Event")),
      column(l10n.t("Subject"), "long"),
      column(l10n.t("Since")),
      column(l10n.t("Attempts"), "figure"),
    ],
    all.map(({ seq, type, subject, time: since, attempts }) => [
      text(String(seq)),
      text(typeWords(type)),
      text(subject),
      time(Date.parse(since) / 1000, now),
      text(attempts === 0 ? "" : String(attempts)),
    ]),
  );
}

function problemTable(all: readonly EventProblem[], now: number): readonly Block[] {
  return compactTable(
    [
      column(l10n.t("Time")),
      column(l10n.t("Event"), "extra"),
      column(l10n.t("Subject"), "extra"),
      column(l10n.t("Reason"), "long"),
    ],
    all.map((one) => [time(one.time, now), text(typeWords(one.type)), text(one.subject), text(one.reason)]),
  );
}

function subscriptionFields(subscription: EventSubscription, file: string, now: number): readonly Block[] {
  const { kind, target, folder, delivered, repeated, undelivered, dropped } = subscription;
  const repetitions = repeated === 0 ? "" : l10n.t("{0} of them marked as repeated", repeated);
  const aside = undelivered === 0 ? [] : text(String(undelivered));
  return fields([
    [kind === "command" ? l10n.t("Program") : l10n.t("Address"), code(target)],
    [l10n.t("Runs in"), folderLink(folder)],
    [l10n.t("What is sent"), text(SCHEMAS[subscription.schema])],
    [l10n.t("Events"), text(filterText(subscription) || l10n.t("all"))],
    [l10n.t("Signed"), text(kind === "command" ? "" : subscription.signed ? l10n.t("yes") : l10n.t("no"))],
    [l10n.t("Delivered"), text(joinWords([String(delivered), repetitions]))],
    [l10n.t("Last delivery"), time(subscription.lastDelivered, now)],
    [l10n.t("Put aside"), [...aside, ...(file === "" ? [] : fileLink(file, baseName(file)))]],
    [l10n.t("Let go"), text(dropped === 0 ? "" : String(dropped))],
    [l10n.t("Created"), time(subscription.created, now)],
  ]);
}

/** The page; `now` in seconds. */
export function subscriptionContent(details: EventDetails, now: number): PageContent {
  const { subscription, waiting, problems, undelivered, file } = details;
  const problem = problemText(subscription);
  return content({
    title: subscription.name,
    kind: l10n.t("Subscription to events"),
    states: [{ text: subscription.status, tone: LOOK_TONES[subscription.look] }],
    actions: subscriptionActions(subscription),
    notices: problem === "" ? [] : [notice(subscription.look === "paused" ? "plain" : "warning", problem)],
    sections: [
      ...section(l10n.t("Overview"), subscriptionFields(subscription, file, now)),
      ...section(l10n.t("Waiting"), waitingTable(waiting, now)),
      ...section(l10n.t("Put Aside"), problemTable(undelivered, now)),
      ...section(l10n.t("Last Failed Attempts"), problemTable(problems, now)),
    ],
  });
}
