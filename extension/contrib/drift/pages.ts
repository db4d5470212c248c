/** The page of a comparison as a kind of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromServices } from "../../pages/coreKinds";
import { driftContent } from "./driftContent";
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    /** `at` is when it was asked for, in seconds: it is read again then. */
    readonly drift: WithName & { readonly at: number };
  }
}

export const PAGES: KindsOf<"drift"> = {
  drift: {
    follows: [],
    identity: ({ workspaceId, name }) => [workspaceId, name],
    title: ({ name }) => l10n.t("Drift of {0}", name),
    goneCodes: ["drift-missing"],
    gone: ({ name }) => goneFromServices(l10n.t("The comparison {0} was deleted.", name)),
    read: async ({ name }, { ask, workspaceId }) => {
      const details = await ask("scoredock/drift/show", { name, workspaceId });
      return (now) => driftContent(details, workspaceId, now);
    },
  },
};
