import assert from "node:assert/strict";
import { test } from "node:test";

import type { Environment, Image } from "../../extension/protocol";
import { CORE_LISTS } from "../../extension/views/coreLists";
import { ListKinds, type SendRequest } from "../../extension/views/listKinds";
import { assetNodes } from "../../extension/views/assetNodes";
import { environmentFlags } from "../../extension/views/environmentNodes";
import { imageFlags } from "../../extension/views/imageNodes";
import type { Node } from "../../extension/views/node";
import type { Entry, ListId } from "../../extension/views/listId";
import { asset, build, image, NOW, NOWHERE, READY, registered, environmentWords } from "./records";

const ENVIRONMENTS = { kind: "assets", workspaceId: "local", asset: "environment" } as const satisfies ListId;
const IMAGES = { kind: "assets", workspaceId: "local", asset: "image" } as const satisfies ListId;

function environments(...all: Environment[]): readonly Node[] {
  return assetNodes(
    ENVIRONMENTS,
    { rows: all.map((environment): Entry => ({ kind: "environment", environment })), left: 0, next: "", problem: "" },
    NOW,
  );
}

function images(...all: Image[]): readonly Node[] {
  return assetNodes(
    IMAGES,
    { rows: all.map((one): Entry => ({ kind: "image", image: one })), left: 0, next: "", problem: "" },
    NOW,
  );
}

function rows(nodes: readonly Node[]): string[] {
  return nodes.map((node) => [node.label, node.description].filter((part) => part !== "").join(" | "));
}

test("an environment shows how far it is built, in both forms", () => {
  const both = registered(1, [
    READY,
    build({ form: "image", state: "Building", text: "image building… Installing 6 packages" }),
  ]);
  assert.deepEqual(rows(environments(registered(1, [build()]))), ["env:1 | not built · conda · 6 packages · just now"]);
  assert.deepEqual(rows(environments(both)), [
    "env:1 | ready · 212 MB · image building… Installing 6 packages · conda · 6 packages · just now",
  ]);
  assert.equal(environments(both)[0]?.icon.id, "loading~spin");
  assert.equal(environments(registered(1, [READY]))[0]?.icon.color, "charts.green");
});

test("a build that failed says why below its row", () => {
  const [node] = environments(
    registered(1, [build({ state: "Failed", message: "No such package.", fix: "Correct it." })]),
  );
  assert.equal(node?.icon.id, "error");
  assert.deepEqual(rows(node.children?.() ?? []), ["No such package."]);
  assert.equal(node.children?.()[0]?.flags, "problem");
});

test("environments that only services asked for stand last and say for whom", () => {
  const made: Environment = {
    id: "abc",
    name: "ScikitLearn default",
    origin: "service",
    summary: "Python 3.11.2",
    asset: null,
    builds: [READY],
    ...environmentWords([READY]),
  };
  const nodes = environments(made, registered(2, [build()]), registered(1, [build()]));
  assert.deepEqual(rows(nodes), [
    "env | v2 · not built · conda · 6 packages",
    "ScikitLearn default | ready · 212 MB · Python 3.11.2 · used by diabetes",
  ]);
  assert.deepEqual(rows(nodes[0]?.children?.() ?? []).length, 2);
  assert.equal(nodes[1]?.click?.kind === "run" ? nodes[1].click.command : "", "scoredock.inspectEnvironment");
});

for (const [what, builds, flags] of [
  ["is not built", [build()], "asset one buildable cloneable"],
  ["is being built", [build({ state: "Building" })], "asset one buildable cloneable building buildLog"],
  ["is used", [READY], "asset one buildable cloneable buildLog"],
  ["is built and not used", [{ ...READY, usedBy: [] }], "asset one buildable cloneable buildLog removable"],
] as const) {
  test(`the menus of an environment that ${what}`, () => {
    assert.equal(environmentFlags(registered(1, builds)), flags);
  });
}

test("an image shows its state and its services", () => {
  assert.deepEqual(rows(images(image(1, { services: ["one", "two"] }))), [
    "adder:1 | Succeeded · 269 MB · score.py · 1 model · just now · used by one, two",
  ]);
  assert.deepEqual(rows(images(image(1, { state: "Creating", step: "Adding the code", size: null }))), [
    "adder:1 | Creating… Adding the code · score.py · 1 model · just now",
  ]);
  const [failed] = images(image(1, { state: "Failed", size: null, message: "It broke.", fix: "Mend it." }));
  assert.deepEqual(rows(failed?.children?.() ?? []), ["It broke."]);
  const push = { reference: "registry.example.com/team/adder:3", digest: "sha256:a", time: NOW };
  const twice = images(image(1, { pushes: [push, { ...push, reference: "other.example.com/adder:3" }] }));
  assert.match(rows(twice)[0] ?? "", /pushed to registry\.example\.com\/team\/adder:3 and 1 more/);
  const pushed = images(image(1, { pushes: [push] }));
  assert.deepEqual(rows(pushed), [
    "adder:1 | Succeeded · 269 MB · score.py · 1 model · pushed to registry.example.com/team/adder:3 · just now",
  ]);
  assert.deepEqual(rows(images(image(2), image(1))), ["adder | v2 · Succeeded · 269 MB · score.py · 1 model"]);
});

test("a packaged image does not say its reference twice", () => {
  const packaged = (summary: string): Image => ({
    ...image(1, { state: "Registered" }),
    asset: asset("adder", 1, { kind: "image", summary }),
  });
  assert.deepEqual(rows(images(packaged("adder:1 · 1 model"))), ["adder:1 | 1 model · just now"]);
  assert.deepEqual(rows(images(packaged("adder:20190822 · 1 model"))), [
    "adder:1 | adder:20190822 · 1 model · just now",
  ]);
});

test("only an image that was created here can be deployed", () => {
  assert.equal(imageFlags(image(1)), "asset one exportable deployable created");
  assert.equal(imageFlags(image(1, { state: "Creating" })), "asset one created building");
  assert.equal(imageFlags(image(1, { state: "Registered" })), "asset one exportable");
  const [name] = images(image(2, { state: "Registered" }), image(1));
  assert.equal(name?.flags, "asset name exportable");
});

test("each kind of list is asked for in its own way", async () => {
  const asked: string[] = [];
  const request = ((method: string) => {
    asked.push(method);
    return Promise.resolve({ environments: [registered(1, [])], images: [image(1)], assets: [asset("rows", 1)] });
  }) as SendRequest;
  const from = { offset: 0, next: "", limit: 100 };
  for (const list of [ENVIRONMENTS, IMAGES, { ...IMAGES, asset: "dataset" } as const]) {
    assert.equal((await new ListKinds(CORE_LISTS).source(request, NOWHERE).ask(list, from)).rows.length, 1);
  }
  assert.deepEqual(asked, ["scoredock/environment/list", "scoredock/image/list", "scoredock/asset/list"]);
});
