// Sends what lies in dist/release to where people get it. A place whose secret is not set is told and left out.
import fs from "node:fs";
import path from "node:path";
import { ROOT, UV, npmCommand } from "./project.mjs";
import { RELEASE, SUMS, checkSums, extensions, wheels } from "./releaseFiles.mjs";
import { checkVersion, notes, runningTag, version } from "./releaseVersion.mjs";
import { setUp } from "./setup.mjs";
import { Refusal, run, say, shown, step } from "./steps.mjs";

const OVSX = path.join(ROOT, ".github", "open-vsx");
const NOTES = path.join(RELEASE, "notes.md");

/**
 * Where a release goes: the secrets it needs, the commands, which find them in the environment, and whether these are
 * of the set-up.
 */
const PLACES = {
  github: {
    secrets: ["GH_TOKEN", "GITHUB_REPOSITORY"],
    commands: () => [
      [
        "gh",
        [
          "release",
          "create",
          `v${version()}`,
          "--verify-tag",
          "--title",
          version(),
          "--notes-file",
          NOTES,
          ...extensions(),
          ...wheels(),
          SUMS,
        ],
      ],
    ],
  },
  marketplace: {
    secrets: ["VSCE_PAT"],
    ofSetUp: true,
    commands: () => [
      [
        process.execPath,
        [
          path.join(ROOT, "node_modules", "@vscode", "vsce", "vsce"),
          "publish",
          "--skip-duplicate",
          "--packagePath",
          ...extensions(),
        ],
      ],
    ],
  },
  "open-vsx": {
    secrets: ["OVSX_PAT"],
    // Its program is not a package of the project: seventy more, and a newer Node, for everyone who builds it.
    commands: () => {
      const [npm, first] = npmCommand();
      return [
        [npm, [...first, "ci", "--ignore-scripts", "--prefix", OVSX]],
        [
          process.execPath,
          [
            path.join(OVSX, "node_modules", "ovsx", "bin", "ovsx"),
            "publish",
            "--skip-duplicate",
            "--packagePath",
            ...extensions(),
          ],
        ],
      ];
    },
  },
  pypi: {
    // GitHub gives this to a job that may ask for an identity; PyPI trusts the identity, and there is no secret to
    // keep.
    secrets: ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
    ofSetUp: true,
    commands: () => [
      [UV, ["publish", "--trusted-publishing", "always", "--check-url", "https://pypi.org/simple/", ...wheels()]],
    ],
  },
};

/** Why nothing can be sent, in words; empty when it can. */
function whyNot(secrets, { dryRun, env, tag }) {
  const lacking = [...secrets.filter((secret) => !env[secret]), ...(tag ? [] : ["a tag that started it"])];
  return [...(dryRun ? ["a dry run"] : []), ...lacking.map((each) => `without ${each}`)].join(", ");
}

/** Publishes to the named places, all where none are named. With `dryRun` nothing is sent whatever is set. */
export async function publish(names, { dryRun = false, env = process.env } = {}) {
  const unknown = names.filter((name) => !(name in PLACES));
  if (unknown.length)
    throw new Refusal(`There is no place ${unknown.join(", ")}; the places are ${Object.keys(PLACES).join(", ")}.`);
  checkSums();
  const tag = runningTag(env);
  checkVersion(tag);
  fs.writeFileSync(NOTES, `${notes().text}\n`);
  for (const name of names.length ? names : Object.keys(PLACES)) {
    const { secrets, commands, ofSetUp } = PLACES[name];
    const why = whyNot(secrets, { dryRun, env, tag });
    if (why) {
      say(`${name}: nothing is sent (${why}); it would run`);
      for (const [program, words] of commands()) console.log(`  ${shown([program, ...words])}`);
      continue;
    }
    if (ofSetUp) await setUp();
    await step(name, async () => {
      for (const [program, words] of commands()) await run(program, words, { env });
    });
  }
}
