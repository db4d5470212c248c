/** Search, group and sort in the head of the Models view. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { type ModelFilter, withoutConditions } from "../../views/modelFilter";
import { modelsMatching } from "../interaction/pickModel";
import { debounce } from "../interaction/debounce";
import { answerOf, chooseOrType } from "../interaction/quickInput";
import { createInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

async function change(app: App, part: Partial<ModelFilter>): Promise<void> {
  await app.models.set({ ...app.models.filter, ...part });
}

/** The view follows what is typed; Escape brings the search from before back. */
export async function searchModels(app: App): Promise<void> {
  const before = app.models.filter.search;
  const box = createInputBox();
  box.title = l10n.t("Search Models");
  box.placeholder = l10n.t("Words, key=value, framework:…, alias:…");
  box.prompt = l10n.t("In name, description, tags and aliases; also tag:key, run:…, pickle:bad.");
  box.value = before;
  box.ignoreFocusOut = true;
  const typing = debounce((text) => void change(app, { search: text.trim() }));
  box.onDidChangeValue(typing.typed);
  await vscode.commands.executeCommand("scoredock.models.focus");
  const search = await answerOf<string>(box, (resolve) => {
    box.onDidAccept(() => resolve(box.value.trim()));
  });
  typing.dispose();
  await change(app, { search: search ?? before });
}

export async function clearModelFilter(app: App): Promise<void> {
  await app.models.set(withoutConditions(app.models.filter));
}

/** Keys of the tags of the newest versions, the most used first. */
async function tagsInUse(app: App): Promise<readonly string[]> {
  const uses = new Map<string, number>();
  for (const model of await modelsMatching(app, "")) {
    for (const key of Object.keys(model.tags)) {
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
  }
  return [...uses].sort(([one, some], [other, more]) => more - some || one.localeCompare(other)).map(([tag]) => tag);
}

interface Arrangement extends vscode.QuickPickItem {
  /** What of the filter it changes; undefined when that is asked. */
  readonly part?: Partial<ModelFilter>;
}

function heading(label: string): Arrangement {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function arrangements({ groupBy, groupTag, latest, order }: ModelFilter): readonly Arrangement[] {
  const one = (label: string, isSo: boolean, part?: Partial<ModelFilter>): Arrangement => ({
    label,
    ...(isSo ? { description: l10n.t("now") } : {}),
    ...(part === undefined ? {} : { part }),
  });
  return [
    heading(l10n.t("Sort")),
    one(l10n.t("Newest First"), order === "newest", { order: "newest" }),
    one(l10n.t("By Name"), order === "name", { order: "name" }),
    one(l10n.t("Largest First"), order === "largest", { order: "largest" }),
    heading(l10n.t("Group")),
    one(l10n.t("By Model"), groupBy === "name", { groupBy: "name", groupTag: "" }),
    one(l10n.t("By Framework"), groupBy === "framework", { groupBy: "framework", groupTag: "" }),
    one(groupBy === "tag" ? l10n.t("By Tag ({0})…", groupTag) : l10n.t("By Tag…"), groupBy === "tag"),
    heading(l10n.t("Show")),
    one(l10n.t("All Versions"), !latest, { latest: false }),
    one(l10n.t("Newest Version of Each Model"), latest, { latest: true }),
  ];
}

/** How the models stand in their view: one list, with what holds now marked. */
export async function arrangeModels(app: App): Promise<void> {
  const chosen = await showQuickPick(arrangements(app.models.filter), {
    title: l10n.t("Group and Sort Models"),
    placeHolder: l10n.t("How the models are listed"),
  });
  if (chosen?.part !== undefined) {
    await change(app, chosen.part);
  } else if (chosen !== undefined) {
    const offered = (await tagsInUse(app)).map((label) => ({ label }));
    const words = { title: l10n.t("Group by Tag"), placeholder: l10n.t("Name of the tag") };
    const tag = await chooseOrType({ ...words, offered });
    if (tag !== undefined && tag !== "") {
      await change(app, { groupBy: "tag", groupTag: tag });
    }
  }
}
