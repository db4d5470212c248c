import assert from "node:assert/strict";
import { test } from "node:test";

import { PromptAnswers } from "../../extension/session/promptAnswers";

/** A question whose answer the test gives when it wants to. */
function question<T>(): {
  readonly ask: () => Promise<T>;
  readonly say: (answer: T) => Promise<void>;
  readonly fail: () => void;
} {
  let resolve: (answer: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((one, other) => {
    resolve = one;
    reject = other;
  });
  return {
    ask: () => promise,
    say: async (answer) => {
      resolve(answer);
      await new Promise(setImmediate);
    },
    fail: () => {
      reject(new Error("the server ended"));
    },
  };
}

function editor(): { readonly calls: () => number; readonly givenUp: () => boolean; readonly again: () => void } {
  let count = 0;
  return {
    calls: () => count,
    givenUp: () => false,
    again: () => {
      count += 1;
    },
  };
}

const NEVER_LATE = 60_000;
const AT_ONCE = 0;

test("an answer in time is given as it is, and nobody is asked again", async () => {
  const [answers, one, here] = [new PromptAnswers<string[]>(NEVER_LATE), question<string[]>(), editor()];
  const given = answers.answer("a", one.ask, here);
  await one.say(["Deploy"]);
  assert.deepEqual(await given, ["Deploy"]);
  assert.equal(here.calls(), 0);
});

test("who waits too long gets nothing at first and is told when the answer is there", async () => {
  const [answers, one, here] = [new PromptAnswers<string[]>(AT_ONCE), question<string[]>(), editor()];
  assert.equal(await answers.answer("a", one.ask, here), undefined);
  assert.equal(here.calls(), 0);
  await one.say(["Deploy"]);
  assert.equal(here.calls(), 1);
  assert.deepEqual(await answers.answer("a", question<string[]>().ask, here), ["Deploy"], "the last answer is given");
});

test("a late answer that says the same as before is not news", async () => {
  const [answers, here] = [new PromptAnswers<string[]>(AT_ONCE), editor()];
  for (const expected of [1, 1]) {
    const one = question<string[]>();
    await answers.answer("a", one.ask, here);
    await one.say(["Deploy"]);
    assert.equal(here.calls(), expected);
  }
  const other = question<string[]>();
  assert.deepEqual(await answers.answer("a", other.ask, here), ["Deploy"]);
  await other.say(["churn Healthy"]);
  assert.equal(here.calls(), 2);
});

test("each document has its own answers, and none after it was closed", async () => {
  const [answers, one, here] = [new PromptAnswers<string[]>(AT_ONCE), question<string[]>(), editor()];
  await answers.answer("a", one.ask, here);
  await one.say(["Deploy"]);
  assert.equal(await answers.answer("b", question<string[]>().ask, here), undefined);
  answers.forget("a");
  assert.equal(await answers.answer("a", question<string[]>().ask, here), undefined);
});

test("of a question that was given up nothing is kept", async () => {
  const [answers, one, here] = [new PromptAnswers<string[]>(AT_ONCE), question<string[]>(), editor()];
  await answers.answer("a", one.ask, { ...here, givenUp: () => true });
  await one.say([]);
  assert.equal(here.calls(), 0);
  assert.equal(await answers.answer("a", question<string[]>().ask, here), undefined);
});

test("a failure in time is told, and one that comes late disturbs nobody", async () => {
  const [early, one, here] = [new PromptAnswers<string[]>(NEVER_LATE), question<string[]>(), editor()];
  const given = early.answer("a", one.ask, here);
  one.fail();
  await assert.rejects(given);

  const [late, two] = [new PromptAnswers<string[]>(AT_ONCE), question<string[]>()];
  assert.equal(await late.answer("a", two.ask, here), undefined);
  two.fail();
  await new Promise(setImmediate);
  assert.equal(here.calls(), 0);
});
