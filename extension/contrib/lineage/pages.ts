/** The pages of a lineage and of the audit log as kinds of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromModels, goneFromWorkspaces, noLongerRegistered } from "../../pages/coreKinds";
import { auditContent, lineageContent } from "./lineageContent";
import type { Draw, Reading, KindsOf } from "../../pages/sources";

/** Of an audit log; as many as the server gives. */
const MOST_RECORDS = 200;

/** What a lineage is of, without the word for its kind. */
function nameOf(id: string): string {
  return id.replace(/^\w+:/, "");
}

/** Checking a log takes as long as reading all of it: the newest records are shown meanwhile. */
async function readAudit({ about }: { readonly about: string }, { ask, workspaceId, show }: Reading): Promise<Draw> {
  const place = { workspaceId, about };
  const log = await ask("scoredock/lineage/show", { about, limit: MOST_RECORDS, workspaceId });
  show((now) => auditContent(log, "checking", place, now));
  const check = await ask("scoredock/lineage/verify", { workspaceId });
  return (now) => auditContent(log, check, place, now);
}

declare module "../../pages/content" {
  interface PageRefs {
    readonly lineage: { readonly workspaceId: string; readonly id: string };
    /** Of the subjects that are shown; empty for all. */
    readonly audit: { readonly workspaceId: string; readonly about: string };
  }
}

export const PAGES: KindsOf<"lineage" | "audit"> = {
  lineage: {
    follows: ["models", "services", "assets", "jobs"],
    title: ({ id }) => l10n.t("Lineage of {0}", nameOf(id)),
    goneCodes: ["lineage-missing"],
    gone: ({ id }) => goneFromModels(noLongerRegistered(l10n.t("Lineage of {0}", nameOf(id)))),
    read: async ({ id }, { ask, workspaceId }) => {
      const details = await ask("scoredock/lineage/show", { thing: id, workspaceId });
      return (now) => lineageContent(details, workspaceId, now);
    },
  },
  audit: {
    follows: ["audit"],
    identity: ({ workspaceId }) => workspaceId,
    title: () => l10n.t("Audit log"),
    goneCodes: [],
    gone: () => goneFromWorkspaces(noLongerRegistered(l10n.t("Audit log"))),
    read: readAudit,
  },
};
