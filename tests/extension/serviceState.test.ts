import assert from "node:assert/strict";
import { test } from "node:test";

import { isRefused, STATE_ICONS, stateIcon, stateText, statusText } from "../../extension/text/serviceState";
import { serviceNodes } from "../../extension/views/serviceNodes";
import { failingServices } from "../../extension/state/state";
import { listed, NOW, service } from "./records";

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

test("a service that refused its newest files is no plain green tick", () => {
  const refused = service("churn", { failure: REFUSED });
  assert.ok(isRefused(refused));
  assert.notDeepEqual(stateIcon(refused), STATE_ICONS.Healthy);
  assert.equal(stateText(refused), "Healthy, reload refused");
  const [node] = serviceNodes(listed({ services: [refused] }));
  assert.deepEqual(node?.icon, stateIcon(refused));
});

test("nor is one that answers with errors", () => {
  const failure = { id: "r", message: "run() raised ValueError.", frames: [], time: NOW };
  const failing = service("churn", { requests: { answered: 3, failed: 3, failure } });
  assert.notDeepEqual(stateIcon(failing), STATE_ICONS.Healthy);
  assert.equal(stateText(failing), "Healthy, requests fail");
  assert.deepEqual(failingServices(listed({ services: [failing, service("wheat")] })), [failing]);
  const past = service("churn", { requests: { answered: 3, failed: 1, failure: null } });
  assert.deepEqual(failingServices(listed({ services: [past] })), []);
});

test("the view shows each state as every other list does", () => {
  for (const [state, icon] of Object.entries(STATE_ICONS)) {
    const [node] = serviceNodes(listed({ services: [service("churn", { state: state as keyof typeof STATE_ICONS })] }));
    assert.deepEqual(node?.icon, icon);
  }
});

test("no two states look the same", () => {
  const looks = Object.values(STATE_ICONS).map((icon) => JSON.stringify(icon));
  assert.equal(new Set(looks).size, looks.length);
});

test("the status bar has the product, the services and how many of them fail", () => {
  assert.equal(statusText("", 0, 0), "$(layers) Scoredock");
  assert.equal(statusText("", 1, 0), "$(layers) Scoredock: 1 service");
  assert.equal(statusText("contoso-ml", 3, 0), "$(layers) Scoredock (contoso-ml): 3 services");
  assert.equal(statusText("", 3, 2), "$(warning) Scoredock: 3 services, 2 failing");
});
