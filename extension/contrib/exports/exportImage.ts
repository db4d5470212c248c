/** A packaged image as a file of the tool or the place that is to run it. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { longRequest } from "../../commands/interaction/progress";
import { askExport, showExport } from "./exportChoice";
import { here } from "../../commands/interaction/target";

const { l10n } = vscode;

export async function exportNamed(app: App, image: string): Promise<void> {
  const base = image.replace(/^.*\//, "").replace(/[:@].*$/, "");
  const chosen = await askExport(app, { of: "image", ...here(app) }, l10n.t("Export {0}", image), base);
  if (chosen === undefined) {
    return;
  }
  const params = { image, kind: chosen.kind.kind, outputPath: chosen.outputPath, ...here(app) };
  const made = await longRequest(app, l10n.t("Exporting {0}", image), "scoredock/package/export", params);
  await showExport(made, l10n.t("Wrote {0} to {1}.", made.files.join(", "), made.path));
}
