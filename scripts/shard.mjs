// Which shard of costly tests a run of the gate takes (tests/shards.py): commits take turns.
import { Refusal, run } from "./steps.mjs";

const DAY = 24 * 60 * 60 * 1000;

/**
 * {shard, why}: the number of a shard of `count`, or "all". It follows the number of commits below the one that is
 * checked out in `folder`, so that the next commit takes the next shard and an amended one the same. A clone without
 * its history takes turns by days. Throws Refusal for an `asked` that is none of them.
 */
export async function shardOf(folder, count, asked = "") {
  if (asked) {
    const choices = ["all", ...Array(count).keys()].map(String);
    if (!choices.includes(asked)) throw new Refusal(`SCOREDOCK_TEST_SHARD is ${choices.join(", ")}; not "${asked}".`);
    return { shard: asked, why: "as SCOREDOCK_TEST_SHARD says" };
  }
  const git = async (...words) => (await run("git", words, { cwd: folder, capture: true })).output.trim();
  try {
    if ((await git("rev-parse", "--is-shallow-repository")) === "true") {
      return { shard: String(Math.floor(Date.now() / DAY) % count), why: "by the day, as this clone has no history" };
    }
    return { shard: String(Number(await git("rev-list", "--count", "HEAD")) % count), why: "by the number of commits" };
  } catch (error) {
    if (error instanceof Refusal) return { shard: "all", why: "as this is not a checkout" };
    throw error;
  }
}
