/** Events, and who gets them. */
import * as l10n from "@vscode/l10n";

import type { Contribution } from "../../contribution";
import { goneFromWorkspaces } from "../../pages/coreKinds";
import { subscriptionContent } from "../../pages/reportContent";
import { COMMANDS } from "./commands";

declare module "../../pages/content" {
  interface PageRefs {
    readonly subscription: WithName;
  }
}

export const events: Contribution = {
  name: "events",
  commands: COMMANDS,
  pages: {
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
  },
};
