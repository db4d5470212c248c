// Step-by-step output with times, and child processes whose failure is one sentence.
import { spawn } from "node:child_process";
import fs from "node:fs";
import { pathToFileURL } from "node:url";

/** Something a person can put right: printed as one sentence, without a stack. */
export class Refusal extends Error {}

const started = performance.now();
const seconds = (from) => ((performance.now() - from) / 1000).toFixed(1);

/** One line, under the time since the script began. */
export function say(text) {
  console.log(`[${seconds(started).padStart(6)} s] ${text}`);
}

/** Runs one named step; `work` may return a remark for its closing line. */
export async function step(title, work) {
  const begin = performance.now();
  say(`${title} …`);
  const remark = await work();
  say(`${title}: ${typeof remark === "string" ? remark : "done"} (${seconds(begin)} s)`);
}

/** Like a shell would have to be given it, for people to read and repeat. */
export function shown(argv) {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/**
 * Runs a program to its end and gives {code, output}. `quiet` keeps the output back and shows its last lines only when
 * the program fails; `allow` lists the exit codes that are not a failure, null lets any through.
 */
export function run(program, args, { cwd, env, quiet = false, capture = false, allow = [0] } = {}) {
  const hold = quiet || capture;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", hold ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    let output = "";
    let complaints = "";
    child.stdout?.on("data", (bytes) => {
      output += bytes;
    });
    child.stderr?.on("data", (bytes) => {
      complaints += bytes;
    });
    child.on("error", (error) => reject(new Refusal(`Could not start ${program}: ${error.message}.`)));
    child.on("close", (code, signal) => {
      if (allow === null || allow.includes(code)) return resolve({ code, output, complaints });
      const tail = (complaints + output).trimEnd().split("\n").slice(-25).join("\n");
      if (hold && tail) console.error(tail);
      return reject(
        new Refusal(`The command ended with ${signal ?? `exit code ${code}`}: ${shown([program, ...args])}`),
      );
    });
  });
}

/** The frame of every script: refusals become one sentence and exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Refusal ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Is this module the script that Node was started with, and not imported by another? */
export function isStarted(url) {
  const program = process.argv[1];
  return Boolean(program) && fs.existsSync(program) && url === pathToFileURL(fs.realpathSync(program)).href;
}
