// Bundles every *.test.ts of this folder and runs them with Node's own test runner: `node tests/extension/run.mjs
// [name…]`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const tests = readdirSync(here).filter(
  (file) => file.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((name) => file.includes(name))),
);
const folder = mkdtempSync(path.join(tmpdir(), "scoredock-extension-tests-"));
try {
  await build({
    entryPoints: tests.map((file) => path.join(here, file)),
    outdir: folder,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: "inline",
    logLevel: "warning",
    mainFields: ["module", "main"],
  });
  const bundles = readdirSync(folder).map((file) => path.join(folder, file));
  const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...bundles], { stdio: "inherit" });
  process.exitCode = ran.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
