/** What names of datasets, environments and images may look like, as the server has it (registry/assets/names.py). */
import type { AssetKind } from "../protocol";

const PATTERNS: Readonly<Record<AssetKind, RegExp>> = {
  environment: /^(?=[._-]*[a-zA-Z0-9])[a-zA-Z0-9._][a-zA-Z0-9\-._]{0,254}$/,
  dataset: /^[a-zA-Z0-9](?:[a-zA-Z0-9\-._ ]{0,253}[a-zA-Z0-9\-._])?$/,
  image: /^(?=.{3,32}$)[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/,
};

export function isAssetName(kind: AssetKind, text: string): boolean {
  return PATTERNS[kind].test(text);
}
