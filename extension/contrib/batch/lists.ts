/** The list that the Batch Jobs view shows. No `vscode` here. */
import type { BatchJob } from "../../protocol";
import { type ListTable, wholePage } from "../../views/listKinds";
import { jobNodes } from "./jobNodes";

declare module "../../views/listId" {
  interface ListRefs {
    readonly jobs: OfWorkspace;
  }
  interface RowRefs {
    readonly job: { readonly job: BatchJob };
  }
}

declare module "../../views/node" {
  interface SubjectRefs {
    readonly job: { readonly job: BatchJob };
  }
}

export const LISTS: ListTable<"jobs", "job"> = {
  kinds: {
    jobs: {
      ask: async ({ workspaceId }, { request }) => {
        const { jobs } = await request("scoredock/batch/list", { workspaceId });
        return wholePage(jobs.map((job) => ({ kind: "job", job })));
      },
      nodes: jobNodes,
      follows: ({ jobs }) => jobs,
      fills: { view: "jobs", whenAny: "scoredock.hasJobs" },
    },
  },
  rows: { job: ({ job }) => job.name },
};
