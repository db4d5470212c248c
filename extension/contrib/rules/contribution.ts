/** Deployment rules. */
import * as l10n from "@vscode/l10n";

import type { Contribution } from "../../contribution";
import { goneFromServices } from "../../pages/coreKinds";
import { ruleContent } from "../../pages/ruleContent";
import { COMMANDS } from "./commands";

declare module "../../pages/content" {
  interface PageRefs {
    readonly rule: WithName;
  }
}

export const rules: Contribution = {
  name: "rules",
  commands: COMMANDS,
  pages: {
    rule: {
      follows: ["rules", "services"],
      title: ({ name }) => name,
      goneCodes: ["rule-missing"],
      gone: ({ name }) => goneFromServices(l10n.t("The rule {0} was deleted. The service stays as it is.", name)),
      read: async ({ name }, { ask, workspaceId }) => {
        const details = await ask("scoredock/rule/show", { name, workspaceId });
        return (now) => ruleContent(details, now);
      },
    },
  },
};
