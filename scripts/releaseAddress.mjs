// The address of the repository: package.json's "repository", or where none is written there, the repository whose
// workflow makes the release. Manifest, wheels and the links of the README take it from here.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./project.mjs";
import { Refusal } from "./steps.mjs";

/** https://host/owner/name, without what git or npm put around it; empty where there is none. */
function plain(address) {
  if (!address) return "";
  const url = address
    .replace(/^git\+/, "")
    .replace(/\.git$/, "")
    .replace(/\/$/, "");
  if (!/^https:\/\/[\w.-]+\/[\w.-]+\/[\w.-]+$/.test(url))
    throw new Refusal(
      `"${address}" is not an address of a repository; package.json wants one like https://github.com/owner/name.`,
    );
  return url;
}

/** What package.json declares, or nothing. */
export function declaredAddress() {
  const { repository } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  return plain(typeof repository === "string" ? repository : repository?.url);
}

/**
 * The address for a release: as declared, else that of the workflow. A fork must not release under the name of another.
 */
export function releaseAddress(env = process.env) {
  const declared = declaredAddress();
  const running = env.GITHUB_REPOSITORY
    ? plain(`${env.GITHUB_SERVER_URL ?? "https://github.com"}/${env.GITHUB_REPOSITORY}`)
    : "";
  if (declared && running && declared.toLowerCase() !== running.toLowerCase()) {
    throw new Refusal(`package.json says that the repository is ${declared}, and this release is made in ${running}.`);
  }
  return declared || running;
}

/** Where a revision's files are shown, and where its images are served from. */
export function pagesOf(repository, revision) {
  return { files: `${repository}/blob/${revision}`, images: `${repository}/raw/${revision}` };
}
