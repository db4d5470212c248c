// One version everywhere: the manifests of both sides, the packages themselves, the changelog, and the tag.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./project.mjs";
import { Refusal } from "./steps.mjs";

const read = (name) => fs.readFileSync(path.join(ROOT, ...name.split("/")), "utf8");
const json = (pick) => (text) => pick(JSON.parse(text));
const first = (pattern) => (text) => pattern.exec(text)?.[1];

/** Every file that says a version, and how to read it there. */
const PLACES = {
  "package.json": json((manifest) => manifest.version),
  "package-lock.json": json((lock) => lock.packages[""].version),
  "pyproject.toml": first(/^version = "(.+)"$/m),
  "pyserver/pyproject.toml": first(/^version = "(.+)"$/m),
  "pyserver/runtime/pyproject.toml": first(/^version = "(.+)"$/m),
  "pyserver/sdk/pyproject.toml": first(/^version = "(.+)"$/m),
  "pyserver/scoredock/__init__.py": first(/^__version__ = "(.+)"$/m),
  "pyserver/runtime/scoredock_runtime/__init__.py": first(/^__version__ = "(.+)"$/m),
  "pyserver/sdk/scoredock_azureml/__init__.py": first(/^__version__ = "(.+)"$/m),
  "docs/checks.md": first(/^ +rev: v(.+)$/m),
};

/** The version that package.json says. */
export function version() {
  return PLACES["package.json"](read("package.json"));
}

/** The changelog's section on the version: what stands in its heading behind the number, and its text. */
export function notes() {
  const sections = read("CHANGELOG.md").split(/^## /m).slice(1);
  const found = sections.find((section) => section.split(/\s/, 1)[0] === version());
  if (!found) throw new Refusal(`CHANGELOG.md has no section on ${version()}; begin one with "## ${version()}".`);
  const [heading, ...lines] = found.split("\n");
  return { remark: heading.slice(version().length).trim(), text: lines.join("\n").trim() };
}

/** The tag that started this workflow, or nothing. */
export function runningTag(env = process.env) {
  return env.GITHUB_REF_TYPE === "tag" ? env.GITHUB_REF_NAME : "";
}

/** Refuses a version that is not the same everywhere; gives sentences about what a tag would still be refused for. */
export function checkVersion(tag) {
  const wanted = version();
  if (!/^\d+\.\d+\.\d+$/.test(wanted))
    throw new Refusal(`package.json says version "${wanted}"; the Marketplace takes three numbers only.`);
  const others = Object.entries(PLACES)
    .map(([name, pick]) => [name, pick(read(name))])
    .filter(([, found]) => found !== wanted);
  const different = others.map(([name, found]) => `${name} says ${found ?? "nothing"}`).join(", ");
  if (different) throw new Refusal(`package.json says ${wanted}, but ${different}.`);
  const { remark, text } = notes();
  if (!text) throw new Refusal(`The section on ${wanted} in CHANGELOG.md is empty.`);
  if (tag && tag !== `v${wanted}`)
    throw new Refusal(`The tag is ${tag}, and the version is ${wanted}; the tag of this version is v${wanted}.`);
  if (!remark.includes("unreleased")) return [];
  const open = `CHANGELOG.md says that ${wanted} is unreleased; write the date there instead.`;
  if (tag) throw new Refusal(open);
  return [open];
}
