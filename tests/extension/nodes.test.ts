import assert from "node:assert/strict";
import { test } from "node:test";

import { modelNodes } from "../../extension/views/modelNodes";
import { card, type Node, plain } from "../../extension/views/node";
import { serviceFlags, serviceNodes } from "../../extension/views/serviceNodes";
import { workspaceNodes } from "../../extension/views/workspaceNodes";
import { listed, model, NOW, service, workspace } from "./records";

function row(node: Node): string {
  return [node.label, node.description].filter((part) => part !== "").join(" | ");
}

function rows(nodes: readonly Node[]): string[] {
  return nodes.map(row);
}

function everything(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...everything(node.children?.() ?? [])]);
}

test("models are grouped by name, newest version first, with their files", () => {
  const state = listed({
    models: [
      model("ridge", 2, { created: NOW - 86_400 * 1, tags: { champion: "" } }),
      model("tree", 1, { isFolder: true }),
      model("ridge", 10, { framework: "ScikitLearn", frameworkVersion: "1.5" }),
    ],
  });
  const groups = modelNodes(state, NOW);
  assert.deepEqual(rows(groups), ["ridge | v10 · ScikitLearn 1.5", "tree | v1 · folder"]);
  const versions = groups[0]?.children?.() ?? [];
  assert.deepEqual(rows(versions), ["v10 | just now", "v2 | yesterday · champion"]);
  assert.deepEqual(rows(versions[0]?.children?.() ?? []), ["ridge.pkl | 644 B"]);
});

test("a version in use says so, in its icon, its words and its flags", () => {
  const state = listed({ models: [model("ridge", 1, { usedBy: ["diabetes"] })] });
  const version = modelNodes(state, NOW)[0]?.children?.()[0];
  assert.equal(version?.flags, "version used");
  assert.match(version.spoken, /in use/);
  assert.match(version.tooltip, /Used by: diabetes/);
});

test("a service shows state, engine and port, and below it what one wants to know", () => {
  const [node] = serviceNodes(listed({ services: [service("diabetes", { memoryBytes: 212_000_000, cpuPercent: 1.4 })] }));
  assert.equal(node === undefined ? "" : row(node), "diabetes | Healthy · process · :6789");
  assert.deepEqual(rows(node?.children?.() ?? []), [
    "ridge:3",
    "http://127.0.0.1:6789/score",
    "swagger.json",
    "score.py",
    "diabetes-env 1a2b",
    "Revisions | 2 (active), 1",
    "212 MB | 1 % CPU",
  ]);
});

test("a service on its way shows the phase", () => {
  const [node] = serviceNodes(listed({ services: [service("diabetes", { state: "Transitioning", phase: "environment", port: null })] }));
  assert.equal(node?.description, "Transitioning · environment… · process");
});

test("a failure comes first, is open, and leads to the newest frame", () => {
  const failure = {
    code: "init-failed",
    message: "init() raised FileNotFoundError.",
    fix: "Fix line 9.",
    frames: [
      { file: "/p/helper.py", line: 3, function: "load", text: "open(x)" },
      { file: "/p/score.py", line: 9, function: "init", text: "    load()" },
    ],
    logLines: ["Traceback"],
  };
  const [node] = serviceNodes(listed({ services: [service("diabetes", { state: "Failed", failure })] }));
  const first = node?.children?.()[0];
  assert.equal(node?.open, true);
  assert.equal(first?.label, "init() raised FileNotFoundError.");
  assert.deepEqual(first.click, { kind: "open", path: "/p/score.py", line: 8 });
  assert.deepEqual(rows(first.children?.() ?? []), ["helper.py:3 | open(x)", "score.py:9 | load()"]);
});

for (const [state, flags] of [
  ["Healthy", "service healthy answering addressed stoppable restartable"],
  ["Transitioning", "service transitioning addressed stoppable"],
  ["Stopped", "service stopped addressed startable"],
  ["Failed", "service failed addressed startable"],
] as const) {
  test(`the menus of a service that is ${state}`, () => {
    assert.equal(serviceFlags(service("diabetes", { state })), flags);
  });
}

test("workspaces and offers", () => {
  const state = {
    ...listed({ workspaces: [workspace({ readOnly: "written by a newer Scoredock" }), workspace({ id: "team", name: "team", isActive: false, isDefault: false, resourceGroup: "rg" })] }),
    offers: [{ configPath: "/p/.azureml/config.json", workspaceName: "contoso", subscriptionId: "s", resourceGroup: "g" }],
  };
  const nodes = workspaceNodes(state);
  assert.deepEqual(rows(nodes), ["local | active · read-only", "team | rg", "contoso | not connected"]);
  assert.deepEqual(nodes.map((node) => node.flags), ["workspace active default", "workspace", "offer"]);
});

test("every row has its own id and something to say to a screen reader", () => {
  const state = listed({
    models: [model("ridge", 1), model("ridge", 2), model("ridge.1", 1)],
    services: [service("one"), service("two", { models: ["ridge:1", "ridge:2"] })],
  });
  for (const nodes of [workspaceNodes(state), modelNodes(state, NOW), serviceNodes(state)]) {
    const all = everything(nodes);
    assert.equal(new Set(all.map((node) => node.id)).size, all.length);
    assert.ok(all.every((node) => node.spoken !== ""));
  }
});

test("text from outside cannot become markdown", () => {
  assert.equal(plain("[x](command:y) *b* `c` <img>"), "\\[x\\]\\(command:y\\) \\*b\\* \\`c\\` \\<img\\>");
  assert.equal(card("t", [["empty", ""], ["a", "b"]]), "**t**  \na: b");
});

test("10,000 versions are grouped quickly enough to be drawn", () => {
  const models = Array.from({ length: 10_000 }, (_, index) => model(`m${index % 500}`, Math.floor(index / 500) + 1));
  const state = listed({ models });
  const started = performance.now();
  assert.equal(modelNodes(state, NOW).length, 500);
  assert.ok(performance.now() - started < 300);
});
