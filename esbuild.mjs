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

const bundles = [
  {
    ...shared,
    entryPoints: ["extension/main.ts"],
    outfile: "dist/extension.js",
    platform: "node",
    target: "node20",
    format: "cjs",
    // `vscode` exists only inside the editor.
    external: ["vscode"],
    // The ES module build of a dependency is smaller after tree shaking than its CommonJS twin.
    mainFields: ["module", "main"],
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
    await (await context({ ...options, plugins: [announcements] })).watch();
  } else {
    for (const file of Object.keys((await build(options)).metafile.inputs)) inputs.add(file);
  }
}
if (!watch) fs.writeFileSync("dist/bundle.json", `${JSON.stringify([...inputs].sort(), null, 2)}\n`);
