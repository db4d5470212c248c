// Builds dist/: the bundled extension, the wheelhouse and the locked requirements of the server's private environment.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYSERVER, PYTHON, cacheFolder, cleanEnvironment } from "./project.mjs";
import { setUp } from "./setup.mjs";
import { digest, filesBelow, isFresh, stamp } from "./stamp.mjs";
import { isStarted, main, run, say, step } from "./steps.mjs";

/** The CPython versions that a VSIX serves. */
export const PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"];

/** The VSIX target of the running machine, such as linux-x64. */
export const TARGET = `${process.platform}-${process.arch}`;

const BUNDLE_STAMP = path.join(DIST, ".bundle");

function ownPython() {
  const script = "import sys; print('%d.%d' % sys.version_info[:2])";
  return execFileSync(PYTHON, ["-I", "-c", script], { encoding: "utf8" }).trim();
}

function wheelDigest(pythons, { target, own, repository }) {
  const sources = filesBelow(
    PYSERVER,
    (file) => !file.includes(".egg-info") && !file.endsWith(".pyc") && !/[\\/]\./.test(file.slice(PYSERVER.length)),
  );
  const names = sources.map((file) => path.relative(PYSERVER, file));
  const made = own ? filesBelow(own, (file) => file.endsWith(".whl")) : [];
  const readme = repository ? [path.join(ROOT, "README.md")] : [];
  return digest(
    [...sources, path.join(ROOT, "scripts", "wheelhouse.py"), ...made, ...readme],
    [...names, target, repository, ...pythons],
  );
}

/**
 * The wheelhouse in `out`, for the given Pythons on one platform; one that was made for all of them serves one as well.
 * `own` is a folder with the project's three wheels where they are made already; `repository` is the address they name.
 */
export async function buildWheels(pythons, { target = TARGET, out = DIST, own = "", repository = "" } = {}) {
  const stampFile = path.join(out, ".wheelhouse");
  const options = { target, own, repository };
  if ([pythons, PYTHONS].some((made) => isFresh(stampFile, wheelDigest(made, options))))
    return say(`${path.relative(ROOT, path.join(out, "wheelhouse"))} is up to date`);
  return step(
    `Wheels of server and runtime, and what they need${target === TARGET ? "" : ` on ${target}`}`,
    async () => {
      fs.rmSync(stampFile, { force: true });
      const words = [
        "--out",
        out,
        "--cache",
        path.join(cacheFolder(), "wheels"),
        "--target",
        target,
        "--repository",
        repository,
      ];
      if (own) words.push("--own", own);
      for (const version of pythons) words.push("--python", version);
      const script = path.join(ROOT, "scripts", "wheelhouse.py");
      const { output } = await run(PYTHON, [script, ...words], { env: cleanEnvironment(), quiet: true });
      stamp(stampFile, wheelDigest(pythons, options));
      return output.trim();
    },
  );
}

/** dist/extension.js and the scripts of the web views, the same for every platform. */
async function bundle() {
  const sources = filesBelow(path.join(ROOT, "extension"), (file) => file.endsWith(".ts"));
  const names = sources.map((file) => path.relative(ROOT, file));
  const value = digest(
    [...sources, ...["esbuild.mjs", "package-lock.json", "tsconfig.json"].map((name) => path.join(ROOT, name))],
    names,
  );
  if (isFresh(BUNDLE_STAMP, value)) return say("dist/extension.js is up to date");
  return step("Extension bundle", async () => {
    fs.rmSync(BUNDLE_STAMP, { force: true });
    await run(process.execPath, ["esbuild.mjs", "--production"], { cwd: ROOT, quiet: true });
    stamp(BUNDLE_STAMP, value);
    return `${Math.round(fs.statSync(path.join(DIST, "extension.js")).size / 1024)} kB`;
  });
}

/** Everything in dist/, for one Python or for all; the rest as in `buildWheels`. */
export async function buildAll({ pythons = [ownPython()], ...options } = {}) {
  await buildWheels(pythons, options);
  await bundle();
}

if (isStarted(import.meta.url)) {
  await main(async () => {
    await setUp();
    await buildAll(process.argv.includes("--all") ? { pythons: PYTHONS } : {});
  });
}
