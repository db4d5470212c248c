import assert from "node:assert/strict";
import { test } from "node:test";

import { BuildStream } from "../../extension/logs/buildStream";
import type { BuildLog } from "../../extension/protocol";

const LINES = ["Resolving", "numpy"].map((text, number) => ({ time: 0, step: number === 0, text }));

/** A log that is answered when the test says so. */
class Held {
  readonly written: string[] = [];
  readonly failures: unknown[] = [];
  private readonly waiting: (() => void)[] = [];
  readonly stream = new BuildStream({
    ask: (offset): Promise<BuildLog> =>
      new Promise((resolve) => {
        this.waiting.push(() => {
          resolve({ lines: LINES.slice(offset), next: LINES.length, state: "Ready" });
        });
      }),
    write: (line) => this.written.push(line),
    failed: (error) => this.failures.push(error),
  });

  /** Answers all that is asked until nothing is asked any more. */
  async answer(): Promise<void> {
    while (this.waiting.length > 0) {
      for (const one of this.waiting.splice(0)) {
        one();
      }
      await new Promise(setImmediate);
    }
  }
}

test("a log that is opened while it is read shows each line once", async () => {
  const held = new Held();
  const both = [held.stream.goOn(), held.stream.goOn()];
  await held.answer();
  await Promise.all(both);
  assert.deepEqual(held.written, ["Resolving", "  numpy"]);
  const again = held.stream.goOn();
  await held.answer();
  await again;
  assert.equal(held.written.length, 2);
  assert.deepEqual(held.failures, []);
});

test("the next build is read from its beginning, and what was asked before it is dropped", async () => {
  const held = new Held();
  const before = held.stream.goOn();
  const begun = held.stream.begin();
  const opened = held.stream.goOn();
  await held.answer();
  await Promise.all([before, begun, opened]);
  assert.deepEqual(held.written, ["Resolving", "  numpy"]);
});

test("nothing is written after the end", async () => {
  const held = new Held();
  const read = held.stream.goOn();
  held.stream.stop();
  await held.answer();
  await read;
  assert.deepEqual(held.written, []);
});
