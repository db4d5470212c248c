import assert from "node:assert/strict";
import { test } from "node:test";

import type { Page } from "../../extension/state/pages";
import type { RegistryChange } from "../../extension/state/state";
import type { Model } from "../../extension/protocol";
import { assetNodes } from "../../extension/views/assetNodes";
import { modelNodes, pickleWords } from "../../extension/views/modelNodes";
import type { Node } from "../../extension/views/node";
import { CORE_LISTS } from "../../extension/views/coreLists";
import { ListKinds, type SendRequest } from "../../extension/views/listKinds";
import { type Entry, keyOf, type ListId } from "../../extension/views/listId";
import { asset, file, group, model, NOW, NOWHERE } from "./records";

const GROUPS = {
  kind: "groups",
  workspaceId: "local",
  query: { groupBy: "name", order: "name" },
} as const satisfies ListId;
const VERSIONS = { ...GROUPS, kind: "versions", group: "ridge" } as const satisfies ListId;

const KINDS = new ListKinds(CORE_LISTS);

function concerns(list: ListId, change: RegistryChange): boolean {
  return KINDS.of(list).follows(change, list);
}

function page(rows: readonly Entry[], more: Partial<Page<Entry>> = {}): Page<Entry> {
  return { rows, left: 0, next: "", problem: "", ...more };
}

function rows(nodes: readonly Node[]): string[] {
  return nodes.map((node) => [node.label, node.description].filter((part) => part !== "").join(" | "));
}

function versions(...models: Model[]): readonly Node[] {
  return modelNodes(VERSIONS, page(models.map((one) => ({ kind: "version", model: one }))), NOW);
}

test("a name shows its newest version, framework and aliases, and opens its page", () => {
  const ridge = model("ridge", 10, { framework: "ScikitLearn", frameworkVersion: "1.5", aliases: ["champion"] });
  const nodes = modelNodes(
    GROUPS,
    page([
      { kind: "group", group: group(ridge) },
      { kind: "group", group: group(model("tree", 1, { isFolder: true })) },
    ]),
    NOW,
  );
  assert.deepEqual(rows(nodes), ["ridge | v10 · ScikitLearn 1.5 · champion", "tree | v1 · folder"]);
  assert.deepEqual(
    nodes.map(({ flags, icon }) => [flags, icon.id]),
    [
      ["group aliased several", "symbol-misc"],
      ["group", "folder-library"],
    ],
  );
  assert.deepEqual(nodes.at(0)?.click, { kind: "run", command: "scoredock.showModel", title: "Show Details" });
  assert.equal(nodes[0]?.list === undefined ? "" : keyOf(nodes[0].list), keyOf(VERSIONS));
});

test("a version shows when, its aliases, its tags, and that it is used", () => {
  const nodes = versions(
    model("ridge", 2, { aliases: ["champion"], tags: { stage: "production" }, usedBy: ["diabetes"] }),
    model("ridge", 1, { created: NOW - 86_400 }),
  );
  assert.deepEqual(rows(nodes), ["v2 | just now · champion · stage=production · in use", "v1 | yesterday"]);
  assert.deepEqual(
    nodes.map(({ flags }) => flags),
    ["version used aliased", "version"],
  );
  assert.equal(nodes[0]?.icon.color, "charts.green");
});

for (const [state, words, color] of [
  ["bad", "known-bad names", "problemsErrorIcon.foreground"],
  ["code", "contains Python code", "problemsErrorIcon.foreground"],
  ["unknown", "unknown names", "problemsWarningIcon.foreground"],
  ["unread", "pickles not checked yet", "problemsWarningIcon.foreground"],
  ["known", "", "charts.green"],
  ["none", "", "charts.green"],
] as const) {
  test(`pickles that are ${state} are ${words === "" ? "not mentioned" : "told in words and colour"}`, () => {
    const [node] = versions(model("ridge", 1, { pickle: state, usedBy: ["diabetes"] }));
    assert.equal(pickleWords(state), words);
    assert.equal(node?.icon.color, color);
    assert.ok(node.description.includes(words) && node.spoken.includes(words));
    assert.doesNotMatch(JSON.stringify(node), /\bsafe/i);
    assert.equal(node.flags.split(" ").includes("consent"), state === "bad" || state === "code");
  });
}

test("groups by tag and framework show how many versions each has", () => {
  const byTag = { ...GROUPS, query: { groupBy: "tag", groupTag: "stage", order: "name" } } as const;
  const nodes = modelNodes(
    byTag,
    page([
      { kind: "group", group: group(model("ridge", 2), { key: "production" }) },
      { kind: "group", group: group(model("ridge", 1), { key: "" }) },
    ]),
    NOW,
  );
  assert.deepEqual(rows(nodes), ["production | 2 versions", "without stage | 1 version"]);
  const [version] = modelNodes(
    { ...byTag, kind: "versions", group: "production" },
    page([{ kind: "version", model: model("ridge", 2) }]),
    NOW,
  );
  assert.equal(version?.label, "ridge:2");
});

test("files can be opened, empty folders cannot", () => {
  const nodes = modelNodes(
    { kind: "files", workspaceId: "local", model: model("ridge", 1), key: ["local", "ridge:1"] },
    page([
      { kind: "file", file: file("a/b.pkl") },
      { kind: "file", file: file("logs/") },
    ]),
    NOW,
  );
  assert.deepEqual(rows(nodes), ["a/b.pkl | 644 B", "logs/ | empty folder"]);
  assert.deepEqual(
    nodes.map(({ click }) => click?.kind),
    ["run", undefined],
  );
});

test("the last row of an unfinished list shows more, and a failure is a row", () => {
  assert.deepEqual(rows(modelNodes(GROUPS, page([], { left: 150 }), NOW)), ["Show More… | 150 left"]);
  assert.deepEqual(rows(modelNodes(GROUPS, page([], { left: undefined, problem: "The store is busy." }), NOW)), [
    "The store is busy.",
    "Show More…",
  ]);
});

test("what stands below models and environments has a heading with its count", () => {
  const holdings = [
    ["dataset", 2],
    ["image", 1],
    ["trash", 3],
  ] as const;
  const nodes = holdings.flatMap(([holding, count]) =>
    assetNodes({ kind: "heading", workspaceId: "local", holding }, page([{ kind: "holding", holding, count }]), NOW),
  );
  assert.deepEqual(rows(nodes), ["Datasets | 2", "Images | 1", "Trash | 3"]);
  assert.deepEqual(
    nodes.map(({ list }) => list?.kind),
    ["assets", "assets", "trash"],
  );
});

test("an asset of one version is one row, of several a name with its versions", () => {
  const entries = [asset("rows", 1), asset("rows", 2), asset("other", 1)].map(
    (one) => ({ kind: "asset", asset: one }) as const,
  );
  const nodes = assetNodes({ kind: "assets", workspaceId: "local", asset: "dataset" }, page(entries), NOW);
  assert.deepEqual(rows(nodes), ["rows | v2 · 12 rows · 1.4 kB", "other:1 | 12 rows · 1.4 kB · just now"]);
  assert.deepEqual(rows(nodes[0]?.children?.() ?? []), [
    "v2 | 12 rows · 1.4 kB · just now",
    "v1 | 12 rows · 1.4 kB · just now",
  ]);
  assert.deepEqual(
    nodes.map(({ flags }) => flags),
    ["asset name rows", "asset one rows"],
  );
});

test("the trash holds models and assets", () => {
  const entries = [
    { kind: "version", model: model("ridge", 1, { deleted: NOW - 90_000 }) },
    { kind: "asset", asset: asset("rows", 1, { deleted: NOW }) },
  ] as const;
  const nodes = assetNodes({ kind: "trash", workspaceId: "local" }, page(entries), NOW);
  assert.deepEqual(rows(nodes), [
    "ridge:1 | deleted yesterday · 644 B",
    "rows:1 | 12 rows · 1.4 kB · deleted just now",
  ]);
  assert.deepEqual(
    nodes.map(({ flags }) => flags),
    ["deleted deletedModel", "deleted deletedAsset"],
  );
});

test("every row of a page has its own id and something to say to a screen reader", () => {
  const nodes = versions(model("ridge", 1), model("ridge", 2));
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
  assert.ok(nodes.every(({ spoken }) => spoken !== ""));
});

test("deleted assets follow the last page of deleted models", async () => {
  const asked: unknown[] = [];
  const request = ((method: string, params: unknown) => {
    asked.push(params);
    return Promise.resolve(
      method === "scoredock/asset/list"
        ? { assets: [asset("rows", 1, { deleted: NOW })] }
        : { models: [model("ridge", 1)], total: asked.length === 1 ? 2 : 1 },
    );
  }) as unknown as SendRequest;
  const lists = KINDS.source(request, NOWHERE);
  const list: ListId = { kind: "trash", workspaceId: "local" };
  const first = await lists.ask(list, { offset: 0, next: "", limit: 1 });
  assert.deepEqual([first.rows.length, first.left], [1, 1]);
  const last = await lists.ask(list, { offset: 0, next: "", limit: 100 });
  assert.deepEqual([last.rows.map(({ kind }) => kind), last.left], [["version", "asset"], 0]);
});

test("a change concerns only lists that can show it", () => {
  const models = { models: true, assets: false, runs: false, jobs: false, rules: false, events: false, audit: false };
  assert.ok(
    concerns(GROUPS, models) &&
      concerns(VERSIONS, models) &&
      !concerns(GROUPS, {
        models: false,
        assets: true,
        runs: true,
        jobs: false,
        rules: false,
        events: false,
        audit: false,
      }),
  );
  assert.ok(
    !concerns(
      { kind: "files", workspaceId: "local", model: model("ridge", 1), key: ["local", "ridge:1"] },
      { ...models, assets: true, runs: true, jobs: false, rules: false, events: false, audit: false },
    ),
    "the files of a version never change",
  );
});

test("ten pages are built quickly enough to be drawn", () => {
  const models = Array.from(
    { length: 1000 },
    (_, index) => ({ kind: "version", model: model("ridge", index + 1) }) as const,
  );
  const turns = Array.from({ length: 5 }, () => {
    const started = performance.now();
    assert.equal(modelNodes(VERSIONS, page(models), NOW).length, 1000);
    return performance.now() - started;
  });
  // The best turn: others share this machine. The gate judges no times and catches what hangs only, as tests/pace.py
  // does.
  const limit = process.env["SCOREDOCK_TEST_DEPTH"] === "long" ? 300 : 9000;
  assert.ok(Math.min(...turns) < limit);
});
