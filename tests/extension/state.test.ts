import assert from "node:assert/strict";
import { test } from "node:test";

import {
  activeWorkspace,
  EMPTY,
  failingServices,
  fold,
  type Push,
  reloadedServices,
  scriptsThatServe,
  type ViewState,
} from "../../extension/state/state";
import { listed, listing, service, workspace } from "./records";

function servicesPush(
  sequence: number,
  changed: ReturnType<typeof service>[],
  removed: string[] = [],
  workspaceId = "local",
): Push {
  return { kind: "services", push: { sequence, workspaceId, changed, removed } };
}

function names(state: ViewState): string[] {
  return state.services.map((one) => one.name);
}

test("a listing replaces everything", () => {
  const state = listed({ services: [service("diabetes")] });
  assert.equal(state.loaded, true);
  assert.deepEqual(names(state), ["diabetes"]);
  assert.equal(activeWorkspace(state)?.id, "local");
});

test("services of other workspaces are not shown", () => {
  const state = listed({ services: [service("here"), service("there", { workspaceId: "other" })] });
  assert.deepEqual(
    state.services.map((one) => one.name),
    ["here"],
  );
});

test("a push adds, changes and removes records", () => {
  const before = listed({ services: [service("ridge-1"), service("ridge-2")] });
  const after = fold(before, servicesPush(2, [service("ridge-1", { phase: "new" }), service("tree-1")], ["ridge-2"]));
  assert.deepEqual(names(after), ["ridge-1", "tree-1"]);
  assert.equal(after.services[0]?.phase, "new");
});

test("a push that the listing already holds changes nothing", () => {
  const before = listed({ sequence: 5, services: [service("ridge-1")] });
  assert.equal(fold(before, servicesPush(5, [], ["ridge-1"])), before);
});

test("folding a push twice is harmless", () => {
  const once = fold(listed(), servicesPush(2, [service("ridge-1")]));
  assert.equal(fold(once, servicesPush(2, [service("ridge-1")])), once);
});

test("a push of another workspace leaves the services alone", () => {
  const after = fold(listed({ services: [service("ridge-1")] }), servicesPush(2, [service("tree-1")], [], "other"));
  assert.deepEqual(names(after), ["ridge-1"]);
});

test("a push that overtakes the listing's answer is not lost", () => {
  let state = fold(listed(), { kind: "listing" });
  state = fold(state, servicesPush(9, [service("ridge-2")]));
  state = fold(state, { kind: "listed", result: listing({ sequence: 8, services: [service("ridge-1")] }) });
  assert.deepEqual(names(state), ["ridge-1", "ridge-2"]);
  assert.equal(state.sequence, 9);
});

test("a push from before the listing does not undo it", () => {
  let state = fold(listed(), { kind: "listing" });
  state = fold(state, servicesPush(7, [], ["ridge-1"]));
  state = fold(state, { kind: "listed", result: listing({ sequence: 8, services: [service("ridge-1")] }) });
  assert.deepEqual(names(state), ["ridge-1"]);
});

test("what a listing on its way does not hold yet stays stale through later pushes", () => {
  const other = workspace({ id: "other" });
  const push = (sequence: number): Push => ({
    kind: "workspaces",
    push: { sequence, workspaces: [workspace({ isActive: false }), other], offers: [] },
  });
  let state = fold(listed(), { kind: "listing" });
  state = fold(state, push(3));
  state = fold(state, push(4));
  state = fold(state, { kind: "listed", result: listing({ sequence: 2 }) });
  assert.equal(activeWorkspace(state)?.id, "other");
  assert.equal(state.stale, true);
});

test("another active workspace makes the state stale until it is listed", () => {
  const other = workspace({ id: "team", isActive: true, isDefault: false });
  const stale = fold(listed(), {
    kind: "workspaces",
    push: { sequence: 2, workspaces: [workspace({ isActive: false }), other], offers: [] },
  });
  assert.equal(stale.stale, true);
  assert.equal(fold(stale, { kind: "listed", result: listing({ sequence: 3, workspaces: [other] }) }).stale, false);
});

test("a new server starts its sequence again and what is shown stays", () => {
  let state = listed({ sequence: 50, services: [service("ridge-1")] });
  state = fold(state, { kind: "ended" });
  assert.deepEqual(names(state), ["ridge-1"]);
  state = fold(state, { kind: "listing" });
  state = fold(state, { kind: "listed", result: listing({ sequence: 1, services: [service("ridge-2")] }) });
  assert.deepEqual(names(fold(state, servicesPush(2, [service("tree-1")]))), ["ridge-2", "tree-1"]);
});

test("a listing that failed keeps what is shown and takes pushes", () => {
  let state = fold(listed({ services: [service("ridge-1")] }), { kind: "listing" });
  state = fold(state, { kind: "listingFailed", problem: "The store is damaged." });
  assert.equal(state.problem, "The store is damaged.");
  assert.equal(fold(state, { kind: "listed", result: listing() }).problem, "");
  assert.deepEqual(names(fold(state, servicesPush(2, [service("tree-1")]))), ["ridge-1", "tree-1"]);
});

test("failing are those that a person should look at", () => {
  const states = ["Healthy", "Transitioning", "Unhealthy", "Failed", "Unschedulable", "Stopped"] as const;
  const state = listed({ services: states.map((name) => service(name.toLowerCase(), { state: name })) });
  assert.deepEqual(
    failingServices(state).map((one) => one.state),
    ["Unhealthy", "Failed", "Unschedulable"],
  );
});

test("nothing is known before the first listing", () => {
  assert.equal(EMPTY.loaded, false);
  assert.equal(activeWorkspace(EMPTY), undefined);
});

test("a reload is news once, and so is its refusal; what a listing brings is none", () => {
  const failure = {
    code: "init-failed",
    message: "init() failed.",
    fix: "",
    frames: [],
    logLines: [],
    revision: 0,
    content: "",
    during: "reload",
  };
  const first = listed({ services: [service("one", { reloaded: 5 })] });
  assert.deepEqual(reloadedServices(EMPTY, first), []);
  const again = fold(first, servicesPush(2, [service("one", { reloaded: 9, updated: 9 })]));
  assert.deepEqual(
    reloadedServices(first, again).map(({ name }) => name),
    ["one"],
  );
  const load = fold(again, servicesPush(3, [service("one", { reloaded: 9, updated: 9, memoryBytes: 7 })]));
  assert.deepEqual(reloadedServices(again, load), []);
  const refused = fold(load, servicesPush(4, [service("one", { reloaded: 9, updated: 12, failure })]));
  assert.deepEqual(
    reloadedServices(load, refused).map(({ name }) => name),
    ["one"],
  );
  const same = fold(refused, servicesPush(5, [service("one", { reloaded: 9, updated: 13, failure })]));
  assert.deepEqual(reloadedServices(refused, same), []);
});

test("a script serves when its service becomes healthy, and again with every revision and reload", () => {
  const script = { entryScript: "/work/score.py" };
  const starting = listed({ services: [service("one", { ...script, state: "Transitioning", revision: 0 })] });
  const healthy = fold(starting, servicesPush(2, [service("one", { ...script, state: "Healthy", revision: 1 })]));
  assert.deepEqual(scriptsThatServe(starting, healthy), ["/work/score.py"]);
  const load = fold(
    healthy,
    servicesPush(3, [service("one", { ...script, state: "Healthy", revision: 1, restarts: 1 })]),
  );
  assert.deepEqual(scriptsThatServe(healthy, load), []);
  const updated = fold(load, servicesPush(4, [service("one", { ...script, state: "Healthy", revision: 2 })]));
  assert.deepEqual(scriptsThatServe(load, updated), ["/work/score.py"]);
  const failed = fold(updated, servicesPush(5, [service("one", { ...script, state: "Failed", revision: 2 })]));
  assert.deepEqual(scriptsThatServe(updated, failed), []);
});

test("what is remembered is shown until it is listed, and goes where no server comes", () => {
  const facts = listed({ services: [service("diabetes")] });
  const remembered = fold(EMPTY, { kind: "remembered", facts });
  assert.deepEqual(names(remembered), ["diabetes"]);
  assert.equal(remembered.loaded, false);
  assert.deepEqual(names(fold(fold(remembered, { kind: "listing" }), { kind: "listed", result: listing() })), []);
  assert.deepEqual(names(fold(remembered, { kind: "failed" })), []);
  const refused = fold(remembered, { kind: "listingFailed", problem: "no data folder" });
  assert.deepEqual([names(refused), refused.problem], [[], "no data folder"]);
  // What was listed stays, as it was so a moment ago.
  assert.deepEqual(names(fold(facts, { kind: "failed" })), ["diabetes"]);
});
