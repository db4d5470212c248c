/** The lists of who gets events, below the workspaces. No `vscode` here. */
import type { EventSubscription } from "../../protocol";
import { type ListTable, wholePage } from "../../views/listKinds";
import { subscriptionNodes, subscriptionsNode } from "./subscriptionNodes";

declare module "../../views/listId" {
  interface ListRefs {
    readonly subscriptionHeading: OfWorkspace;
    readonly subscriptions: OfWorkspace;
  }
  interface RowRefs {
    readonly subscription: { readonly subscription: EventSubscription };
  }
}

declare module "../../views/node" {
  interface SubjectRefs {
    /** The heading. */
    readonly subscriptions: object;
    readonly subscription: { readonly subscription: EventSubscription };
  }
}

export const LISTS: ListTable<"subscriptionHeading" | "subscriptions", "subscription"> = {
  kinds: {
    subscriptionHeading: {
      nodes: ({ workspaceId }) => [subscriptionsNode(workspaceId)],
      follows: () => false,
      below: "workspaces",
    },
    subscriptions: {
      ask: async ({ workspaceId }, { request }) => {
        const { subscriptions } = await request("scoredock/event/list", { workspaceId });
        return wholePage(subscriptions.map((subscription) => ({ kind: "subscription", subscription })));
      },
      nodes: subscriptionNodes,
      follows: ({ events }) => events,
    },
  },
  rows: { subscription: ({ subscription }) => subscription.name },
};
