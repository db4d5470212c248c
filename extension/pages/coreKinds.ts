/** The kinds of pages of the core: what each reads, and what it says when the thing is deleted. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { otherFolder } from "../state/state";
import { failureOf } from "../text/errors";
import { comparisonContent } from "./comparisonContent";
import type { WithName } from "./content";
import { descriptionContent } from "./descriptionContent";
import { endpointContent } from "./endpointContent";
import { environmentContent } from "./environmentContent";
import { imageComparisonContent } from "./imageComparisonContent";
import { imageContent } from "./imageContent";
import { modelContent } from "./modelContent";
import { repairContent, tryContent, verificationContent, workspaceContent } from "./reportContent";
import { revisionComparisonContent, revisionsContent } from "./revisionsContent";
import { serviceContent } from "./serviceContent";
import type { Draw, Gone, KindsOf, Reading } from "./sources";

/** Gone, and the others are in the Models view. */
export function goneFromModels(sentence: string): Gone {
  return { sentence, view: "models", label: l10n.t("Show Models") };
}

/** Gone, and the others are in the Services view. */
export function goneFromServices(sentence: string): Gone {
  return { sentence, view: "services", label: l10n.t("Show Services") };
}

/** What was registered and is so no longer. */
export function noLongerRegistered(title: string): string {
  return l10n.t("{0} is no longer registered in this workspace.", title);
}

/** Gone from a workspace, and the workspaces are in the Workspaces view. */
export function goneFromWorkspaces(sentence: string): Gone {
  return { sentence, view: "workspaces", label: l10n.t("Show Workspaces") };
}

function goneFromEnvironments(title: string): Gone {
  return { sentence: noLongerRegistered(title), view: "environments", label: l10n.t("Show Environments") };
}

function goneService({ name }: WithName): Gone {
  return goneFromServices(l10n.t("The service {0} was deleted. Registered models are kept.", name));
}

function byId({ id }: { readonly id: string }): string {
  return id;
}

function byName({ name }: { readonly name: string }): string {
  return name;
}

function inState<T extends WithName>(all: readonly T[], { name, workspaceId }: WithName): T | undefined {
  return all.find((one) => one.name === name && one.workspaceId === workspaceId);
}

async function readEndpoint(page: WithName, { ask, state }: Reading): Promise<Draw> {
  const named = { name: page.name, workspaceId: page.workspaceId };
  const endpoint = inState(state.endpoints, named) ?? (await ask("scoredock/endpoint/show", named));
  const compared = endpoint.versions.some(({ different }) => different > 0);
  const { differences } = compared ? await ask("scoredock/endpoint/differences", named) : { differences: [] };
  return (now) => endpointContent(endpoint, differences, now);
}

/** The layers of an image may have to come from a registry: the rest is shown meanwhile, and without them. */
async function readImage({ id }: { readonly id: string }, { ask, workspaceId, show }: Reading): Promise<Draw> {
  const details = await ask("scoredock/image/show", { id, workspaceId });
  const { state } = details.image;
  if (state !== "Succeeded" && state !== "Registered") {
    return (now) => imageContent(details, undefined, workspaceId, now);
  }
  show((now) => imageContent(details, "reading", workspaceId, now));
  try {
    const layers = await ask("scoredock/image/layers", { image: details.image.asset.id, workspaceId });
    return (now) => imageContent(details, layers, workspaceId, now);
  } catch (error) {
    const failure = failureOf(error);
    return (now) => imageContent(details, failure, workspaceId, now);
  }
}

type CoreKind =
  | ("model" | "environment" | "image" | "service" | "endpoint" | "description" | "revisions" | "comparison")
  | ("revisionComparison" | "imageComparison" | "workspace" | "try" | "verification" | "repair");

export const CORE_PAGES: KindsOf<CoreKind> = {
  model: {
    follows: ["models"],
    icon: "model",
    title: byId,
    goneCodes: ["model-not-found"],
    gone: ({ id }) =>
      goneFromModels(
        l10n.t("{0} is no longer registered in this workspace. Other versions are in the Models view.", id),
      ),
    read: async ({ id }, { ask, workspaceId }) => {
      const details = await ask("scoredock/model/show", { id, workspaceId });
      return (now) => modelContent(details, workspaceId, now);
    },
  },
  comparison: {
    follows: ["models"],
    title: ({ first, second }) => l10n.t("{0} and {1}", first, second),
    goneCodes: ["model-not-found"],
    gone: ({ first, second }) =>
      goneFromModels(
        l10n.t("{0} or {1} is no longer registered in this workspace, so they cannot be compared.", first, second),
      ),
    read: async ({ first, second }, { ask, workspaceId }) => {
      const comparison = await ask("scoredock/model/compare", { first, second, workspaceId });
      return () => comparisonContent(comparison, workspaceId);
    },
  },
  service: {
    follows: ["services"],
    icon: "service",
    title: byName,
    goneCodes: ["service-not-found"],
    gone: goneService,
    read: async ({ name, workspaceId }, { ask, state }) => {
      const named = { name, workspaceId };
      const service = inState(state.services, named) ?? (await ask("scoredock/service/show", named));
      return (now) => serviceContent(service, now, otherFolder(service, state));
    },
  },
  description: {
    follows: ["services"],
    title: ({ name }) => l10n.t("API of {0}", name),
    goneCodes: ["service-not-found"],
    gone: goneService,
    read: async ({ name }, { ask, workspaceId }) => {
      const description = await ask("scoredock/service/description", { name, workspaceId });
      return () => descriptionContent(description, workspaceId);
    },
  },
  revisions: {
    follows: ["services"],
    title: ({ name }) => l10n.t("Revisions of {0}", name),
    goneCodes: ["service-not-found", "revision-not-found"],
    gone: goneService,
    read: async ({ name }, { ask, workspaceId }) => {
      const revisions = await ask("scoredock/service/revisions", { name, workspaceId });
      return (now) => revisionsContent(revisions, workspaceId, now);
    },
  },
  revisionComparison: {
    follows: [],
    title: ({ name, before, after }) => l10n.t("Revisions {0} and {1} of {2}", before, after, name),
    goneCodes: ["service-not-found", "revision-not-found"],
    gone: ({ name, before, after }) =>
      goneFromServices(l10n.t("Revision {0} or {1} of {2} is no longer kept.", before, after, name)),
    read: async ({ name, before, after }, { ask, workspaceId }) => {
      const comparison = await ask("scoredock/service/diff", { name, workspaceId, before, after });
      return () => revisionComparisonContent(comparison, workspaceId);
    },
  },
  endpoint: {
    follows: ["services"],
    icon: "endpoint",
    title: byName,
    goneCodes: ["endpoint-not-found"],
    gone: ({ name }) =>
      goneFromServices(l10n.t("The endpoint {0} was deleted. The services of its versions are kept.", name)),
    read: readEndpoint,
  },
  environment: {
    follows: ["assets", "models"],
    icon: "environment",
    title: byId,
    goneCodes: ["asset-not-found"],
    gone: ({ id }) => goneFromEnvironments(id),
    read: async ({ id }, { ask, workspaceId }) => {
      const details = await ask("scoredock/environment/show", { id, workspaceId });
      return (now) => environmentContent(details, workspaceId, now);
    },
  },
  image: {
    follows: ["assets", "models"],
    icon: "image",
    title: byId,
    goneCodes: ["asset-not-found"],
    gone: ({ id }) => goneFromEnvironments(id),
    read: readImage,
  },
  imageComparison: {
    follows: [],
    identity: ({ workspaceId, comparison: { first, second } }) => [workspaceId, first, second],
    title: ({ comparison: { first, second } }) => l10n.t("{0} and {1}", first, second),
    goneCodes: [],
    gone: ({ comparison: { first, second } }) => goneFromEnvironments(l10n.t("{0} and {1}", first, second)),
    read: ({ comparison }, { workspaceId }) => Promise.resolve(() => imageComparisonContent(comparison, workspaceId)),
  },
  workspace: {
    follows: ["workspaces", "models", "services"],
    icon: "workspace",
    title: byId,
    goneCodes: ["workspace-not-found"],
    gone: ({ id }) => goneFromWorkspaces(noLongerRegistered(id)),
    read: async ({ id }, { ask, state }) => {
      const here = state.workspaces.find((each) => each.id === id);
      const workspace = here ?? (await ask("scoredock/workspace/show", { id }));
      return () => workspaceContent(workspace);
    },
  },
  try: {
    follows: [],
    identity: ({ tried }) => tried.path,
    title: () => l10n.t("Try"),
    goneCodes: [],
    gone: () => goneFromWorkspaces(noLongerRegistered(l10n.t("Try"))),
    read: ({ tried, at }, { workspaceId }) => Promise.resolve((now) => tryContent(tried, workspaceId, at, now)),
  },
  verification: {
    follows: [],
    identity: ({ workspaceId }) => workspaceId,
    title: ({ name }) => l10n.t("Problems of {0}", name),
    goneCodes: [],
    gone: ({ name }) => goneFromWorkspaces(noLongerRegistered(l10n.t("Problems of {0}", name))),
    read: ({ name, found }, { workspaceId }) => Promise.resolve(() => verificationContent(workspaceId, name, found)),
  },
  repair: {
    follows: [],
    identity: ({ workspaceId }) => workspaceId,
    title: ({ name }) => l10n.t("Repair of {0}", name),
    goneCodes: [],
    gone: ({ name }) => goneFromWorkspaces(noLongerRegistered(l10n.t("Repair of {0}", name))),
    read: ({ name, found }, { workspaceId }) => Promise.resolve(() => repairContent(workspaceId, name, found)),
  },
};
