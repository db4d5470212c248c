/**
 * What the views show of workspaces and services, folded from one listing and the pushes after it. Pure: no `vscode`,
 * no time, no I/O.
 *
 * Every push carries whole records and a sequence number, so that folding one twice, or one that a listing already
 * holds, changes nothing. Pushes that arrive while a listing is on its way are kept and folded again over its result.
 */
import { dirname, isAbsolute, relative } from "node:path";

import type {
  ConnectOffer,
  EndpointChanged,
  EndpointDetails,
  RegistryChanged,
  Service,
  ServiceChanged,
  StateListResult,
  Workspace,
  WorkspaceChanged,
} from "../protocol";

/** What may have changed of the active workspace besides what is folded here. */
export type RegistryChange = Pick<
  RegistryChanged,
  "models" | "assets" | "runs" | "jobs" | "rules" | "events" | "audit"
> & {
  /** Topics of contributions besides these; all of them where everything may have changed. */
  readonly others?: readonly string[] | "all";
};

/** Whether a topic of a contribution that is not a field may have changed. */
export function concernsTopic({ others = [] }: RegistryChange, topic: string): boolean {
  return others === "all" || others.includes(topic);
}

export interface ViewState {
  /** False until the first listing has arrived. */
  readonly loaded: boolean;
  /** Of the newest fact folded in. */
  readonly sequence: number;
  readonly workspaces: readonly Workspace[];
  readonly offers: readonly ConnectOffer[];
  /** Of the active workspace. */
  readonly services: readonly Service[];
  /** Of the active workspace. */
  readonly endpoints: readonly EndpointDetails[];
  /** The data folder. */
  readonly home: string;
  /** Open folders, as they were listed for. */
  readonly folders: readonly string[];
  /** Why the newest listing failed; empty when it did not. */
  readonly problem: string;
  /** The active workspace became another one, so services must be listed anew. */
  readonly stale: boolean;
  /** Pushes since a listing was asked for; undefined while none is under way. */
  readonly waiting: readonly Push[] | undefined;
}

/** Without how it came about. */
export type Facts = Pick<ViewState, "workspaces" | "offers" | "services" | "endpoints" | "home">;

export type Push =
  | { readonly kind: "workspaces"; readonly push: WorkspaceChanged }
  | { readonly kind: "services"; readonly push: ServiceChanged }
  | { readonly kind: "endpoints"; readonly push: EndpointChanged };

export type Fact =
  | Push
  /** A listing was asked for. */
  | { readonly kind: "listing"; readonly folders?: readonly string[] }
  | { readonly kind: "listed"; readonly result: StateListResult }
  /** What the last window showed; comes before anything else. */
  | { readonly kind: "remembered"; readonly facts: Facts }
  /** The listing failed; what was listed before stays. */
  | { readonly kind: "listingFailed"; readonly problem: string }
  /** The server ended: its sequence numbers start again. */
  | { readonly kind: "ended" }
  /** No server comes, so that nothing remembered becomes a fact. */
  | { readonly kind: "failed" };

export const EMPTY: ViewState = {
  loaded: false,
  sequence: 0,
  workspaces: [],
  offers: [],
  services: [],
  endpoints: [],
  home: "",
  folders: [],
  problem: "",
  stale: false,
  waiting: undefined,
};

/** The workspace that is shown. */
export function activeWorkspace(state: ViewState): Workspace | undefined {
  return state.workspaces.find((workspace) => workspace.isActive);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return folder !== "" && !way.startsWith("..") && !isAbsolute(way);
}

/**
 * The folder of a service's script that lies in none of the open ones; empty for any other. A script that was made for
 * a model lies in the data folder and is of no project.
 */
export function otherFolder(
  { entryScript }: Pick<Service, "entryScript">,
  { folders, home }: Pick<ViewState, "folders" | "home">,
): string {
  const known = entryScript === "" || [home, ...folders].some((folder) => isInside(entryScript, folder));
  return known ? "" : dirname(entryScript);
}

/** Those that fail: they are not up, or answer with errors. */
export function failingServices(state: ViewState): readonly Service[] {
  return state.services.filter(({ status }) => status.failing);
}

/** Endpoints that fail, or have a version that takes no requests. */
export function failingEndpoints(state: ViewState): readonly EndpointDetails[] {
  return state.endpoints.filter(({ status }) => status.failing);
}

/**
 * Services that were reloaded, or refused a reload, between two states. What was so when it was first seen is not news.
 */
export function reloadedServices(before: ViewState, after: ViewState): readonly Service[] {
  const known = new Map(before.services.map((service) => [service.name, service]));
  return after.services.filter((service) => {
    const old = known.get(service.name);
    if (old === undefined || old.updated === service.updated) {
      return false;
    }
    const refused =
      service.failure?.during === "reload" &&
      (old.failure?.during !== "reload" || old.failure.message !== service.failure.message);
    return refused || service.reloaded > old.reloaded;
  });
}

/** Entry scripts of services that became healthy between two states, or whose new revision did. */
export function scriptsThatServe(before: ViewState, after: ViewState): readonly string[] {
  const known = new Map(before.services.map((service) => [service.name, service]));
  return after.services
    .filter((service) => {
      const old = known.get(service.name);
      const same = old?.state === "Healthy" && old.revision === service.revision && old.reloaded === service.reloaded;
      return service.state === "Healthy" && !same;
    })
    .map((service) => service.entryScript);
}

function mergeRecords<T>(
  old: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
  key: (record: T) => string,
): readonly T[] {
  const records = new Map(old.map((record) => [key(record), record]));
  for (const record of changed) {
    records.set(key(record), record);
  }
  for (const name of removed) {
    records.delete(name);
  }
  return [...records.values()];
}

function applyPush(state: ViewState, fact: Push): ViewState {
  if (fact.push.sequence <= state.sequence) {
    return state;
  }
  const sequence = fact.push.sequence;
  const workspaceId = activeWorkspace(state)?.id;
  switch (fact.kind) {
    case "workspaces": {
      const { workspaces, offers } = fact.push;
      const now = workspaces.find((workspace) => workspace.isActive)?.id;
      return { ...state, sequence, workspaces, offers, stale: state.stale || now !== workspaceId };
    }
    case "services":
      if (fact.push.workspaceId !== workspaceId) {
        return { ...state, sequence };
      }
      return {
        ...state,
        sequence,
        services: mergeRecords(state.services, fact.push.changed, fact.push.removed, (service) => service.name),
      };
    case "endpoints":
      return fact.push.workspaceId === workspaceId
        ? { ...state, sequence, endpoints: fact.push.endpoints }
        : { ...state, sequence };
  }
}

function applyListing(state: ViewState, result: StateListResult): ViewState {
  const workspaceId = result.workspaces.find((workspace) => workspace.isActive)?.id;
  const fresh: ViewState = {
    loaded: true,
    sequence: result.sequence,
    workspaces: result.workspaces,
    offers: result.offers,
    services: result.services.filter((service) => service.workspaceId === workspaceId),
    endpoints: result.endpoints.filter((endpoint) => endpoint.workspaceId === workspaceId),
    home: result.home,
    folders: state.folders,
    problem: "",
    stale: false,
    waiting: undefined,
  };
  return (state.waiting ?? []).reduce(applyPush, fresh);
}

/** Without what is only remembered. */
function withoutMemory(state: ViewState): ViewState {
  return state.loaded ? state : EMPTY;
}

/** The state after one more fact. The same object comes back when nothing changed. */
export function fold(state: ViewState, fact: Fact): ViewState {
  switch (fact.kind) {
    case "listing":
      return { ...state, folders: fact.folders ?? state.folders, waiting: [], stale: false };
    case "listed":
      return applyListing(state, fact.result);
    case "remembered":
      return { ...state, ...fact.facts, loaded: false };
    case "listingFailed":
      return { ...withoutMemory(state), waiting: undefined, problem: fact.problem };
    case "ended":
      return { ...state, sequence: 0, waiting: undefined };
    case "failed":
      return withoutMemory(state);
    case "workspaces":
    case "services":
    case "endpoints": {
      const next = applyPush(state, fact);
      return state.waiting === undefined ? next : { ...next, waiting: [...state.waiting, fact] };
    }
  }
}
