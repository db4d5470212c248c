import assert from "node:assert/strict";
import { test } from "node:test";

import { LISTS } from "../../extension/contrib/runs/lists";
import { artifactsOf, experimentsOf, runNodes, runsHeading, runsOf } from "../../extension/contrib/runs/runNodes";
import type { Page } from "../../extension/state/pages";
import type { RegistryChange } from "../../extension/state/state";
import type { Entry, ListId } from "../../extension/views/listId";
import { ListKinds } from "../../extension/views/listKinds";
import type { Node } from "../../extension/views/node";
import { NOW, NOWHERE, run, STORE } from "./records";

const EXPERIMENT = { id: "1", name: "sweep", runs: 2 } as const;
const KINDS = new ListKinds(LISTS);

function concerns(list: ListId, change: RegistryChange): boolean {
  return KINDS.of(list).follows(change, list);
}

function page(rows: readonly Entry[]): Page<Entry> {
  return { rows, left: 0, next: "", problem: "" };
}

function rows(nodes: readonly Node[]): string[] {
  return nodes.map((node) => [node.label, node.description].filter((part) => part !== "").join(" | "));
}

test("the heading of runs is there where there is a store, and counts none", () => {
  const list = { kind: "runsHeading", workspaceId: "local" } as const;
  assert.deepEqual(runsHeading(list, page([])), []);
  const [heading] = runsHeading(list, page([{ kind: "store", store: STORE }]));
  assert.deepEqual([heading?.label, heading?.description, heading?.list?.kind], ["Runs", "", "stores"]);
  assert.deepEqual(KINDS.below("models", "local"), [list]);
});

test("a store that cannot be read says why and cannot be opened", () => {
  const broken = { ...STORE, uri: "sqlite:///x", title: "mlflow.db", problem: "It was written by another MLflow." };
  const nodes = runNodes(
    { kind: "stores", workspaceId: "local" },
    page([
      { kind: "store", store: STORE },
      { kind: "store", store: broken },
    ]),
    NOW,
  );
  assert.deepEqual(rows(nodes), ["mlruns | /home/ada/mlruns", "mlflow.db | It was written by another MLflow."]);
  assert.deepEqual(
    nodes.map(({ list, icon }) => [list?.kind, icon.id]),
    [
      ["experiments", "folder"],
      [undefined, "warning"],
    ],
  );
  assert.match(
    rows(runNodes({ kind: "stores", workspaceId: "local" }, page([]), NOW))[0] ?? "",
    /No tracking store found/,
  );
});

test("a run shows its metrics, the primary one first, and the best child", () => {
  const one = run("r1", {
    name: "ridge",
    metrics: { a: 1, b: 0.123456, rmse: 55, z: 3 },
    primaryMetric: "rmse",
    models: ["model"],
  });
  const nodes = runNodes(
    runsOf(STORE, EXPERIMENT, "p", "r1"),
    page([
      { kind: "run", run: one },
      { kind: "run", run: run("r2", { status: "FAILED", started: null }) },
    ]),
    NOW,
  );
  assert.deepEqual(rows(nodes), ["ridge | best · today · model · rmse=55, a=1, b=0.1235", "r2"]);
  assert.equal(nodes[1]?.icon.id, "error");
});

test("below a parent run are its children, then its artifacts", async () => {
  const parent = run("r1", { hasChildren: true, bestChild: "r2" });
  const list = artifactsOf(STORE, EXPERIMENT, parent, "");
  const answer = {
    artifacts: [
      { path: "model", size: null, isFolder: true, isModel: true },
      { path: "log.txt", size: 12, isFolder: false, isModel: false },
    ],
  };
  const asked = await KINDS.source(() => Promise.resolve(answer as never), NOWHERE).ask(list, {
    offset: 0,
    next: "",
    limit: 100,
  });
  const nodes = runNodes(list, asked, NOW);
  assert.deepEqual(rows(nodes), ["Child Runs", "model | model", "log.txt | 12 B"]);
  assert.deepEqual(nodes[0]?.list, runsOf(STORE, EXPERIMENT, "r1", "r2"));
  assert.deepEqual(
    nodes.map(({ flags }) => flags),
    ["children", "artifact logged", "artifact"],
  );
});

test("every run has its own row and something to say to a screen reader", () => {
  const entries = [run("r1"), run("r2")].map((one) => ({ kind: "run", run: one }) as const);
  const nodes = runNodes(runsOf(STORE, EXPERIMENT, "", ""), page(entries), NOW);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
  assert.ok(nodes.every(({ spoken }) => spoken !== ""));
});

test("a run that a script logs concerns the runs of the workspace and no tracking store", () => {
  const runs = { models: false, assets: false, runs: true, jobs: false, rules: false, events: false, audit: false };
  const everything = { models: true, assets: true, runs: false, jobs: true, rules: false, events: false, audit: false };
  const kinds = ["workspace", "folder", "sqlite", "server"] as const;
  const followed = kinds.filter((kind) => {
    const list: ListId = experimentsOf({ uri: "x", title: "x", kind, problem: "" });
    assert.ok(!concerns(list, everything));
    return concerns(list, runs);
  });
  assert.deepEqual(followed, ["workspace"]);
  for (const list of [
    { kind: "stores", workspaceId: "local" },
    { kind: "runsHeading", workspaceId: "local" },
  ] as const) {
    assert.ok(concerns(list, runs) && !concerns(list, everything), "the first run of a workspace adds its row");
  }
});
