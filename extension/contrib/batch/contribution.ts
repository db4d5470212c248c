/** Batch jobs. */
import * as l10n from "@vscode/l10n";

import type { Contribution } from "../../contribution";
import { jobContent } from "../../pages/jobContent";
import { COMMANDS } from "./commands";

declare module "../../pages/content" {
  interface PageRefs {
    readonly job: WithName;
  }
}

export const batch: Contribution = {
  name: "batch",
  commands: COMMANDS,
  pages: {
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
  },
};
