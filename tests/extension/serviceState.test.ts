import assert from "node:assert/strict";
import { test } from "node:test";

import { serviceContent } from "../../extension/pages/serviceContent";
import type { Service, State } from "../../extension/protocol";
import { byNeed, isRefused, stateIcon, stateText, statusText } from "../../extension/text/serviceState";
import { STATES } from "../../extension/text/states";
import { serviceNodes } from "../../extension/views/serviceNodes";
import { failingServices } from "../../extension/state/state";
import { listed, NOW, service, STATUSES } from "./records";

const REFUSED = {
  code: "init-failed",
  message: "init() raised ValueError.",
  fix: "Fix line 5.",
  frames: [],
  logLines: [],
  revision: 1,
  during: "reload",
  content: "",
} as const;

test("a service that refused its newest files is not a plain green tick", () => {
  const refused = service("churn", { failure: REFUSED });
  assert.ok(isRefused(refused));
  assert.notDeepEqual(stateIcon(refused), STATES.Healthy.icon);
  assert.equal(stateText(refused), "Healthy, reload refused");
  const [node] = serviceNodes(listed({ services: [refused] }));
  assert.deepEqual(node?.icon, stateIcon(refused));
});

test("of many services those come first that need somebody", () => {
  const failure = { id: "r", message: "run() raised ValueError.", frames: [], time: NOW };
  const many = [
    service("a", { state: "Stopped" }),
    service("b"),
    service("c", { state: "Transitioning" }),
    service("d", { requests: { answered: 3, failed: 3, failure } }),
    service("e", { state: "Failed" }),
    service("f", { failure: REFUSED }),
    service("g"),
  ];
  assert.equal(
    many
      .sort(byNeed)
      .map(({ name }) => name)
      .join(""),
    "edfcbga",
  );
});

test("nor is one that answers with errors", () => {
  const failure = { id: "r", message: "run() raised ValueError.", frames: [], time: NOW };
  const failing = service("churn", { requests: { answered: 3, failed: 3, failure } });
  assert.notDeepEqual(stateIcon(failing), STATES.Healthy.icon);
  assert.equal(stateText(failing), "Healthy, requests fail");
  assert.deepEqual(failingServices(listed({ services: [failing, service("wheat")] })), [failing]);
  const past = service("churn", { requests: { answered: 3, failed: 1, failure: null } });
  assert.deepEqual(failingServices(listed({ services: [past] })), []);
});

test("the view shows each state as every other list does", () => {
  for (const [state, { icon }] of Object.entries(STATES)) {
    const [node] = serviceNodes(listed({ services: [service("churn", { state: state as State })] }));
    assert.deepEqual(node?.icon, icon);
  }
});

/** `Healthy reload fail`: the state, what was refused, and how the newest requests went. */
function serviceOf(kind: string): Service {
  const [state = "Healthy", during = "", said = ""] = kind.split(" ");
  return service("churn", {
    state: state as State,
    failure: during === "" ? null : { ...REFUSED, during },
    requests: {
      answered: 3,
      failed: said === "" ? 0 : 1,
      failure: said === "fail" ? { id: "r", message: "run() raised ValueError.", frames: [], time: NOW } : null,
    },
  });
}

test("row, screen reader, page and every list of services have all words of each kind of state", () => {
  for (const [kind, status] of Object.entries(STATUSES)) {
    const one = serviceOf(kind);
    const state = listed({ services: [one] });
    const [node] = serviceNodes(state);
    assert.ok(node !== undefined);
    assert.equal(node.description, [...status.words, "process", ":6789"].join(" · "));
    assert.ok(node.spoken.includes(status.text), node.spoken);
    assert.ok(node.tooltip.includes(status.text), node.tooltip);
    const page = serviceContent(one, NOW).states.map(({ text }) => text);
    assert.deepEqual(page, status.words);
    assert.equal(stateText(one), status.text);
    assert.equal(failingServices(state).length, Number(status.failing));
  }
});

test("no two states look the same", () => {
  const looks = Object.values(STATES).map(({ icon }) => JSON.stringify(icon));
  assert.equal(new Set(looks).size, looks.length);
});

test("the status bar has the product, the services and how many of them fail", () => {
  assert.equal(statusText("", 0, 0), "$(layers) Scoredock");
  assert.equal(statusText("", 1, 0), "$(layers) Scoredock: 1 service");
  assert.equal(statusText("contoso-ml", 3, 0), "$(layers) Scoredock (contoso-ml): 3 services");
  assert.equal(statusText("", 3, 2), "$(warning) Scoredock: 3 services, 2 failing");
  assert.equal(statusText("", 2, 0, 1), "$(warning) Scoredock: 2 services, 1 endpoint degraded");
  assert.equal(statusText("", 6, 2, 1), "$(warning) Scoredock: 6 services, 2 failing, 1 endpoint degraded");
});
