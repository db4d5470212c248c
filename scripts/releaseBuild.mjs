// Builds all files of a release on one machine: nothing is compiled, and wheels for other platforms are downloaded.
import fs from "node:fs";
import path from "node:path";
import { DIST, PYTHON, ROOT, cleanEnvironment } from "./project.mjs";
import { makeVsix } from "./package.mjs";
import { releaseAddress } from "./releaseAddress.mjs";
import { RELEASE, TARGETS } from "./releaseFiles.mjs";
import { setUp } from "./setup.mjs";
import { Refusal, run, say, step } from "./steps.mjs";

/** The project's own wheels: built once, for PyPI and for every VSIX. */
async function buildOwn(own, repository) {
  await step("Wheels of scoredock, scoredock-azureml and scoredock-runtime", async () => {
    const words = [path.join(ROOT, "scripts", "wheelhouse.py"), "--own-only", "--out", own, "--repository", repository];
    await run(PYTHON, words, { env: cleanEnvironment(), quiet: true });
    for (const name of fs.readdirSync(own).filter((file) => file.endsWith(".whl")))
      fs.copyFileSync(path.join(own, name), path.join(RELEASE, name));
  });
}

/** Fills dist/release for the given platforms, all of them where none are given. */
export async function buildRelease(wanted) {
  const unknown = wanted.filter((target) => !TARGETS.includes(target));
  if (unknown.length)
    throw new Refusal(`There is no VSIX for ${unknown.join(", ")}; the platforms are ${TARGETS.join(", ")}.`);
  await setUp();
  const repository = releaseAddress();
  say(repository ? `the repository is ${repository}` : "no address of a repository: links in the README stay relative");
  fs.rmSync(RELEASE, { recursive: true, force: true });
  fs.mkdirSync(RELEASE, { recursive: true });
  const own = path.join(DIST, "parts", "own");
  await buildOwn(own, repository);
  for (const target of wanted.length ? wanted : TARGETS) {
    const built = path.join(DIST, "parts", target);
    fs.mkdirSync(built, { recursive: true });
    await makeVsix({ target, built, own, repository, folder: RELEASE });
  }
}
