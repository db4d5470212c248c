// Bundles the extension host program and the scripts of the pages into dist/.
// `node esbuild.mjs --watch` rebuilds on every save; `--production` leaves source maps out.
import fs from "node:fs";
import { build, context } from "esbuild";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");

const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  logLevel: "warning",
  legalComments: "none",
  metafile: true,
};

/**
 * `vscode` as one module of the bundle. A module that is imported from outside is copied, with its 300 names, for each
 * file that imports it, which took a third of the time that the bundle needs to load.
 */
const editorOnce = {
  name: "editor once",
  setup(bundle) {
    bundle.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === "editor" ? { path: "vscode", external: true } : { path: "vscode", namespace: "editor" },
    );
    bundle.onLoad({ filter: /.*/, namespace: "editor" }, () => ({ contents: 'export * from "vscode"' }));
  },
};

const LANGUAGE_CLIENT = "vscode-languageclient/node";
/** The language client is as large as everything else, and activation does not wait for it. */
const languageClientBeside = {
  name: "language client beside",
  setup(bundle) {
    bundle.onResolve({ filter: new RegExp(`^${LANGUAGE_CLIENT}$`) }, () => ({ path: "./client.js", external: true }));
  },
};

/** Nor does it wait for the program: nothing of it is loaded in a window that has nothing of ours. */
const programBeside = {
  name: "program beside",
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\/program\.js$/ }, () => ({ path: "./program.js", external: true }));
  },
};

const inEditor = {
  ...shared,
  platform: "node",
  target: "node20",
  format: "cjs",
  // The ES module build of a dependency is smaller after tree shaking than its CommonJS twin.
  mainFields: ["module", "main"],
  // The editor gives `vscode` to whoever asks for it by `require`.
  supported: { "dynamic-import": false },
};

const bundles = [
  {
    ...inEditor,
    entryPoints: ["extension/main.ts"],
    outfile: "dist/extension.js",
    plugins: [editorOnce, programBeside],
  },
  {
    ...inEditor,
    entryPoints: ["extension/program.ts"],
    outfile: "dist/program.js",
    plugins: [editorOnce, languageClientBeside],
  },
  {
    ...inEditor,
    entryPoints: [LANGUAGE_CLIENT],
    outfile: "dist/client.js",
    // `vscode` exists only inside the editor.
    external: ["vscode"],
  },
  {
    ...shared,
    entryPoints: ["extension/uninstall.ts"],
    outfile: "dist/uninstall.js",
    platform: "node",
    target: "node20",
    format: "cjs",
  },
  {
    ...shared,
    entryPoints: ["extension/panels/page.ts"],
    outfile: "dist/request.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
  },
  {
    ...shared,
    entryPoints: ["extension/pages/page.ts"],
    outfile: "dist/page.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
  },
  {
    ...shared,
    entryPoints: ["extension/guide/page.ts"],
    outfile: "dist/guide.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
  },
  {
    ...shared,
    entryPoints: ["extension/metrics/page.ts"],
    outfile: "dist/metrics.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
    // The sheet of uPlot, which the page adopts.
    loader: { ".css": "text" },
  },
  {
    ...shared,
    entryPoints: ["extension/logPage/page.ts"],
    outfile: "dist/log.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
  },
];

let underWay = 0;
/** Says when the bundles are being made and when all are, in the words that .vscode/tasks.json waits for. */
const announcements = {
  name: "announcements",
  setup(bundle) {
    bundle.onStart(() => {
      underWay += 1;
      if (underWay === 1) console.log("bundling");
    });
    bundle.onEnd(() => {
      underWay -= 1;
      if (underWay === 0) console.log("bundled");
    });
  },
};

/** Files that the bundles are made of: whose work is in them. */
const inputs = new Set();
for (const options of bundles) {
  if (watch) {
    await (await context({ ...options, plugins: [...(options.plugins ?? []), announcements] })).watch();
  } else {
    for (const file of Object.keys((await build(options)).metafile.inputs)) if (fs.existsSync(file)) inputs.add(file);
  }
}
if (!watch) fs.writeFileSync("dist/bundle.json", `${JSON.stringify([...inputs].sort(), null, 2)}\n`);
