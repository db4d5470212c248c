// A release, step by step, as docs/releasing.md tells it: check, build, checksums, try, publish.
import path from "node:path";
import { releaseAddress } from "./releaseAddress.mjs";
import { buildRelease } from "./releaseBuild.mjs";
import { RELEASE, writeSums } from "./releaseFiles.mjs";
import { publish } from "./releasePublish.mjs";
import { tryVsix } from "./releaseTry.mjs";
import { checkVersion, runningTag, version } from "./releaseVersion.mjs";
import { Refusal, main, say } from "./steps.mjs";

const STEPS = {
  check: ([tag = runningTag()]) => {
    for (const sentence of checkVersion(tag)) say(`not for a release yet: ${sentence}`);
    say(`version ${version()}${tag ? `, tag ${tag}` : ""}, repository ${releaseAddress() || "not known here"}`);
  },
  build: (targets) => buildRelease(targets),
  checksums: () => {
    process.stdout.write(writeSums());
    say(path.join(RELEASE, "SHA256SUMS"));
  },
  try: () => tryVsix(),
  publish: (words) =>
    publish(
      words.filter((word) => word !== "--dry-run"),
      { dryRun: words.includes("--dry-run") },
    ),
};

await main(async () => {
  const [name, ...words] = process.argv.slice(2);
  if (!Object.hasOwn(STEPS, name ?? ""))
    throw new Refusal(`The steps of a release are ${Object.keys(STEPS).join(", ")}.`);
  await STEPS[name](words);
});
