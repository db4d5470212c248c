/** Proposed references to push an image to, from what was pushed before. No `vscode` here. */
import type { Image, ImagePush } from "../protocol";

export interface PushProposal {
  readonly reference: string;
  /** What was pushed to the same place last. */
  readonly former: ImagePush;
}

/** `registry.example.com/team/`, `diabetes` and `3` of a reference with a tag. */
function parts(reference: string): readonly [place: string, name: string, tag: string] {
  const slash = reference.lastIndexOf("/") + 1;
  const colon = reference.indexOf(":", slash);
  return colon < 0
    ? [reference.slice(0, slash), reference.slice(slash), ""]
    : [reference.slice(0, slash), reference.slice(slash, colon), reference.slice(colon + 1)];
}

/** Names of images in registries are lower-case, and begin and end with a letter or a digit. */
function imageName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[._-]+|[._-]+$/g, "");
}

/** The number after the highest one that was used as a tag of this name. */
function nextTag(pushes: readonly ImagePush[], name: string): string {
  const numbers = pushes
    .map(({ reference }) => parts(reference))
    .filter(([, own, tag]) => own === name && /^\d{1,9}$/.test(tag))
    .map(([, , tag]) => Number(tag));
  return String(Math.max(0, ...numbers) + 1);
}

/**
 * The name in each place of a registry that something was pushed to, the newest place first. `called` has a tag where
 * the image has a version; one that has none gets the next number.
 */
export function pushProposals(images: readonly Image[], called: string): readonly PushProposal[] {
  const pushes = images.flatMap((image) => image.pushes).sort((one, other) => other.time - one.time);
  const [, written, version] = parts(called);
  const name = imageName(written);
  if (name === "") {
    return [];
  }
  const tag = version === "" ? nextTag(pushes, name) : version;
  const byReference = new Map<string, PushProposal>();
  for (const former of pushes) {
    const reference = `${parts(former.reference)[0]}${name}:${tag}`;
    if (!byReference.has(reference)) {
      byReference.set(reference, { reference, former });
    }
  }
  return [...byReference.values()];
}
