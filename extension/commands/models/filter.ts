/** Search, filter, group and sort in the head of the Models view. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { ModelGrouping, ModelOrder } from "../../protocol";
import { versions } from "../../text/format";
import { type ModelFilter, withoutConditions } from "../../views/modelFilter";
import { modelsMatching } from "../interaction/pickModel";
import { workspaceId } from "../interaction/target";
import { debounce } from "../interaction/debounce";

const { l10n } = vscode;

async function change(app: App, part: Partial<ModelFilter>): Promise<void> {
  await app.models.set({ ...app.models.filter, ...part });
}

/** The view follows what is typed; Escape brings the search from before back. */
export async function searchModels(app: App): Promise<void> {
  const before = app.models.filter.search;
  const box = vscode.window.createInputBox();
  box.title = l10n.t("Search Models");
  box.placeholder = l10n.t("Words, key=value, framework:…, alias:…");
  box.prompt = l10n.t("In name, description, tags and aliases; also tag:key, run:…, pickle:bad.");
  box.value = before;
  box.ignoreFocusOut = true;
  const typing = debounce((text) => void change(app, { search: text.trim() }));
  box.onDidChangeValue(typing.typed);
  await vscode.commands.executeCommand("scoredock.models.focus");
  try {
    const search = await new Promise<string>((resolve) => {
      box.onDidAccept(() => {
        resolve(box.value.trim());
      });
      box.onDidHide(() => {
        resolve(before);
      });
      box.show();
    });
    typing.dispose();
    await change(app, { search });
  } finally {
    box.dispose();
  }
}

export async function clearModelFilter(app: App): Promise<void> {
  await app.models.set(withoutConditions(app.models.filter));
}

export async function filterModelsByFramework(app: App): Promise<void> {
  const { groups } = await app.session.request("scoredock/model/groups", {
    query: { groupBy: "framework" },
    limit: 1000,
    workspaceId: workspaceId(app),
  });
  const all = { label: l10n.t("Any Framework"), description: "", framework: "" };
  const items = groups
    .filter(({ key }) => key !== "")
    .map(({ key, versions: count }) => ({ label: key, description: versions(count), framework: key }));
  const chosen = await vscode.window.showQuickPick([...items, all], {
    title: l10n.t("Filter by Framework"),
    placeHolder: l10n.t("Framework"),
  });
  if (chosen !== undefined) {
    await change(app, { framework: chosen.framework });
  }
}

/** Tags of the newest versions, with their values or only their keys, the most used first. */
async function tagsInUse(app: App, values: boolean): Promise<readonly string[]> {
  const uses = new Map<string, number>();
  for (const model of await modelsMatching(app, "")) {
    for (const [key, value] of Object.entries(model.tags)) {
      for (const tag of values && value !== "" ? [key, `${key}=${value}`] : [key]) {
        uses.set(tag, (uses.get(tag) ?? 0) + 1);
      }
    }
  }
  return [...uses].sort(([one, some], [other, more]) => more - some || one.localeCompare(other)).map(([tag]) => tag);
}

/** One that is offered or typed; empty for none, undefined when the person left. */
async function chooseTag(
  title: string,
  placeholder: string,
  offered: readonly string[],
  none: string,
): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly tag: string }>();
  pick.title = title;
  pick.placeholder = placeholder;
  const known = [...offered.map((tag) => ({ label: tag, tag })), ...(none === "" ? [] : [{ label: none, tag: "" }])];
  const show = (): void => {
    const typed = pick.value.trim();
    pick.items =
      typed === "" || offered.includes(typed) ? known : [{ label: typed, tag: typed, alwaysShow: true }, ...known];
  };
  show();
  pick.onDidChangeValue(show);
  try {
    return await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => {
        resolve((pick.selectedItems[0] ?? pick.activeItems[0])?.tag);
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

export async function filterModelsByTag(app: App): Promise<void> {
  const tag = await chooseTag(
    l10n.t("Filter by Tag"),
    l10n.t("key or key=value"),
    await tagsInUse(app, true),
    l10n.t("Any Tag"),
  );
  if (tag !== undefined) {
    await change(app, { tag });
  }
}

export async function favouriteModelsOnly(app: App): Promise<void> {
  await change(app, { favourites: !app.models.filter.favourites });
}

export async function latestModelsOnly(app: App): Promise<void> {
  await change(app, { latest: !app.models.filter.latest });
}

export async function groupModelsByTag(app: App): Promise<void> {
  const tag = await chooseTag(l10n.t("Group by Tag"), l10n.t("Name of the tag"), await tagsInUse(app, false), "");
  if (tag !== undefined && tag !== "") {
    await change(app, { groupBy: "tag", groupTag: tag });
  }
}

export function groupModelsBy(groupBy: Exclude<ModelGrouping, "tag">): (app: App) => Promise<void> {
  return (app) => change(app, { groupBy, groupTag: "" });
}

export function sortModelsBy(order: ModelOrder): (app: App) => Promise<void> {
  return (app) => change(app, { order });
}
