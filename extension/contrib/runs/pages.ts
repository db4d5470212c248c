/** The page of a run as a kind of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromModels } from "../../pages/coreKinds";
import { runContent } from "./runContent";
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    readonly run: { readonly workspaceId: string; readonly store: string; readonly id: string };
  }
}

export const PAGES: KindsOf<"run"> = {
  run: {
    follows: [],
    icon: "run",
    isLive: true,
    identity: ({ store, id }) => [store, id],
    title: ({ id }) => id,
    goneCodes: ["run-not-found"],
    gone: ({ id }) => goneFromModels(l10n.t("The run {0} is no longer in its tracking store.", id)),
    read: async ({ store, id }, { ask, workspaceId }) => {
      const details = await ask("scoredock/run/show", { store, runId: id });
      return (now) => runContent(details, workspaceId, now);
    },
  },
};
