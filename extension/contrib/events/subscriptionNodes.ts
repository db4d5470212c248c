/** Rows of the Workspaces view for who gets events: one for each subscription. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { EventSubscription } from "../../protocol";
import type { Page } from "../../state/pages";
import { ago, dateTime } from "../../text/format";
import { applying, joinWords } from "../../text/joinWords";
import { entriesOf, type Entry, type ListId } from "../../views/listId";
import { card, endNodes, type Icon, type Node, withMore } from "../../views/node";

/** The heading below the workspaces; its rows are fetched when it is opened. */
export function subscriptionsNode(workspaceId: string): Node {
  const label = l10n.t("Events");
  return {
    id: `subscriptions/${workspaceId}`,
    label,
    description: "",
    icon: { id: "broadcast" },
    flags: "eventHeading",
    spoken: l10n.t("Programs and webhooks that get events of the active workspace"),
    tooltip: withMore(
      card(label, []),
      l10n.t("Programs and webhooks that get an event when a model is registered, a service fails, or data drifts."),
    ),
    subject: { kind: "subscriptions" },
    list: { kind: "subscriptions", workspaceId },
  };
}

const ICONS: Readonly<Record<EventSubscription["look"], Icon>> = {
  good: { id: "broadcast", color: "charts.green" },
  waiting: { id: "broadcast", color: "charts.blue" },
  trouble: { id: "warning", color: "problemsWarningIcon.foreground" },
  paused: { id: "debug-pause" },
};

/** What can be done with a subscription, as flags for the menus. */
export function subscriptionFlags({ paused, error }: EventSubscription): string {
  return applying({
    subscription: true,
    pausable: paused === "" && error === "",
    paused: paused !== "" && error === "",
    damaged: error !== "",
  });
}

/** Which events it gets; empty for all. */
export function filterText({ types, subjectBeginsWith, subjectEndsWith }: EventSubscription): string {
  const begins = subjectBeginsWith === "" ? "" : `${subjectBeginsWith}…`;
  const ends = subjectEndsWith === "" ? "" : `…${subjectEndsWith}`;
  return [...types, begins, ends].filter((each) => each !== "").join(", ");
}

/** Why it does not get what waits; empty where it does. */
export function problemText({ error, paused, look, lastError }: EventSubscription): string {
  return error === "" ? (paused === "" ? (look === "trouble" ? lastError : "") : paused) : error;
}

function subscriptionNode(subscription: EventSubscription, now: number): Node {
  const { name, target, status, look, undelivered, dropped, lastDelivered } = subscription;
  const problem = problemText(subscription);
  return {
    id: `subscription/${name}`,
    label: name,
    description: joinWords([status, target]),
    icon: ICONS[look],
    flags: subscriptionFlags(subscription),
    spoken: joinWords([l10n.t("Subscription {0}, receiver {1}", name, target), status, problem], ", "),
    tooltip: card(name, [
      [l10n.t("Receiver"), target],
      [l10n.t("Events"), filterText(subscription)],
      [l10n.t("Status"), status],
      [
        l10n.t("Last delivery"),
        lastDelivered === null ? "" : joinWords([ago(lastDelivered, now), dateTime(lastDelivered)]),
      ],
      [l10n.t("Put aside"), undelivered === 0 ? "" : String(undelivered)],
      [l10n.t("Let go"), dropped === 0 ? "" : String(dropped)],
      [l10n.t("Problem"), problem],
    ]),
    subject: { kind: "subscription", subscription },
    click: { kind: "run", command: "scoredock.showSubscription", title: l10n.t("Show Details") },
  };
}

function emptyNodes(): readonly Node[] {
  const subject = { kind: "subscriptions" } as const;
  const sentence = l10n.t("Nobody gets events yet.");
  const subscribe = l10n.t("Subscribe to Events…");
  return [
    {
      id: "subscriptions/none",
      label: sentence,
      description: l10n.t("Learn more"),
      icon: { id: "info" },
      flags: "",
      spoken: joinWords([sentence, l10n.t("Learn more")], " "),
      tooltip: "",
      subject,
      click: {
        kind: "run",
        command: "scoredock.openDocumentation",
        title: l10n.t("Learn more"),
        argument: "docs/events.md",
      },
    },
    {
      id: "subscriptions/subscribe",
      label: subscribe,
      description: "",
      icon: { id: "add" },
      flags: "",
      spoken: subscribe,
      tooltip: "",
      subject,
      click: { kind: "run", command: "scoredock.subscribeToEvents", title: subscribe },
    },
  ];
}

/** By name. */
export function subscriptionNodes(list: ListId, page: Page<Entry>, now: number): readonly Node[] {
  const nodes = entriesOf(page.rows, "subscription").map(({ subscription }) => subscriptionNode(subscription, now));
  return [...(nodes.length === 0 && page.problem === "" ? emptyNodes() : nodes), ...endNodes(list, page)];
}
