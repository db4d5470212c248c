// Makes scoredock-<version>-<target>.vsix from exactly the files that package.json lists, and checks what is inside.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYTHON } from "./project.mjs";
import { PYTHONS, TARGET, buildAll } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { digest, filesBelow, isFresh, stamp } from "./stamp.mjs";
import { Refusal, isStarted, main, run, say, step } from "./steps.mjs";

const STAGE = path.join(DIST, "vsix");
const STAMP = path.join(DIST, ".vsix");
/** What a VSIX may hold besides the manifests that vsce writes; anything else stops the packaging. */
const ALLOWED = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/package(\.nls(\.[\w-]+)?)?\.json$/,
  /^extension\/(readme|changelog)\.md$/i,
  /^extension\/LICENSE(\.txt)?$/i,
  /^extension\/dist\/(extension|request)\.js$/,
  /^extension\/server\/requirements\.txt$/,
  /^extension\/server\/wheelhouse\/[\w.+-]+\.whl$/,
  /^extension\/media\/[\w/-]+\.(svg|png|css|md)$/,
  /^extension\/l10n\/[\w.-]+\.json$/,
  /^extension\/docs\/images\/[\w-]+\.png$/,
];
const REQUIRED = ["extension/dist/extension.js", "extension/dist/request.js", "extension/server/requirements.txt", "extension/package.nls.json", "extension/LICENSE.txt"];

/** The manifest as it ships: without what only a checkout needs. */
function shippedManifest() {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  for (const key of ["scripts", "devDependencies", "dependencies", "private"]) delete manifest[key];
  return manifest;
}

/** Where an entry of package.json's `files` comes from; the built parts have the layout of the VSIX only there. */
function sources(entry) {
  if (entry === "server/") return [["server/wheelhouse", path.join(DIST, "wheelhouse")], ["server/requirements.txt", path.join(DIST, "requirements.txt")]];
  return [[entry, path.join(ROOT, entry)]];
}

function fillStage(manifest) {
  fs.rmSync(STAGE, { recursive: true, force: true });
  fs.mkdirSync(STAGE, { recursive: true });
  for (const [target, source] of manifest.files.flatMap(sources)) {
    if (!fs.existsSync(source)) throw new Refusal(`${path.relative(ROOT, source)} is missing, and package.json lists it under "files".`);
    fs.cpSync(source, path.join(STAGE, target), { recursive: true });
  }
  fs.writeFileSync(path.join(STAGE, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Names of the entries of a zip; read by Python, which is there anyway. */
function entries(file) {
  const script = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
  return execFileSync(PYTHON, ["-I", "-c", script, file], { encoding: "utf8" }).trim().split(/\r?\n/);
}

/** Refuses a VSIX with a file too many or too few; gives the number of its files. */
export function checkContents(names) {
  const strange = names.filter((name) => !ALLOWED.some((pattern) => pattern.test(name)));
  if (strange.length) throw new Refusal(`The VSIX holds files that are not allowed in it: ${strange.slice(0, 8).join(", ")}.`);
  const lacking = REQUIRED.filter((name) => !names.includes(name));
  if (lacking.length) throw new Refusal(`The VSIX lacks ${lacking.join(", ")}.`);
  for (const python of PYTHONS) {
    const tag = `-cp${python.replace(".", "")}-`;
    if (!names.some((name) => name.includes(tag))) throw new Refusal(`The wheelhouse in the VSIX has nothing for Python ${python}.`);
  }
  return names.length;
}

function packagedDigest() {
  const manifest = shippedManifest();
  const files = manifest.files.flatMap(sources).flatMap(([, source]) =>
    fs.existsSync(source) && fs.statSync(source).isDirectory() ? filesBelow(source) : [source]);
  return digest([...files, path.join(ROOT, "package-lock.json"), path.join(ROOT, "scripts", "package.mjs")], [JSON.stringify(manifest), ...files.map((file) => path.relative(ROOT, file))]);
}

/** The path of a VSIX made from what is in the checkout now. */
export async function makeVsix() {
  await buildAll({ pythons: PYTHONS });
  const manifest = shippedManifest();
  const target = path.join(ROOT, `scoredock-${manifest.version}-${TARGET}.vsix`);
  if (isFresh(STAMP, packagedDigest()) && fs.existsSync(target)) {
    say(`${path.basename(target)} is up to date`);
    return target;
  }
  await step("VSIX", async () => {
    fs.rmSync(STAMP, { force: true });
    fillStage(manifest);
    const vsce = path.join(ROOT, "node_modules", "@vscode", "vsce", "vsce");
    const words = [vsce, "package", "--target", TARGET, "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "--out", target];
    const env = { ...process.env, SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? "1577836800" };
    await run(process.execPath, words, { cwd: STAGE, env, quiet: true });
    const count = checkContents(entries(target));
    stamp(STAMP, packagedDigest());
    return `${path.basename(target)}, ${count} files, ${(fs.statSync(target).size / 1e6).toFixed(1)} MB`;
  });
  return target;
}

if (isStarted(import.meta.url)) {
  await main(async () => {
    await setUp();
    say(await makeVsix());
  });
}
