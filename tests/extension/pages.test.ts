import assert from "node:assert/strict";
import { test } from "node:test";

import { type PageStart, joinPages, PAGE, type Page, PagedLists } from "../../extension/state/pages";

/** A server with lists of numbers, which remembers what it was asked. */
class Server {
  readonly asked: string[] = [];
  readonly lists = new Map<string, number[]>();
  failing = "";
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();

  constructor(lengths: Readonly<Record<string, number>>) {
    for (const [name, length] of Object.entries(lengths)) {
      this.lists.set(
        name,
        Array.from({ length }, (_, index) => index),
      );
    }
  }

  pages(chained = false): PagedLists<string, number> {
    return new PagedLists<string, number>({
      ask: (list, from) => this.answer(list, from, chained),
      key: (list) => list,
      identity: String,
      explain: (error) => (error as Error).message,
    });
  }

  private async answer(list: string, from: PageStart, chained: boolean): Promise<Page<number>> {
    this.asked.push(`${list} ${chained ? from.next : from.offset} ${from.limit}`);
    await this.gate;
    if (this.failing !== "") {
      throw new Error(this.failing);
    }
    const all = this.lists.get(list) ?? [];
    const start = chained ? Number(from.next) : from.offset;
    // A server that hands out tokens decides itself how long a page is.
    const rows = all.slice(start, start + (chained ? PAGE : from.limit));
    const end = start + rows.length;
    return chained
      ? { rows, left: end < all.length ? undefined : 0, next: end < all.length ? String(end) : "", problem: "" }
      : { rows, left: all.length - end, next: "", problem: "" };
  }
}

test("a list is asked for once, and only its first page", async () => {
  const server = new Server({ a: 250 });
  const pages = server.pages();
  const [one, other] = await Promise.all([pages.open("a"), pages.open("a")]);
  assert.equal(one.rows.length, 100);
  assert.equal(one.left, 150);
  assert.equal(other, one);
  await pages.open("a");
  assert.deepEqual(server.asked, ["a 0 100"]);
});

for (const chained of [false, true]) {
  test(`page follows page to the end, by ${chained ? "token" : "count"}`, async () => {
    const pages = new Server({ a: 250 }).pages(chained);
    await pages.open("a");
    await pages.more("a");
    const whole = await pages.more("a");
    assert.deepEqual(
      whole.rows,
      Array.from({ length: 250 }, (_, index) => index),
    );
    assert.equal(whole.left, 0);
    assert.equal(await pages.more("a"), whole);
  });

  test(`as many rows as are shown are asked for again, by ${chained ? "token" : "count"}`, async () => {
    const server = new Server({ a: 250 });
    const pages = server.pages(chained);
    await pages.open("a");
    await pages.more("a");
    assert.deepEqual(await pages.again(() => true), []);
    server.lists.get("a")?.unshift(-1);
    assert.deepEqual(await pages.again(() => true), ["a"]);
    assert.equal(pages.peek("a")?.rows.length, 200);
    assert.equal(pages.peek("a")?.rows[0], -1);
  });
}

test("only lists that suit are asked for again, and only changed ones are told", async () => {
  const server = new Server({ a: 1, b: 1, c: 1 });
  const pages = server.pages();
  await Promise.all(["a", "b", "c"].map((name) => pages.open(name)));
  server.asked.length = 0;
  server.lists.set("a", [7]);
  server.lists.set("c", [7]);
  assert.deepEqual(await pages.again((name) => name !== "c"), ["a"]);
  assert.deepEqual(server.asked, ["a 0 100", "b 0 100"]);
});

test("a closed row's list waits until it is opened", async () => {
  const server = new Server({ a: 1 });
  const pages = server.pages();
  await pages.open("a");
  pages.close("a");
  server.lists.set("a", [7]);
  assert.deepEqual(await pages.again(() => true), []);
  assert.equal(server.asked.length, 1);
  assert.equal(await pages.reopen("a"), true);
  assert.deepEqual(pages.peek("a")?.rows, [7]);
  assert.equal(await pages.reopen("a"), false);
  assert.equal(server.asked.length, 2);
});

test("a failure is a row of its own, and the next question may succeed", async () => {
  const server = new Server({ a: 150 });
  const pages = server.pages();
  server.failing = "The store is busy.";
  assert.deepEqual(await pages.open("a"), { rows: [], left: 0, next: "", problem: "The store is busy." });
  server.failing = "";
  assert.deepEqual(await pages.again(() => true), ["a"]);
  server.failing = "Gone.";
  const more = await pages.more("a");
  assert.equal(more.rows.length, 100);
  assert.equal(more.problem, "Gone.");
  assert.equal(more.left, 50);
});

test("what is shown stays while it cannot be read, with the reason", async () => {
  const server = new Server({ a: 150 });
  const pages = server.pages();
  await pages.open("a");
  server.failing = "The server is not running.";
  assert.deepEqual(await pages.again(() => true), ["a"]);
  assert.deepEqual(
    [pages.peek("a")?.rows.length, pages.peek("a")?.left, pages.peek("a")?.problem],
    [100, 50, "The server is not running."],
  );
  assert.deepEqual(await pages.again(() => true), [], "told once");
  server.failing = "";
  assert.deepEqual(await pages.again(() => true), ["a"]);
  assert.equal(pages.peek("a")?.problem, "");
});

test("a row that moved to the next page is not shown twice", () => {
  const page = (rows: readonly number[]): Page<number> => ({ rows, left: 0, next: "", problem: "" });
  assert.deepEqual(joinPages(page([1, 2]), page([2, 3]), String).rows, [1, 2, 3]);
});

test("a list that was forgotten while it was asked for is not kept", async () => {
  const server = new Server({ a: 1, b: 1 });
  const pages = server.pages();
  let open = (): void => undefined;
  server.gate = new Promise((resolve) => {
    open = resolve;
  });
  const both = [pages.open("a"), pages.open("b")];
  pages.clear((name) => name === "a");
  open();
  await Promise.all(both);
  assert.equal(pages.peek("a"), undefined);
  assert.deepEqual(pages.peek("b")?.rows, [0]);
});

test("a server that counts more than it gives is not asked for ever", async () => {
  const pages = new PagedLists<string, number>({
    ask: (_, from) => Promise.resolve({ rows: from.offset === 0 ? [1] : [], left: 5, next: "", problem: "" }),
    key: (list) => list,
    identity: String,
    explain: String,
  });
  await pages.open("a");
  assert.deepEqual(await pages.again(() => true), []);
});
