/** The pages of a profile and of a search for a size as kinds of pages. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { goneFromWorkspaces, noLongerRegistered } from "../../pages/coreKinds";
import { profileContent } from "./profileContent";
import { sizeContent } from "./sizeContent";
import type { ServiceProfile, SizeReport } from "../../protocol";

interface Measurement {
  readonly workspaceId: string;
  readonly measured: number;
}
import type { KindsOf } from "../../pages/sources";

declare module "../../pages/content" {
  interface PageRefs {
    readonly profile: Measurement & { readonly profile: ServiceProfile };
    readonly size: Measurement & { readonly report: SizeReport };
  }
}

export const PAGES: KindsOf<"profile" | "size"> = {
  profile: {
    follows: [],
    identity: ({ workspaceId, profile }) => [workspaceId, profile.name],
    title: ({ profile }) => l10n.t("Profile of {0}", profile.name),
    goneCodes: [],
    gone: ({ profile }) => goneFromWorkspaces(noLongerRegistered(l10n.t("Profile of {0}", profile.name))),
    read: ({ profile, measured }, { workspaceId }) =>
      Promise.resolve((now) => profileContent(profile, workspaceId, measured, now)),
  },
  size: {
    follows: [],
    identity: ({ workspaceId, report }) => [workspaceId, report.name],
    title: ({ report }) => l10n.t("Size of {0}", report.name),
    goneCodes: [],
    gone: ({ report }) => goneFromWorkspaces(noLongerRegistered(l10n.t("Size of {0}", report.name))),
    read: ({ report, measured }, { workspaceId }) =>
      Promise.resolve((now) => sizeContent(report, workspaceId, measured, now)),
  },
};
