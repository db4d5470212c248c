/** The page of a subscription to events as a kind of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromWorkspaces } from "../../pages/coreKinds";
import { subscriptionContent } from "./subscriptionContent";
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    readonly subscription: WithName;
  }
}

export const PAGES: KindsOf<"subscription"> = {
  subscription: {
    follows: ["events"],
    title: ({ name }) => name,
    goneCodes: ["event-subscription-missing"],
    gone: ({ name }) =>
      goneFromWorkspaces(l10n.t("The subscription {0} was deleted. Its receiver gets no more events.", name)),
    read: async ({ name }, { ask, workspaceId }) => {
      const details = await ask("scoredock/event/show", { name, workspaceId });
      return (now) => subscriptionContent(details, now);
    },
  },
};
