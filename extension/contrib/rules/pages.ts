/** The page of a deployment rule as a kind of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromServices } from "../../pages/coreKinds";
import { ruleContent } from "./ruleContent";
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    readonly rule: WithName;
  }
}

export const PAGES: KindsOf<"rule"> = {
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
};
