// Prepares .venv and node_modules from the two lock files; a second run finds nothing to do.
import fs from "node:fs";
import path from "node:path";
import { ROOT, VENV, PYSERVER, PYTHON, UV, cleanEnvironment, npmCommand } from "./project.mjs";
import { findPython, versionOf } from "./python.mjs";
import { digest, isFresh, stamp } from "./stamp.mjs";
import { Refusal, isStarted, main, run, say, step } from "./steps.mjs";

const PYTHON_STAMP = path.join(VENV, ".scoredock-setup");
const NODE_STAMP = path.join(ROOT, "node_modules", ".scoredock-setup");
const LOCK = path.join(PYSERVER, "uv.lock");

function pythonDigest() {
  const interpreter = path.join(VENV, "pyvenv.cfg");
  return digest(
    [LOCK, ...["", "runtime", "sdk"].map((name) => path.join(PYSERVER, name, "pyproject.toml")), interpreter],
    [ROOT],
  );
}

function nodeDigest() {
  return digest([path.join(ROOT, "package-lock.json")], [process.versions.modules, process.platform, process.arch]);
}

/** The uv that the lock file names, so that its version is said in one place. */
function lockedUv() {
  const match = /name = "uv"\nversion = "([^"]+)"/.exec(fs.readFileSync(LOCK, "utf8"));
  if (!match)
    throw new Refusal("pyserver/uv.lock names no version of uv; restore it with git and run the same command again.");
  return match[1];
}

async function makeVenv() {
  const python = findPython();
  await step(`Virtual environment .venv with ${python.executable} (${python.version})`, async () => {
    fs.rmSync(VENV, { recursive: true, force: true });
    await run(python.executable, ["-m", "venv", "--without-pip", VENV], { env: cleanEnvironment(), quiet: true });
  });
}

async function installUv() {
  await step(`uv ${lockedUv()} from PyPI`, async () => {
    const env = cleanEnvironment({ PIP_DISABLE_PIP_VERSION_CHECK: "1" });
    await run(PYTHON, ["-m", "ensurepip", "--default-pip"], { env, quiet: true });
    await run(PYTHON, ["-m", "pip", "install", "--quiet", `uv==${lockedUv()}`], { env, quiet: true });
  });
}

async function setUpPython() {
  if (isFresh(PYTHON_STAMP, pythonDigest()) && fs.existsSync(PYTHON)) return say(".venv is up to date");
  // An interpreter that was uninstalled or a checkout that was moved leaves a .venv that no longer runs.
  if (!versionOf(PYTHON)) await makeVenv();
  if (!fs.existsSync(UV)) await installUv();
  await step("Python packages from pyserver/uv.lock", async () => {
    const env = cleanEnvironment({ UV_PROJECT_ENVIRONMENT: VENV });
    const all = ["--all-extras", "--no-extra", "azure", "--all-groups", "--all-packages"];
    await run(UV, ["sync", "--locked", ...all, "--quiet"], {
      cwd: PYSERVER,
      env,
      quiet: true,
    });
    stamp(PYTHON_STAMP, pythonDigest());
  });
}

async function setUpNode() {
  if (!fs.existsSync(path.join(ROOT, "package-lock.json"))) {
    throw new Refusal(
      "package-lock.json is missing in the checkout; restore it with git and run the same command again.",
    );
  }
  if (isFresh(NODE_STAMP, nodeDigest())) return say("node_modules is up to date");
  await step("Node packages from package-lock.json", async () => {
    const [program, first] = npmCommand();
    await run(program, [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: ROOT, quiet: true });
    stamp(NODE_STAMP, nodeDigest());
  });
}

/** Both sides ready to build, test and run. */
export async function setUp() {
  const oldest = Number(
    /\d+/.exec(JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")).engines.node)[0],
  );
  if (Number(process.versions.node.split(".")[0]) < oldest) {
    throw new Refusal(
      `Node ${oldest} or newer is needed and this is ${process.versions.node}; ` +
        "install it and run the same command again.",
    );
  }
  await setUpPython();
  await setUpNode();
}

if (isStarted(import.meta.url)) await main(setUp);
