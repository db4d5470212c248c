/** The list of deployment rules, below the services. No `vscode` here. */
import type { RuleSummary } from "../../protocol";
import { type ListTable, wholePage } from "../../views/listKinds";
import { rulesHeading } from "./ruleNodes";

declare module "../../views/listId" {
  interface ListRefs {
    readonly rules: OfWorkspace;
  }
  interface RowRefs {
    readonly rule: { readonly rule: RuleSummary };
  }
}

declare module "../../views/node" {
  interface SubjectRefs {
    readonly rule: { readonly rule: RuleSummary };
    /** The heading. */
    readonly rules: object;
  }
}

export const LISTS: ListTable<"rules", "rule"> = {
  kinds: {
    rules: {
      ask: async ({ workspaceId }, { request }) => {
        const { rules } = await request("scoredock/rule/list", { workspaceId });
        return wholePage(rules.map((rule) => ({ kind: "rule", rule })));
      },
      nodes: (_, page, now) => rulesHeading(page, now),
      follows: ({ rules }) => rules,
      below: "services",
    },
  },
  rows: { rule: ({ rule }) => rule.name },
};
