// What a release consists of, in dist/release: a VSIX for each platform, the three wheels, and SHA256SUMS over all of
// them.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { DIST } from "./project.mjs";
import { version } from "./releaseVersion.mjs";
import { Refusal } from "./steps.mjs";

export const RELEASE = path.join(DIST, "release");
export const SUMS = path.join(RELEASE, "SHA256SUMS");
/** The platforms with a VSIX. There is none for win32-arm64: orjson has no wheel for Python 3.10 there. */
export const TARGETS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];

export const vsixOf = (target) => path.join(RELEASE, `scoredock-${version()}-${target}.vsix`);
export const extensions = () => TARGETS.map(vsixOf);
export const wheels = () =>
  ["scoredock", "scoredock_azureml", "scoredock_runtime"].map((name) =>
    path.join(RELEASE, `${name}-${version()}-py3-none-any.whl`),
  );

const sum = (file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex");

/** The lines of SHA256SUMS, as `sha256sum --check` reads them; refuses when a file of the release is missing. */
function lines() {
  const files = [...extensions(), ...wheels()];
  const lacking = files.filter((file) => !fs.existsSync(file)).map((file) => path.basename(file));
  if (lacking.length) throw new Refusal(`dist/release lacks ${lacking.join(", ")}; npm run release:build makes them.`);
  return files
    .map((file) => `${sum(file)}  ${path.basename(file)}\n`)
    .sort()
    .join("");
}

export function writeSums() {
  const text = lines();
  fs.writeFileSync(SUMS, text);
  return text;
}

/** Refuses files that are not those whose sums were written. */
export function checkSums() {
  if (!fs.existsSync(SUMS))
    throw new Refusal("dist/release/SHA256SUMS is missing; npm run release:checksums writes it.");
  if (fs.readFileSync(SUMS, "utf8") !== lines())
    throw new Refusal("dist/release holds other files than SHA256SUMS says; build them again.");
}
