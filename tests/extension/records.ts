/** Records of the protocol with ordinary values, for tests that care about some fields only. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import type {
  Asset,
  EndpointDetails,
  EndpointVersionDetails,
  Environment,
  EnvironmentBuild,
  Image,
  Model,
  ModelDetails,
  ModelFile,
  ModelGroup,
  Run,
  RunStore,
  Service,
  Status,
  StateListResult,
  Workspace,
} from "../../extension/protocol";
import { EMPTY, fold, type ViewState } from "../../extension/state/state";

/** Lists of a window without folders. */
export const NOWHERE = { folders: (): readonly string[] => [], trusts: (): boolean => true };

export const NOW = Date.UTC(2026, 10, 20, 12, 0, 0) / 1000;

export function workspace(more: Partial<Workspace> = {}): Workspace {
  return {
    id: "local",
    name: "local",
    isDefault: true,
    isActive: true,
    exists: true,
    reason: "",
    left: "",
    path: "/data/workspaces/local",
    subscriptionId: "",
    resourceGroup: "",
    configPath: "",
    readOnly: "",
    models: 0,
    services: 0,
    engine: "",
    notes: [],
    ...more,
  };
}

export function model(name: string, version: number, more: Partial<Model> = {}): Model {
  return {
    id: `${name}:${version}`,
    name,
    version,
    description: "",
    tags: {},
    properties: {},
    framework: "",
    frameworkVersion: "",
    created: NOW - 30,
    createdBy: "ada",
    size: 644,
    fileCount: 1,
    isFolder: false,
    digest: "1".repeat(64),
    aliases: [],
    usedBy: [],
    pickle: "none",
    runId: "",
    experiment: "",
    deleted: null,
    ...more,
  };
}

export function file(path: string, size = 644): ModelFile {
  return { path, size, sha256: path.endsWith("/") ? "" : "0".repeat(64) };
}

export function group(newest: Model, more: Partial<ModelGroup> = {}): ModelGroup {
  return { key: newest.name, versions: newest.version, newest, favourite: false, ...more };
}

export function details(of: Model, more: Partial<ModelDetails> = {}): ModelDetails {
  return {
    model: of,
    files: [file(`${of.name}.pkl`)],
    pickle: { state: "none", unknown: [], bad: [], notes: [], code: [], consent: "" },
    resources: {},
    source: null,
    runStore: "",
    runName: "",
    sampleInputDataset: "",
    sampleOutputDataset: "",
    datasets: [],
    recognised: "",
    inputs: [],
    outputs: [],
    versions: [of],
    aliasHistory: [],
    images: [],
    ...more,
  };
}

export function asset(name: string, version: number, more: Partial<Asset> = {}): Asset {
  return {
    kind: "dataset",
    id: `${name}:${version}`,
    name,
    version,
    description: "",
    tags: {},
    created: NOW - 30,
    createdBy: "ada",
    summary: "12 rows · 1.4 kB",
    usedBy: [],
    deleted: null,
    ...more,
  };
}

export const STORE: RunStore = { uri: "/home/ada/mlruns", title: "mlruns", kind: "folder", problem: "" };

export function run(id: string, more: Partial<Run> = {}): Run {
  return {
    id,
    name: "",
    status: "FINISHED",
    started: NOW - 3600,
    ended: NOW - 3000,
    metrics: {},
    params: {},
    tags: {},
    parent: "",
    hasChildren: false,
    primaryMetric: "",
    bestChild: "",
    models: [],
    error: "",
    ...more,
  };
}

/** Every kind of status, as the server words it (tests/rules/test_statuses.py keeps the file true). */
export const STATUSES = JSON.parse(readFileSync("tests/statuses.json", "utf8")) as Readonly<Record<string, Status>>;

/** As the server tells of such a service. */
function statusOf({ state, phase, failure, requests, returnedTo }: Omit<Service, "status">): Status {
  const said = requests.failed === 0 ? "" : requests.failure === null ? "some" : "fail";
  const key = [state, failure?.during ?? (returnedTo === 0 ? "" : "rollback"), said].join(" ").trimEnd();
  const status = STATUSES[key];
  assert.ok(status !== undefined, key);
  const words = state === "Transitioning" && phase !== "" ? status.words.toSpliced(1, 0, phase) : status.words;
  return { ...status, words, text: words.join(", ") };
}

export function service(name: string, more: Partial<Omit<Service, "status">> = {}): Service {
  const one = {
    name,
    workspaceId: "local",
    engine: "process",
    state: "Healthy",
    phase: "",
    models: ["ridge:3"],
    revision: 2,
    revisions: [1, 2],
    created: NOW - 100,
    updated: NOW - 50,
    port: 6789,
    scoringUri: "http://127.0.0.1:6789/score",
    swaggerUri: "http://127.0.0.1:6789/swagger.json",
    entryScript: "/home/ada/diabetes/score.py",
    environment: "diabetes-env (0123456789abcdef)",
    image: "",
    cpuPercent: null,
    memoryBytes: null,
    restarts: 0,
    failure: null,
    logFile: "",
    dataFolder: "",
    authentication: "",
    description: "",
    tags: {},
    reloaded: 0,
    returnedTo: 0,
    changing: "",
    requests: { answered: 0, failed: 0, failure: null },
    networkHolder: "",
    compute: "",
    replicas: [],
    code: "",
    addressNote: "",
    formerScoringUri: "",
    namespace: "",
    ...more,
  } as const;
  return { ...one, status: statusOf(one) };
}

export function listing(more: Partial<StateListResult> = {}): StateListResult {
  return {
    sequence: 1,
    workspaces: [workspace()],
    offers: [],
    services: [],
    endpoints: [],
    notices: [],
    home: "/data",
    ...more,
  };
}

/** The state after a listing. */
export function listed(more: Partial<StateListResult> = {}): ViewState {
  return fold(EMPTY, { kind: "listed", result: listing(more) });
}

export function build(more: Partial<EnvironmentBuild> = {}): EnvironmentBuild {
  return {
    form: "process",
    state: "NotBuilt",
    key: "",
    notes: [],
    size: null,
    python: "",
    interpreter: "",
    variables: {},
    packages: null,
    created: null,
    reference: "",
    step: "",
    message: "",
    fix: "",
    usedBy: [],
    jobs: [],
    text: "not built",
    ...more,
  };
}

/** What the server says of several builds. */
export function environmentWords(builds: readonly EnvironmentBuild[]): Pick<Environment, "text" | "usedBy"> {
  return { text: builds.map(({ text }) => text).join(" · "), usedBy: builds.flatMap(({ usedBy }) => usedBy) };
}

export function registered(version: number, builds: readonly EnvironmentBuild[]): Environment {
  const record = asset("env", version, { kind: "environment", summary: "conda · 6 packages" });
  return {
    id: record.id,
    name: "env",
    origin: "registered",
    summary: record.summary,
    asset: record,
    builds,
    ...environmentWords(builds),
  };
}

export function image(version: number, more: Partial<Image> = {}): Image {
  const record = asset("adder", version, { kind: "image", summary: "score.py · 1 model" });
  return {
    asset: record,
    state: "Succeeded",
    location: `scoredock/local/adder:${version}`,
    size: 269_000_000,
    models: ["m:1"],
    step: "",
    message: "",
    fix: "",
    services: [],
    digest: "",
    pushes: [],
    ...more,
  };
}

export const READY = build({
  state: "Ready",
  key: "abc",
  size: 212_000_000,
  python: "3.11.2",
  packages: 6,
  created: NOW,
  usedBy: ["diabetes"],
  text: "ready · 212 MB",
});

export function version(
  name: string,
  more: Partial<Omit<EndpointVersionDetails, "status">> = {},
): EndpointVersionDetails {
  const one: Omit<EndpointVersionDetails, "status"> = {
    name,
    service: `${name}-service`,
    share: 0,
    isDefault: false,
    type: "",
    state: "Healthy",
    engine: "process",
    takesRequests: true,
    answeredBy: name,
    awaySince: null,
    answered: 0,
    failed: 0,
    lost: 0,
    meanMs: null,
    copied: 0,
    different: 0,
    incomparable: 0,
    uncopied: 0,
    dropped: 0,
    copyMeanMs: null,
    comparedMeanMs: null,
    limits: null,
    withdrawn: "",
    withdrawnAt: null,
    ...more,
  };
  const others = one.answeredBy === "" ? "nobody responds in its place" : `its share goes to ${one.answeredBy}`;
  const words = [one.state, ...(one.takesRequests || one.share === 0 ? [] : [others])];
  return { ...one, status: { words, text: words.join(", "), look: "plain", failing: words.length > 1 } };
}

export function endpoint(versions: EndpointVersionDetails[], more: Partial<EndpointDetails> = {}): EndpointDetails {
  return {
    name: "prices",
    workspaceId: "local",
    state: "Healthy",
    phase: "",
    status: { words: ["Healthy"], text: "Healthy", look: "good", failing: false },
    port: 8080,
    scoringUri: "http://127.0.0.1:8080/score",
    compute: "",
    reason: "",
    versions,
    stickyHeader: "",
    mirror: "",
    mirrorShare: 0,
    takeover: true,
    dividedBy: "router",
    notes: [],
    created: NOW,
    updated: NOW,
    unanswered: 0,
    logFile: "",
    stamp: "1",
    changes: [],
    ...more,
  };
}
