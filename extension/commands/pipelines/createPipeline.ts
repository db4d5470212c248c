/** A pipeline for a project: a person chooses the platform; a file that is there is shown beside the new one first. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { PipelineCreated, PipelinePlatform } from "../../protocol";
import { commandButton, showInformation } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { currentFolder, pathsOf } from "../interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

interface Item extends vscode.QuickPickItem {
  readonly platform: PipelinePlatform;
}

function platforms(): Item[] {
  return [
    { platform: "github", label: "GitHub Actions", detail: ".github/workflows/scoredock.yml" },
    { platform: "azure", label: "Azure Pipelines", detail: "azure-pipelines.yml" },
    { platform: "gitlab", label: "GitLab CI", detail: ".gitlab-ci.yml" },
  ];
}

async function write(app: App, platform: PipelinePlatform, folder: string, overwrite: boolean): Promise<void> {
  const title = l10n.t("Writing the pipeline of {0}", path.basename(folder));
  const created = await longRequest(app, title, "scoredock/pipeline/create", { platform, path: folder, overwrite });
  await vscode.window.showTextDocument(vscode.Uri.file(created.path));
  const needed = l10n.t("Fill in where it is needed: {0}.", created.fillIn.join(", "));
  const sentence = l10n.t("Wrote {0}.", path.basename(created.path));
  const run = commandButton(l10n.t("Run Here…"), "scoredock.runPipeline", created.path);
  showInformation([sentence, needed, ...created.notes].join(" "), [run]);
}

/** Nothing is written before the person has seen what would change. */
async function compare(app: App, platform: PipelinePlatform, folder: string, planned: PipelineCreated): Promise<void> {
  const name = path.basename(planned.path);
  await vscode.commands.executeCommand(
    "vscode.diff",
    vscode.Uri.file(planned.path),
    app.migratedFiles.keepFile(name, planned.text),
    l10n.t("{0}: what is there, and the new pipeline", name),
  );
  const replace = { title: l10n.t("Replace"), act: () => write(app, platform, folder, true) };
  showInformation(l10n.t("{0} already exists. Nothing is written yet.", name), [replace]);
}

export async function createPipeline(app: App, first?: unknown, all?: unknown): Promise<void> {
  const folder = pathsOf(first, all)[0] ?? currentFolder();
  if (folder === undefined) {
    showInformation(l10n.t("Open the folder of the project first."));
    return;
  }
  const title = l10n.t("Create Pipeline for {0}", path.basename(folder));
  const item = await showQuickPick(platforms(), { title, matchOnDetail: true });
  if (item === undefined) {
    return;
  }
  const { platform } = item;
  const params = { platform, path: folder, preview: true };
  const looking = l10n.t("Looking at {0}", path.basename(folder));
  const planned = await longRequest(app, looking, "scoredock/pipeline/create", params);
  if (planned.isThere && planned.diff !== "") {
    await compare(app, platform, folder, planned);
  } else {
    await write(app, platform, folder, false);
  }
}
