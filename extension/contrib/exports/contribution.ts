/** Exports of services and of packaged images. */
import { l10n } from "vscode";

import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { exportNamed } from "./exportImage";

export const exports: Contribution = {
  name: "exports",
  commands: COMMANDS,
  pages: {},
  imageActions: [{ title: () => l10n.t("Export…"), act: exportNamed }],
};
