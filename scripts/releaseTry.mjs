// Installs the server from this platform's VSIX without a network and asks it for its version: what was put together on
// another machine has to fit this one.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { TARGET } from "./build.mjs";
import { cleanEnvironment, inVenv } from "./project.mjs";
import { findPython } from "./python.mjs";
import { vsixOf } from "./releaseFiles.mjs";
import { version } from "./releaseVersion.mjs";
import { Refusal, run, step } from "./steps.mjs";

const UNPACK = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";

export async function tryVsix() {
  const vsix = vsixOf(TARGET);
  if (!fs.existsSync(vsix))
    throw new Refusal(`dist/release has no VSIX for ${TARGET}; npm run release:build makes one.`);
  const python = findPython();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scoredock-try-"));
  try {
    await step(`Server from ${path.basename(vsix)} with Python ${python.version}`, async () => {
      const env = cleanEnvironment({ PIP_CONFIG_FILE: os.devNull, PIP_DISABLE_PIP_VERSION_CHECK: "1" });
      await run(python.executable, ["-I", "-c", UNPACK, vsix, folder]);
      const venv = path.join(folder, "venv");
      await run(python.executable, ["-m", "venv", venv], { env, quiet: true });
      const server = path.join(folder, "extension", "server");
      const words = [
        "--no-index",
        "--find-links",
        path.join(server, "wheelhouse"),
        "--require-hashes",
        "-r",
        path.join(server, "requirements.txt"),
      ];
      await run(inVenv(venv, "python"), ["-m", "pip", "install", "--quiet", ...words], { env, quiet: true });
      const { output } = await run(inVenv(venv, "scoredock"), ["--version"], { env, capture: true });
      if (!output.includes(version()))
        throw new Refusal(`The server of ${path.basename(vsix)} says "${output.trim()}" and not ${version()}.`);
      return output.trim();
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
