/** One writer at a time across windows: a folder that only one process can make. No `vscode` here. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const POLL = 200;
/** A lock without a readable owner is left over when it is older than this; its writer died between two lines. */
const OWNERLESS_AGE = 10_000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  try {
    const pid = Number.parseInt(await readFile(path.join(lock, "pid"), "utf8"), 10);
    if (!Number.isNaN(pid)) {
      return !alive(pid);
    }
  } catch {
    // No owner yet: its age decides.
  }
  try {
    return Date.now() - (await stat(lock)).mtimeMs > OWNERLESS_AGE;
  } catch {
    return false;
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  }
  await writeFile(path.join(lock, "pid"), String(process.pid));
  return true;
}

/** Runs the work while no other process holds the lock; waits for the holder, and takes over from one that died. */
export async function withLock<T>(lock: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(lock))) {
    signal.throwIfAborted();
    if (await isAbandoned(lock)) {
      await rm(lock, { recursive: true, force: true });
    } else {
      await sleep(POLL, undefined, { signal });
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
