// Jobs side by side in a few lanes, each with its output kept together: printed whole, with its time, when the job ends.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { clearInterval, setInterval } from "node:timers";
import { say } from "./steps.mjs";

const HEARTBEAT_MS = 180_000;

/** How many lanes a machine takes: one more than it has processors, as tests wait for much of their time, and four at most. SCOREDOCK_TEST_LANES says otherwise. */
export function laneCount() {
  const given = Number(process.env.SCOREDOCK_TEST_LANES);
  if (Number.isInteger(given) && given > 0) return given;
  return Math.min(4, os.availableParallelism() + 1);
}

/**
 * Runs all jobs, the first that may begin first. A job is {name, after, work}: it waits for the jobs that `after` names, and
 * `work` returns the remark for the closing line after it has run its program.
 */
export async function runInLanes(jobs, lanes) {
  const waiting = [...jobs];
  const running = new Map();
  const heartbeat = setInterval(() => running.size && say(`still at ${[...running.keys()].map((job) => job.name).join(" and ")}`), HEARTBEAT_MS);
  try {
    while (waiting.length || running.size) {
      for (let job = running.size < lanes && next(waiting, running); job; job = running.size < lanes && next(waiting, running)) {
        waiting.splice(waiting.indexOf(job), 1);
        running.set(job, start(job).finally(() => running.delete(job)));
      }
      await Promise.race(running.values());
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

async function start(job) {
  const begin = performance.now();
  say(`${job.name} …`);
  const remark = await job.work();
  say(`${job.name}: ${remark} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

/**
 * Runs a program to its end with all its output in a file, prints that whole, and gives the exit code; null when a signal
 * ended it. With `niceness` the program leaves the processors to others that want them; after `seconds` it is ended.
 */
export function runWhole(program, args, { cwd, env, log, niceness = 0, seconds }) {
  return new Promise((resolve, reject) => {
    const file = fs.openSync(log, "w");
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", file, file], timeout: seconds * 1000, killSignal: "SIGKILL" });
    fs.closeSync(file);
    if (niceness && child.pid) os.setPriority(child.pid, niceness);
    child.on("error", reject);
    child.on("close", (code) => {
      process.stdout.write(fs.readFileSync(log));
      resolve(code);
    });
  });
}
