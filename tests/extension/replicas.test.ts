/** The replicas of a service in a cluster, as rows below it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Replica } from "../../extension/protocol";
import { replicaNodes } from "../../extension/views/replicaNodes";
import { service } from "./records";

function replica(name: string, more: Partial<Replica> = {}): Replica {
  return {
    name,
    node: "node1",
    revision: 2,
    state: "Running",
    ready: true,
    restarts: 0,
    started: 0,
    reason: "",
    cpuPercent: null,
    memoryBytes: null,
    code: "",
    ...more,
  };
}

test("a service on this machine has no row for replicas", () => {
  assert.deepEqual(replicaNodes(service("prices")), []);
});

test("a row counts those that stay, and tells of each its node, revision and restarts", () => {
  const replicas = [
    replica("prices-6b77-aaaaa", { memoryBytes: 20_000_000 }),
    replica("prices-6b77-bbbbb", { node: "node2", restarts: 3 }),
    replica("prices-cd5d-ccccc", { revision: 1, state: "Ending", ready: false }),
  ];
  const [row] = replicaNodes(service("prices", { replicas }));
  assert.equal(row?.label, "2 of 2 replicas ready");
  assert.equal(row.open, true);
  const rows = row.children?.() ?? [];
  assert.deepEqual(
    rows.map(({ label, description, icon }) => [label, description, icon.id]),
    [
      ["6b77-aaaaa", "ready · node1 · 20.0 MB", "pass-filled"],
      ["6b77-bbbbb", "ready · node2 · 3 restarts", "pass-filled"],
      ["cd5d-ccccc", "ending · node1 · revision 1", "circle-outline"],
    ],
  );
});

test("a replica that does not come up says why below its row", () => {
  const reason = "No node has 64 cores free.";
  const replicas = [replica("prices-1-a", { state: "Pending", ready: false, node: "", reason })];
  const [row] = replicaNodes(service("prices", { replicas }));
  const [only] = row?.children?.() ?? [];
  assert.equal(only?.description, "waits for a node");
  assert.equal(only.children?.()[0]?.label, reason);
  assert.ok(only.spoken.endsWith(reason));
});
