/** Where each page has its content from. No `vscode` here. */
import type { Requests } from "../protocol";
import { activeWorkspace, otherFolder, type ViewState } from "../state/state";
import { comparisonContent } from "./comparisonContent";
import type { PageContent, PageRef } from "./content";
import { descriptionContent } from "./descriptionContent";
import { endpointContent } from "./endpointContent";
import { environmentContent } from "./environmentContent";
import { imageContent } from "./imageContent";
import { modelContent } from "./modelContent";
import { profileContent } from "./profileContent";
import { repairContent, tryContent, verificationContent, workspaceContent } from "./reportContent";
import { revisionComparisonContent, revisionsContent } from "./revisionsContent";
import { runContent } from "./runContent";
import { serviceContent } from "./serviceContent";

/** Sends a request to the server. */
export type Ask = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

/** What may have changed, and so which pages are read again. */
export type Change = "services" | "models" | "assets" | "workspaces";

const FOLLOWS: Readonly<Record<PageRef["kind"], readonly Change[]>> = {
  model: ["models"],
  comparison: ["models"],
  service: ["services"],
  description: ["services"],
  revisions: ["services"],
  endpoint: ["services"],
  revisionComparison: [],
  environment: ["assets", "models"],
  image: ["assets", "models"],
  workspace: ["workspaces", "models", "services"],
  run: [],
  profile: [],
  try: [],
  verification: [],
  repair: [],
};

export function follows(page: PageRef, change: Change): boolean {
  return FOLLOWS[page.kind].includes(change);
}

/** The same for the same thing. */
export function keyOfPage(page: PageRef): string {
  switch (page.kind) {
    case "model":
    case "environment":
    case "image":
      return JSON.stringify([page.kind, page.workspaceId, page.id]);
    case "service":
    case "endpoint":
    case "description":
    case "revisions":
      return JSON.stringify([page.kind, page.workspaceId, page.name]);
    case "revisionComparison":
      return JSON.stringify([page.kind, page.workspaceId, page.name, page.before, page.after]);
    case "run":
      return JSON.stringify([page.kind, page.store, page.id]);
    case "comparison":
      return JSON.stringify([page.kind, page.workspaceId, page.first, page.second]);
    case "workspace":
      return JSON.stringify([page.kind, page.id]);
    case "profile":
      return JSON.stringify([page.kind, page.workspaceId, page.profile.name]);
    case "try":
      return JSON.stringify([page.kind, page.tried.path]);
    case "verification":
    case "repair":
      return JSON.stringify([page.kind, page.workspaceId]);
  }
}

/** Makes the content for the time that it is shown at, in seconds. */
export type Draw = (now: number) => PageContent;

async function readService(page: Extract<PageRef, { kind: "service" }>, ask: Ask, state: ViewState): Promise<Draw> {
  const { name, workspaceId } = page;
  const known = state.services.find((one) => one.name === name && one.workspaceId === workspaceId);
  const service = known ?? (await ask("scoredock/service/show", { name, workspaceId }));
  return (now) => serviceContent(service, now, otherFolder(service, state));
}

async function readEndpoint(page: Extract<PageRef, { kind: "endpoint" }>, ask: Ask, state: ViewState): Promise<Draw> {
  const { name, workspaceId } = page;
  const known = state.endpoints.find((one) => one.name === name && one.workspaceId === workspaceId);
  const endpoint = known ?? (await ask("scoredock/endpoint/show", { name, workspaceId }));
  const compared = endpoint.versions.some(({ different }) => different > 0);
  const { differences } = compared
    ? await ask("scoredock/endpoint/differences", { name, workspaceId })
    : { differences: [] };
  return (now) => endpointContent(endpoint, differences, now);
}

async function readRevisions(
  page: Extract<PageRef, { kind: "revisions" | "revisionComparison" }>,
  ask: Ask,
): Promise<Draw> {
  const { name, workspaceId } = page;
  if (page.kind === "revisions") {
    const found = await ask("scoredock/service/revisions", { name, workspaceId });
    return (now) => revisionsContent(found, workspaceId, now);
  }
  const { before, after } = page;
  const comparison = await ask("scoredock/service/diff", { name, before, after, workspaceId });
  return () => revisionComparisonContent(comparison, workspaceId);
}

async function readRecord(
  page: Extract<PageRef, { kind: "model" | "environment" | "image" | "comparison" | "run" }>,
  ask: Ask,
): Promise<Draw> {
  const { workspaceId } = page;
  switch (page.kind) {
    case "model": {
      const details = await ask("scoredock/model/show", { id: page.id, workspaceId });
      return (now) => modelContent(details, workspaceId, now);
    }
    case "environment": {
      const details = await ask("scoredock/environment/show", { id: page.id, workspaceId });
      return (now) => environmentContent(details, workspaceId, now);
    }
    case "image": {
      const details = await ask("scoredock/image/show", { id: page.id, workspaceId });
      return (now) => imageContent(details, workspaceId, now);
    }
    case "comparison": {
      const { first, second } = page;
      const comparison = await ask("scoredock/model/compare", { first, second, workspaceId });
      return () => comparisonContent(comparison, workspaceId);
    }
    case "run": {
      const details = await ask("scoredock/run/show", { store: page.store, runId: page.id });
      return (now) => runContent(details, workspaceId, now);
    }
  }
}

/** Reads what a page is about. Rejects with what the server says. */
export async function readPage(page: PageRef, ask: Ask, state: ViewState): Promise<Draw> {
  switch (page.kind) {
    case "service":
      return readService(page, ask, state);
    case "endpoint":
      return readEndpoint(page, ask, state);
    case "description": {
      const { name, workspaceId } = page;
      const description = await ask("scoredock/service/description", { name, workspaceId });
      return () => descriptionContent(description, workspaceId);
    }
    case "revisions":
    case "revisionComparison":
      return readRevisions(page, ask);
    case "workspace": {
      const known = state.workspaces.find(({ id }) => id === page.id);
      const workspace = known ?? (await ask("scoredock/workspace/show", { id: page.id }));
      return () => workspaceContent(workspace);
    }
    case "profile":
      return (now) => profileContent(page.profile, page.workspaceId, page.measured, now);
    case "try":
      return (now) => tryContent(page.tried, activeWorkspace(state)?.id ?? "", page.at, now);
    case "verification":
      return () => verificationContent(page.workspaceId, page.name, page.found);
    case "repair":
      return () => repairContent(page.workspaceId, page.name, page.found);
    case "model":
    case "environment":
    case "image":
    case "comparison":
    case "run":
      return readRecord(page, ask);
  }
}

/** Whether a remembered value is a page; what an editor hands back after a reload may be from another release. */
export function isPageRef(value: unknown): value is PageRef {
  return typeof value === "object" && value !== null && "kind" in value && String(value.kind) in FOLLOWS;
}
