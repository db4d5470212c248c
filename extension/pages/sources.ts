/** Where each page has its content from. No `vscode` here. */
import type { Requests } from "../protocol";
import { activeWorkspace, otherFolder, type ViewState } from "../state/state";
import { comparisonContent } from "./comparisonContent";
import type { PageContent, PageRef } from "./content";
import { descriptionContent } from "./descriptionContent";
import { driftContent } from "./driftContent";
import { endpointContent } from "./endpointContent";
import { environmentContent } from "./environmentContent";
import { imageComparisonContent } from "./imageComparisonContent";
import { imageContent } from "./imageContent";
import { jobContent } from "./jobContent";
import { auditContent, lineageContent } from "./lineageContent";
import { modelContent } from "./modelContent";
import { profileContent } from "./profileContent";
import { repairContent, subscriptionContent, tryContent, verificationContent, workspaceContent } from "./reportContent";
import { revisionComparisonContent, revisionsContent } from "./revisionsContent";
import { ruleContent } from "./ruleContent";
import { runContent } from "./runContent";
import { serviceContent } from "./serviceContent";
import { sizeContent } from "./sizeContent";
import { failureOf } from "../text/errors";

/** Of an audit log; as many as the server gives. */
const MOST_RECORDS = 200;

/** Sends a request to the server. */
export type Ask = <M extends keyof Requests>(
  method: M,
  params: Requests[M]["params"],
) => Promise<Requests[M]["result"]>;

/** What may have changed, and so which pages are read again. */
export type Change = "services" | "models" | "assets" | "workspaces" | "jobs" | "rules" | "events" | "audit";

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
  imageComparison: [],
  workspace: ["workspaces", "models", "services"],
  run: [],
  job: ["jobs"],
  rule: ["rules", "services"],
  subscription: ["events"],
  audit: ["audit"],
  drift: [],
  lineage: ["models", "services", "assets", "jobs"],
  profile: [],
  size: [],
  try: [],
  verification: [],
  repair: [],
};

export function follows(page: PageRef, change: Change): boolean {
  return FOLLOWS[page.kind].includes(change);
}

/** What tells a page from others of its kind; of a result what it is of. */
function identityOf(page: PageRef): unknown {
  switch (page.kind) {
    case "run":
      return [page.store, page.id];
    case "drift":
      return [page.workspaceId, page.name];
    case "profile":
      return [page.workspaceId, page.profile.name];
    case "size":
      return [page.workspaceId, page.report.name];
    case "imageComparison":
      return [page.workspaceId, page.comparison.first, page.comparison.second];
    case "try":
      return page.tried.path;
    case "verification":
    case "repair":
    case "audit":
      return page.workspaceId;
    case "model":
    case "environment":
    case "image":
    case "lineage":
    case "service":
    case "endpoint":
    case "description":
    case "revisions":
    case "job":
    case "rule":
    case "subscription":
    case "revisionComparison":
    case "comparison":
    case "workspace":
      return Object.entries(page).sort();
  }
}

/** The same for the same thing. */
export function keyOfPage(page: PageRef): string {
  return JSON.stringify([page.kind, identityOf(page)]);
}

/** Makes the content for the time that it is shown at, in seconds. */
export type Draw = (now: number) => PageContent;

interface ThingName {
  readonly name: string;
  readonly workspaceId: string;
}

function inState<T extends ThingName>(all: readonly T[], { name, workspaceId }: ThingName): T | undefined {
  return all.find((one) => one.name === name && one.workspaceId === workspaceId);
}

async function readEndpoint(named: ThingName, ask: Ask, state: ViewState): Promise<Draw> {
  const endpoint = inState(state.endpoints, named) ?? (await ask("scoredock/endpoint/show", named));
  const compared = endpoint.versions.some(({ different }) => different > 0);
  const { differences } = compared ? await ask("scoredock/endpoint/differences", named) : { differences: [] };
  return (now) => endpointContent(endpoint, differences, now);
}

/** The layers of an image may have to come from a registry: the rest is shown meanwhile, and without them. */
async function readImage(id: string, workspaceId: string, ask: Ask, show: (draw: Draw) => void): Promise<Draw> {
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

/** Checking a log takes as long as reading all of it: the newest records are shown meanwhile. */
async function readAudit(
  place: { readonly workspaceId: string; readonly about: string },
  ask: Ask,
  show: (draw: Draw) => void,
): Promise<Draw> {
  const { workspaceId, about } = place;
  const log = await ask("scoredock/lineage/show", { about, limit: MOST_RECORDS, workspaceId });
  show((now) => auditContent(log, "checking", place, now));
  const check = await ask("scoredock/lineage/verify", { workspaceId });
  return (now) => auditContent(log, check, place, now);
}

/** Reads what a page is about. Rejects with what the server says. `show` draws what is there before all is read. */
export async function readPage(
  page: PageRef,
  ask: Ask,
  state: ViewState,
  show: (draw: Draw) => void = () => undefined,
): Promise<Draw> {
  const workspaceId = "workspaceId" in page ? page.workspaceId : (activeWorkspace(state)?.id ?? "");
  const named = { name: "name" in page ? page.name : "", workspaceId };
  switch (page.kind) {
    case "service": {
      const service = inState(state.services, named) ?? (await ask("scoredock/service/show", named));
      return (now) => serviceContent(service, now, otherFolder(service, state));
    }
    case "endpoint":
      return readEndpoint(named, ask, state);
    case "description": {
      const description = await ask("scoredock/service/description", named);
      return () => descriptionContent(description, workspaceId);
    }
    case "revisions": {
      const found = await ask("scoredock/service/revisions", named);
      return (now) => revisionsContent(found, workspaceId, now);
    }
    case "revisionComparison": {
      const { before, after } = page;
      const comparison = await ask("scoredock/service/diff", { ...named, before, after });
      return () => revisionComparisonContent(comparison, workspaceId);
    }
    case "workspace": {
      const here = state.workspaces.find(({ id }) => id === page.id);
      const workspace = here ?? (await ask("scoredock/workspace/show", { id: page.id }));
      return () => workspaceContent(workspace);
    }
    case "profile":
      return (now) => profileContent(page.profile, workspaceId, page.measured, now);
    case "size":
      return (now) => sizeContent(page.report, workspaceId, page.measured, now);
    case "try":
      return (now) => tryContent(page.tried, workspaceId, page.at, now);
    case "verification":
      return () => verificationContent(workspaceId, page.name, page.found);
    case "repair":
      return () => repairContent(workspaceId, page.name, page.found);
    case "model": {
      const details = await ask("scoredock/model/show", { id: page.id, workspaceId });
      return (now) => modelContent(details, workspaceId, now);
    }
    case "environment": {
      const details = await ask("scoredock/environment/show", { id: page.id, workspaceId });
      return (now) => environmentContent(details, workspaceId, now);
    }
    case "image":
      return readImage(page.id, workspaceId, ask, show);
    case "imageComparison":
      return () => imageComparisonContent(page.comparison, workspaceId);
    case "comparison": {
      const { first, second } = page;
      const comparison = await ask("scoredock/model/compare", { first, second, workspaceId });
      return () => comparisonContent(comparison, workspaceId);
    }
    case "job": {
      const [details, outputs] = await Promise.all([
        ask("scoredock/batch/show", named),
        ask("scoredock/batch/outputs", named),
      ]);
      return (now) => jobContent(details, outputs, now);
    }
    case "lineage": {
      const details = await ask("scoredock/lineage/show", { thing: page.id, workspaceId });
      return (now) => lineageContent(details, workspaceId, now);
    }
    case "subscription": {
      const details = await ask("scoredock/event/show", named);
      return (now) => subscriptionContent(details, now);
    }
    case "audit":
      return readAudit(page, ask, show);
    case "rule": {
      const details = await ask("scoredock/rule/show", named);
      return (now) => ruleContent(details, now);
    }
    case "drift": {
      const details = await ask("scoredock/drift/show", named);
      return (now) => driftContent(details, workspaceId, now);
    }
    case "run": {
      const details = await ask("scoredock/run/show", { store: page.store, runId: page.id });
      return (now) => runContent(details, workspaceId, now);
    }
  }
}

/** Whether a remembered value is a page; what an editor hands back after a reload may be from another release. */
export function isPageRef(value: unknown): value is PageRef {
  return typeof value === "object" && value !== null && "kind" in value && String(value.kind) in FOLLOWS;
}
