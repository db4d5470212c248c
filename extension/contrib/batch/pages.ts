/** The page of a batch job as a kind of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { jobContent } from "./jobContent";
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    readonly job: WithName;
  }
}

export const PAGES: KindsOf<"job"> = {
  job: {
    follows: ["jobs"],
    icon: "job",
    title: ({ name }) => name,
    goneCodes: ["batch-job-not-found"],
    gone: ({ name }) => ({
      sentence: l10n.t("The batch job {0} was deleted. Its output is kept.", name),
      view: "jobs",
      label: l10n.t("Show Batch Jobs"),
    }),
    read: async ({ name }, { ask, workspaceId }) => {
      const [details, outputs] = await Promise.all([
        ask("scoredock/batch/show", { name, workspaceId }),
        ask("scoredock/batch/outputs", { name, workspaceId }),
      ]);
      return (now) => jobContent(details, outputs, now);
    },
  },
};
