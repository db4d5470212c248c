import assert from "node:assert/strict";
import { test } from "node:test";

import { Restarts } from "../../extension/session/restarts";

/** A start that ends when the test says so. */
function gate(): { cycle: () => Promise<void>; open: () => void; starts: () => number } {
  let starts = 0;
  let release: () => void = () => undefined;
  return {
    cycle: () => {
      starts += 1;
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    open: () => {
      release();
    },
    starts: () => starts,
  };
}

test("many requests while a start is under way are one more start", async () => {
  const door = gate();
  const restarts = new Restarts(door.cycle);
  const first = restarts.request();
  const later = [restarts.request(), restarts.request(), restarts.request()];
  assert.equal(door.starts(), 1);
  door.open();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(door.starts(), 2);
  door.open();
  await Promise.all(later);
  assert.equal(door.starts(), 2);
});

test("after too many crashes within the window it gives up, and the person's wish begins anew", () => {
  const restarts = new Restarts(() => Promise.resolve());
  const worth = [0, 1, 2, 3, 4].map((minute) => restarts.crashed(minute * 1000));
  assert.deepEqual(worth, [true, true, true, true, false]);
  restarts.forget();
  assert.equal(restarts.crashed(6000), true);
});

test("crashes long apart are each worth a start", () => {
  const restarts = new Restarts(() => Promise.resolve());
  const worth = Array.from({ length: 20 }, (_, index) => restarts.crashed(index * Restarts.WINDOW));
  assert.ok(worth.every(Boolean));
});

test("nothing is started after the end", async () => {
  const door = gate();
  const restarts = new Restarts(door.cycle);
  restarts.dispose();
  await restarts.request();
  assert.equal(door.starts(), 0);
});
