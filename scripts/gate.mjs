// `npm run gate`: everything as a clean machine runs it; its words go to .ci/run.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./project.mjs";
import { main, run } from "./steps.mjs";

const SOCKET = /\/docker\.sock$/;

/**
 * A job in a container has the socket of the machine around it mounted. That daemon sees other folders and other ports
 * than the tests, so it is taken away, and .ci/run starts a daemon of its own.
 */
function takeAwayForeignSocket() {
  const mounted = fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((place) => SOCKET.test(place));
  for (const place of mounted) {
    execFileSync("umount", [place]);
    fs.rmSync(place, { force: true });
  }
}

await main(async () => {
  if (process.env.GITHUB_ACTIONS === "true") takeAwayForeignSocket();
  await run("bash", [path.join(ROOT, ".ci", "run"), ...process.argv.slice(2)], { cwd: ROOT });
});
