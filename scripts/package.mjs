// Makes scoredock-<version>-<target>.vsix from exactly the files that package.json lists, and checks what is inside.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYTHON, cleanEnvironment } from "./project.mjs";
import { PYTHONS, TARGET, buildAll } from "./build.mjs";
import { forTheEditor, writeDocumentation } from "./packagedPages.mjs";
import { declaredAddress, pagesOf } from "./releaseAddress.mjs";
import { setUp } from "./setup.mjs";
import { digest, filesBelow, isFresh, stamp } from "./stamp.mjs";
import { Refusal, isStarted, main, run, say, step } from "./steps.mjs";

const STAGE = path.join(DIST, "vsix");
/** What of others is in a VSIX, and on which terms; scripts/notices.py writes them. */
const NOTICES = ["THIRD_PARTY_NOTICES.txt", "sbom.cdx.json"];
/** What a VSIX may hold besides the manifests that vsce writes; anything else stops the packaging. */
const ALLOWED = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/package(\.nls(\.[\w-]+)?)?\.json$/,
  /^extension\/(readme|changelog)\.md$/i,
  /^extension\/LICENSE(\.txt)?$/i,
  /^extension\/dist\/(extension|program|client|request|page|guide|metrics|log|uninstall)\.js$/,
  /^extension\/server\/requirements\.txt$/,
  /^extension\/server\/wheelhouse\/[\w.+-]+\.whl$/,
  /^extension\/media\/[\w/-]+\.(svg|png|css|md|(tmLanguage|language)\.json)$/,
  /^extension\/l10n\/[\w.-]+\.json$/,
  /^extension\/docs\/((rules|zh-cn|zh-tw)\/)?[\w-]+\.md$/,
  /^extension\/docs\/images\/[\w-]+\.(png|svg|gif)$/,
  /^extension\/(THIRD_PARTY_NOTICES\.txt|sbom\.cdx\.json)$/,
];
const REQUIRED = [
  "extension/dist/extension.js",
  "extension/dist/program.js",
  "extension/dist/request.js",
  "extension/dist/page.js",
  "extension/dist/guide.js",
  "extension/dist/client.js",
  "extension/dist/metrics.js",
  "extension/dist/log.js",
  "extension/dist/uninstall.js",
  "extension/docs/README.md",
  "extension/server/requirements.txt",
  "extension/package.nls.json",
  ...["zh-cn", "zh-tw"].flatMap((language) => [
    `extension/package.nls.${language}.json`,
    `extension/l10n/bundle.l10n.${language}.json`,
  ]),
  "extension/LICENSE.txt",
  ...NOTICES.map((name) => `extension/${name}`),
];

/** The manifest as it ships: without what only a checkout needs, with the addresses that the repository's gives. */
function shippedManifest(repository) {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  for (const key of ["devDependencies", "dependencies", "private"]) delete manifest[key];
  const hook = "vscode:uninstall";
  manifest.scripts = { [hook]: manifest.scripts[hook] };
  if (!repository) return manifest;
  return {
    ...manifest,
    repository: { type: "git", url: `${repository}.git` },
    bugs: { url: `${repository}/issues` },
    homepage: `${repository}#readme`,
  };
}

/** [place in the VSIX, file or folder] of all that package.json's `files` lists; the server's parts lie in `built`. */
function sourcesOf(manifest, built) {
  const sources = (entry) =>
    entry === "server/"
      ? [
          ["server/wheelhouse", path.join(built, "wheelhouse")],
          ["server/requirements.txt", path.join(built, "requirements.txt")],
        ]
      : [[entry, path.join(ROOT, entry)]];
  return manifest.files.flatMap(sources);
}

function fillStage(manifest, built, repository) {
  fs.rmSync(STAGE, { recursive: true, force: true });
  fs.mkdirSync(STAGE, { recursive: true });
  for (const [target, source] of sourcesOf(manifest, built)) {
    if (!fs.existsSync(source))
      throw new Refusal(`${path.relative(ROOT, source)} is missing, and package.json lists it under "files".`);
    if (target === "docs/") writeDocumentation(STAGE);
    else fs.cpSync(source, path.join(STAGE, target), { recursive: true });
  }
  if (!repository) {
    for (const page of ["README.md", "CHANGELOG.md"]) {
      const file = path.join(STAGE, page);
      fs.writeFileSync(file, forTheEditor(fs.readFileSync(file, "utf8"), page));
    }
  }
  const shipped = { ...manifest, files: [...manifest.files, ...NOTICES] };
  fs.writeFileSync(path.join(STAGE, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
}

/** Names of the entries of a zip; read by Python, which is there anyway. */
function entries(file) {
  const script = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
  return execFileSync(PYTHON, ["-I", "-c", script, file], { encoding: "utf8" }).trim().split(/\r?\n/);
}

/** Refuses a VSIX with a file too many or too few; gives the number of its files. */
export function checkContents(names) {
  const strange = names.filter((name) => !ALLOWED.some((pattern) => pattern.test(name)));
  if (strange.length)
    throw new Refusal(`The VSIX holds files that are not allowed in it: ${strange.slice(0, 8).join(", ")}.`);
  const lacking = REQUIRED.filter((name) => !names.includes(name));
  if (lacking.length) throw new Refusal(`The VSIX lacks ${lacking.join(", ")}.`);
  for (const python of PYTHONS) {
    const tag = `-cp${python.replace(".", "")}-`;
    if (!names.some((name) => name.includes(tag)))
      throw new Refusal(`The wheelhouse in the VSIX has nothing for Python ${python}.`);
  }
  return names.length;
}

function packagedDigest(manifest, built) {
  const files = sourcesOf(manifest, built).flatMap(([, source]) =>
    fs.existsSync(source) && fs.statSync(source).isDirectory() ? filesBelow(source) : [source],
  );
  return digest(
    [
      ...files,
      path.join(ROOT, "package-lock.json"),
      path.join(ROOT, "scripts", "package.mjs"),
      path.join(ROOT, "scripts", "packagedPages.mjs"),
      path.join(ROOT, "scripts", "notices.py"),
      path.join(DIST, "bundle.json"),
    ],
    [JSON.stringify(manifest), ...files.map((file) => path.relative(ROOT, file))],
  );
}

/**
 * How the links of README and changelog lead from the page of a marketplace to the files they name; without an address
 * they are as `forTheEditor` has made them.
 */
function linkWords(repository, version) {
  if (!repository) return ["--allow-missing-repository", "--no-rewrite-relative-links"];
  const { files, images } = pagesOf(repository, `v${version}`);
  return ["--baseContentUrl", files, "--baseImagesUrl", images, "--no-gitHubIssueLinking"];
}

/**
 * The path of a VSIX made from what is in the checkout now. `target` is its platform, `built` the folder for its
 * wheelhouse, `own` and `repository` as for `buildWheels`, `folder` is where it goes.
 */
export async function makeVsix({
  target = TARGET,
  built = DIST,
  own = "",
  repository = declaredAddress(),
  folder = ROOT,
} = {}) {
  await buildAll({ pythons: PYTHONS, target, out: built, own, repository });
  const manifest = shippedManifest(repository);
  const file = path.join(folder, `scoredock-${manifest.version}-${target}.vsix`);
  const stampFile = path.join(built, ".vsix");
  const now = () => packagedDigest(manifest, built);
  if (isFresh(stampFile, now()) && fs.existsSync(file)) {
    say(`${path.basename(file)} is up to date`);
    return file;
  }
  await step(`VSIX${target === TARGET ? "" : ` for ${target}`}`, async () => {
    fs.rmSync(stampFile, { force: true });
    fillStage(manifest, built, repository);
    const listed = [
      "--bundle",
      path.join(DIST, "bundle.json"),
      "--wheels",
      path.join(built, "wheelhouse"),
      "--out",
      STAGE,
    ];
    await run(PYTHON, [path.join(ROOT, "scripts", "notices.py"), ...listed], { env: cleanEnvironment(), quiet: true });
    const vsce = path.join(ROOT, "node_modules", "@vscode", "vsce", "vsce");
    const words = [
      vsce,
      "package",
      "--target",
      target,
      "--no-dependencies",
      ...linkWords(repository, manifest.version),
      "--out",
      file,
    ];
    const env = { ...process.env, SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? "1577836800" };
    await run(process.execPath, words, { cwd: STAGE, env, quiet: true });
    const count = checkContents(entries(file));
    stamp(stampFile, now());
    return `${path.basename(file)}, ${count} files, ${(fs.statSync(file).size / 1e6).toFixed(1)} MB`;
  });
  return file;
}

if (isStarted(import.meta.url)) {
  await main(async () => {
    await setUp();
    say(await makeVsix());
  });
}
