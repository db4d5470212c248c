// Bundles every *.test.ts of this folder and runs them with Node's own test runner: `node tests/extension/run.mjs
// [name…]`. With `--engines FILE` those of *.engines.ts, which have that file for the table of engines.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const here = import.meta.dirname;
const { values, positionals: wanted } = parseArgs({
  options: { engines: { type: "string" } },
  allowPositionals: true,
});
const ending = values.engines === undefined ? ".test.ts" : ".engines.ts";
const tests = readdirSync(here).filter(
  (file) => file.endsWith(ending) && (wanted.length === 0 || wanted.some((name) => file.includes(name))),
);
const otherEngines = {
  name: "other engines",
  setup: (bundle) => bundle.onResolve({ filter: /\/engines$/ }, () => ({ path: path.resolve(values.engines) })),
};
/** No test runs in an editor: what asks for one gets a stand-in. */
const editor = {
  name: "editor",
  setup: (bundle) => bundle.onResolve({ filter: /^vscode$/ }, () => ({ path: path.join(here, "editorWindow.ts") })),
};
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
    nodePaths: [path.join(here, "../../node_modules")],
    plugins: values.engines === undefined ? [editor] : [editor, otherEngines],
  });
  const bundles = readdirSync(folder).map((file) => path.join(folder, file));
  const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...bundles], { stdio: "inherit" });
  process.exitCode = ran.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
