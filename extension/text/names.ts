/**
 * What names may look like, and the sentence for one that may not be: shown while it is typed, as the server would say
 * it afterwards (registry/assets/names.py and others). No `vscode` here.
 */
import * as l10n from "@vscode/l10n";

import type { AssetKind } from "../protocol";

export type NameKind = AssetKind | "model" | "service" | "workspace" | "compute";

const PATTERNS: Readonly<Record<NameKind, RegExp>> = {
  environment: /^(?=[._-]*[a-zA-Z0-9])[a-zA-Z0-9._][a-zA-Z0-9\-._]{0,254}$/,
  dataset: /^[a-zA-Z0-9](?:[a-zA-Z0-9\-._ ]{0,253}[a-zA-Z0-9\-._])?$/,
  image: /^(?=.{3,32}$)[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/,
  model: /^[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}$/,
  service: /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/,
  compute: /^[a-zA-Z][-a-zA-Z0-9]{0,14}[a-zA-Z0-9]$/,
  workspace: /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/,
};

export function isName(kind: NameKind, text: string): boolean {
  return PATTERNS[kind].test(text);
}

function rule(kind: NameKind): string {
  switch (kind) {
    case "image":
      return l10n.t(
        "Use 3 to 32 lowercase letters, digits, dashes and periods, starting and ending with a letter or digit.",
      );
    case "dataset":
      return l10n.t(
        "Use up to 255 letters of a to z, digits, dashes, periods and underscores, with blanks between them, beginning with a letter or digit.",
      );
    case "environment":
      return l10n.t(
        "Use 1 to 255 letters, digits, dashes, periods and underscores: at least one letter or digit, and no dash at the start.",
      );
    case "model":
      return l10n.t("Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit.");
    case "service":
      return l10n.t(
        "Use 3 to 32 lowercase letters, digits and dashes, starting with a letter and ending with a letter or digit.",
      );
    case "compute":
      return l10n.t(
        "Use 2 to 16 letters, digits and hyphens, starting with a letter and ending with a letter or digit.",
      );
    case "workspace":
      return l10n.t("Use 3 to 33 letters, digits, hyphens and underscores, starting with a letter or digit.");
  }
}

/** What is wrong with a name; undefined for one that may be used. */
export function nameFault(kind: NameKind, text: string): string | undefined {
  return isName(kind, text) ? undefined : rule(kind);
}
