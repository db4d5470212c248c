/** A pipeline for a project: a person chooses the platform; a file that is there is shown beside the new one first. */
import * as path from "node:path";
import * as vscode from "vscode";

import type { App } from "../../app";
import type { PipelineCreateParams, PipelineCreated, PipelinePlatform } from "../../protocol";
import { commandButton, showInformation } from "../../editor/notifications";
import { longRequest } from "../../commands/interaction/progress";
import { currentFolder, pathsOf } from "../../commands/interaction/target";
import { showInputBox, showQuickPick } from "../../window";

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

type Choice = Pick<PipelineCreateParams, "platform" | "path" | "installFrom" | "keep">;

/** Where the runners get Scoredock from, as the server reads it; the one that it proposes comes first. */
async function chooseSource(proposed: string): Promise<string | undefined> {
  const items = [
    {
      source: "wheels",
      label: l10n.t("Wheels in the Repository"),
      detail: l10n.t(
        "Three files of 5 MB together in .scoredock; all other packages come from an index by their hashes",
      ),
    },
    {
      source: "https://",
      label: l10n.t("Package Index"),
      detail: l10n.t("An index that has this Scoredock; the hashes of all packages are in the repository"),
    },
    {
      source: "image:",
      label: l10n.t("Image"),
      detail: l10n.t("The jobs run in an image of scoredock pipeline image"),
    },
  ];
  const isProposed = ({ source }: { source: string }) => proposed.startsWith(source.replace("https:", "http"));
  const sorted = [...items.filter(isProposed), ...items.filter((item) => !isProposed(item))];
  const item = await showQuickPick(sorted, { title: l10n.t("Where the Runners Get Scoredock From") });
  if (item === undefined || item.source === "wheels") {
    return item?.source;
  }
  return showInputBox({
    title: item.label,
    prompt: item.source === "image:" ? l10n.t("Reference of the image") : l10n.t("Address of the package index"),
    value: isProposed(item) ? proposed : item.source,
  });
}

async function write(app: App, choice: Choice, overwrite: boolean): Promise<void> {
  const title = l10n.t("Writing the pipeline of {0}", path.basename(choice.path ?? ""));
  const created = await longRequest(app, title, "scoredock/pipeline/create", { ...choice, overwrite });
  await vscode.window.showTextDocument(vscode.Uri.file(created.path));
  const needed = l10n.t("Fill in where it is needed: {0}.", created.fillIn.join(", "));
  const sentence = l10n.t("Wrote {0}.", path.basename(created.path));
  const run = commandButton(l10n.t("Run Here…"), "scoredock.runPipeline", created.path);
  showInformation([sentence, needed, ...created.notes].join(" "), [run]);
}

/** Nothing is written before the person has seen what would change. */
async function compare(app: App, choice: Choice, planned: PipelineCreated): Promise<void> {
  const name = path.basename(planned.path);
  await vscode.commands.executeCommand(
    "vscode.diff",
    vscode.Uri.file(planned.path),
    app.migratedFiles.keepFile(name, planned.text),
    l10n.t("{0}: what is there, and the new pipeline", name),
  );
  const replace = { title: l10n.t("Replace"), act: () => write(app, choice, true) };
  const keep = { title: l10n.t("Update Packages Only"), act: () => write(app, { ...choice, keep: true }, false) };
  showInformation(l10n.t("{0} already exists. Nothing is written yet.", name), [replace, keep]);
}

export async function createPipeline(app: App, target?: unknown, all?: unknown): Promise<void> {
  const folder = pathsOf(target, all)[0] ?? currentFolder();
  if (folder === undefined) {
    showInformation(l10n.t("Open the folder of the project first."));
    return;
  }
  const title = l10n.t("Create Pipeline for {0}", path.basename(folder));
  const item = await showQuickPick(platforms(), { title, matchOnDetail: true });
  if (item === undefined) {
    return;
  }
  const looking = l10n.t("Looking at {0}", path.basename(folder));
  const first = { platform: item.platform, path: folder };
  const preview = (choice: Choice) =>
    longRequest(app, looking, "scoredock/pipeline/create", { ...choice, preview: true });
  const installFrom = await chooseSource((await preview(first)).installFrom);
  if (installFrom === undefined) {
    return;
  }
  const choice = { ...first, installFrom };
  const planned = await preview(choice);
  if (planned.isThere && planned.diff !== "") {
    await compare(app, choice, planned);
  } else {
    await write(app, choice, false);
  }
}
