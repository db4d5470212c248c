// Jobs side by side in a few lanes, each with its output kept together: printed whole, with its time, when the job
// ends.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { say } from "./steps.mjs";

const HEARTBEAT_MS = 180_000;
const LOOK_MS = 8_000;
/** Share of the processors that is left over when another job is worth beginning. */
const SPARE = 0.15;
const MORE_LANES = 1;
/** What runs in a further lane leaves the processors to the others when they want them after all. */
const FURTHER_NICENESS = 4;

/**
 * How many lanes a machine takes: one more than it has processors, as tests wait for much of their time, and four at
 * most. While processors stand idle there is one more. SCOREDOCK_TEST_LANES says otherwise: {lanes, most}.
 */
export function laneCount() {
  const given = Number(process.env.SCOREDOCK_TEST_LANES);
  if (Number.isInteger(given) && given > 0) return { lanes: given, most: given };
  const lanes = Math.min(4, os.availableParallelism() + 1);
  return { lanes, most: lanes + MORE_LANES };
}

/** Tells the share of all processors' time that nobody used since it was asked last. */
function idleShare() {
  const read = () =>
    os
      .cpus()
      .map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((sum, each) => sum + each, 0) }));
  const sum = (cpus, key) => cpus.reduce((total, each) => total + each[key], 0);
  let before = read();
  return () => {
    const now = read();
    const share = (sum(now, "idle") - sum(before, "idle")) / Math.max(1, sum(now, "all") - sum(before, "all"));
    before = now;
    return share;
  };
}

/**
 * Runs all jobs, the first that may begin first. A job is {name, after, work}: it waits for the jobs that `after`
 * names, and `work`, which is told the niceness for its program, returns the remark for the closing line after it has
 * run that.
 */
export async function runInLanes(jobs, { lanes, most }) {
  const waiting = [...jobs];
  const running = new Map();
  const begin = (niceness = 0) => {
    const job = next(waiting, running);
    if (!job) return false;
    waiting.splice(waiting.indexOf(job), 1);
    running.set(
      job,
      start(job, niceness).finally(() => running.delete(job)),
    );
    return true;
  };
  const heartbeat = setInterval(
    () => running.size && say(`still at ${[...running.keys()].map((job) => job.name).join(" and ")}`),
    HEARTBEAT_MS,
  );
  const idle = idleShare();
  try {
    while (waiting.length || running.size) {
      while (running.size < lanes && begin());
      let timer;
      const look = new Promise((resolve) => {
        timer = setTimeout(resolve, LOOK_MS, true);
      });
      const looked = await Promise.race([...running.values(), look]);
      clearTimeout(timer);
      if (looked === true && idle() > SPARE && running.size < most) begin(FURTHER_NICENESS);
    }
  } finally {
    clearInterval(heartbeat);
  }
}

/** The first job whose predecessors have ended. */
function next(waiting, running) {
  const open = new Set([...waiting, ...running.keys()].map((job) => job.name));
  return waiting.find((job) => !(job.after ?? []).some((name) => open.has(name)));
}

async function start(job, niceness) {
  const begin = performance.now();
  say(`${job.name} …`);
  const remark = await job.work(niceness);
  say(`${job.name}: ${remark} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

/**
 * Runs a program to its end with all its output in a file, prints that whole, and gives the exit code; null when a
 * signal ended it. With `niceness` the program leaves the processors to others that want them; after `seconds` it is
 * ended.
 */
export function runWhole(program, args, { cwd, env, log, niceness = 0, seconds }) {
  return new Promise((resolve, reject) => {
    const file = fs.openSync(log, "w");
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", file, file],
      timeout: seconds * 1000,
      killSignal: "SIGKILL",
    });
    fs.closeSync(file);
    if (niceness && child.pid) os.setPriority(child.pid, niceness);
    child.on("error", reject);
    child.on("close", (code) => {
      process.stdout.write(fs.readFileSync(log));
      resolve(code);
    });
  });
}
