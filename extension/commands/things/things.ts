/**
 * Model…, Service…, Batch Job…, Environment…, Workspace…: pick the thing, then what to do with it. Things and verbs
 * are those of the view and its menus, so that whatever a row can do is done by the keyboard alone as well.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { failureOf } from "../../text/errors";
import { activeWorkspace } from "../../state/state";
import { environmentHeadings, modelHeadings } from "../../views/headings";
import type { ListId } from "../../views/listId";
import type { View } from "../../views/listKinds";
import { hasConditions } from "../../views/modelFilter";
import { loneVersionNode } from "../../views/modelNodes";
import type { Node } from "../../views/node";
import { serviceNodes } from "../../views/serviceNodes";
import { workspaceNodes } from "../../views/workspaceNodes";
import { debounce } from "../interaction/debounce";
import { modelsMatching } from "../interaction/pickModel";
import { workspaceId } from "../interaction/target";
import { type Manifest, rowVerbs, titleVerbs, type Verb } from "./verbs";
import { joinWords } from "../../text/joinWords";
import { answerOf } from "../interaction/quickInput";
import { createQuickPick } from "../../window";

const { l10n } = vscode;

interface Item extends vscode.QuickPickItem {
  readonly node?: Node;
  readonly verb?: Verb;
  /** What the verb is done with; undefined for the view itself. */
  readonly on?: Node;
}

/** What a question offers. */
interface Offer {
  readonly items: readonly Item[];
  /** Where there is only one thing, nobody is asked which. */
  readonly only?: Node;
}

/** One question: what there is to choose from, asked again for each text that is typed where the server searches. */
interface Level {
  readonly title: string;
  readonly placeholder: string;
  readonly searches: boolean;
  offer(typed: string): Promise<Offer>;
}

const BACK = "back";

function manifestOf(app: App): Manifest {
  return app.context.extension.packageJSON as Manifest;
}

function keysOf(app: App): ReadonlySet<string> {
  return new Set(hasConditions(app.models.filter) ? ["scoredock.models.filtered"] : []);
}

function verbsOf(app: App, view: View, node: Node): readonly Verb[] {
  return rowVerbs(manifestOf(app), { view, flags: node.flags, keys: keysOf(app) });
}

function verbItems(verbs: readonly Verb[], on?: Node): readonly Item[] {
  return verbs.flatMap((verb, index): readonly Item[] => {
    const begins = verb.submenu !== (verbs[index - 1]?.submenu ?? "");
    const separator = { label: verb.submenu, kind: vscode.QuickPickItemKind.Separator };
    const item: Item = {
      label: verb.title,
      verb,
      ...(on === undefined ? {} : { on }),
      // An empty one keeps the labels below one another.
      iconPath: new vscode.ThemeIcon(verb.icon === "" ? "blank" : verb.icon),
    };
    return begins ? [separator, item] : [item];
  });
}

function rowItem(node: Node, alwaysShow: boolean): Item {
  const color = node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color);
  return {
    label: node.label,
    description: node.description,
    iconPath: new vscode.ThemeIcon(node.icon.id, color),
    alwaysShow,
    node,
  };
}

/** Rows that lead somewhere: to verbs, or to rows below them. */
function useful(app: App, view: View, nodes: readonly Node[]): readonly Node[] {
  return nodes.filter(
    (node) =>
      node.subject.kind === "more" ||
      node.list !== undefined ||
      node.children !== undefined ||
      verbsOf(app, view, node).length > 0,
  );
}

/** What is below a row. The rows below a service repeat what can be done with it. */
async function below(app: App, node: Node): Promise<readonly Node[]> {
  if (node.subject.kind === "service") {
    return [];
  }
  return node.list === undefined ? (node.children?.() ?? []) : app.lists.nodes(node.list);
}

async function nodesOf(app: App, lists: readonly ListId[]): Promise<readonly Node[]> {
  return (await Promise.all(lists.map((list) => app.lists.nodes(list)))).flat();
}

/** The rows of headings that are open from the start in the place of these. */
function unfold(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => (node.open === true && node.children !== undefined ? node.children() : [node]));
}

/** The rows of a view; models are searched by the server, as there may be many. */
async function rowsOf(app: App, view: View, typed: string): Promise<readonly Item[]> {
  const id = workspaceId(app);
  const always = view === "models";
  const [things, headings] = await (async (): Promise<readonly [readonly Node[], readonly Node[]]> => {
    switch (view) {
      case "models": {
        const now = Date.now() / 1000;
        const models = await modelsMatching(app, typed);
        return [
          models.map((model) => loneVersionNode(model, id, now)),
          await nodesOf(app, modelHeadings(id, app.lists.below(view, id))),
        ];
      }
      case "environments":
        return [
          await app.lists.nodes({ kind: "assets", workspaceId: id, asset: "environment" }),
          await nodesOf(app, environmentHeadings(id)),
        ];
      case "services":
        return [serviceNodes(app.live.state), unfold(await nodesOf(app, app.lists.below(view, id)))];
      case "jobs": {
        const list = app.lists.filling(view, id);
        return [list === undefined ? [] : await app.lists.nodes(list), []];
      }
      case "workspaces": {
        const below = await nodesOf(app, app.lists.below(view, id));
        return [workspaceNodes(app.live.state, () => below), []];
      }
    }
  })();
  return [
    ...useful(app, view, things).map((node) => rowItem(node, always)),
    ...useful(app, view, headings).map((node) => rowItem(node, false)),
  ];
}

/** What can be done with a row, and the rows below it. */
async function itemsOf(app: App, view: View, node: Node): Promise<readonly Item[]> {
  const verbs = verbItems(verbsOf(app, view, node), node);
  const rows = useful(app, view, await below(app, node)).map((one) => rowItem(one, false));
  const separator: Item = { label: l10n.t("Contents"), kind: vscode.QuickPickItemKind.Separator };
  return rows.length > 0 && verbs.length > 0 ? [...verbs, separator, ...rows] : [...verbs, ...rows];
}

function rootLevel(app: App, view: View, title: string, placeholder: string): Level {
  /** The only row of the view, as it was when nothing had been typed yet. */
  let only: Node | undefined;
  return {
    title,
    placeholder,
    searches: view === "models",
    offer: async (typed) => {
      const verbs = titleVerbs(manifestOf(app), { view, flags: "", keys: keysOf(app) });
      const known = activeWorkspace(app.live.state) !== undefined || view === "workspaces";
      const separator: Item = { label: l10n.t("Other commands"), kind: vscode.QuickPickItemKind.Separator };
      const rows = known && only === undefined ? await rowsOf(app, view, typed) : [];
      // Most people have one workspace and ask for another.
      if (view !== "workspaces" && typed === "" && rows.length === 1) {
        only = rows[0]?.node;
      }
      const first = only === undefined ? rows : await itemsOf(app, view, only);
      return { items: [...first, separator, ...verbItems(verbs)], ...(only === undefined ? {} : { only }) };
    },
  };
}

function rowLevel(app: App, view: View, node: Node): Level {
  return {
    title: joinWords([node.label, node.description]),
    placeholder: l10n.t("What to do"),
    searches: false,
    offer: async () => ({ items: await itemsOf(app, view, node) }),
  };
}

/** Fills the list and goes on doing so while somebody types, where the server searches. */
function follow(app: App, pick: vscode.QuickPick<Item>, level: Level): vscode.Disposable {
  const show = async (typed: string): Promise<void> => {
    try {
      const { items, only } = await level.offer(typed);
      if (!level.searches || pick.value === typed) {
        pick.placeholder = only === undefined ? level.placeholder : l10n.t("What to do with {0}", only.label);
        pick.items = items;
      }
    } catch (error) {
      // Half a condition is not a search yet; what was offered stays.
      app.log.debug(`Listing for “${typed}”: ${failureOf(error).sentence}`);
    } finally {
      pick.busy = false;
    }
  };
  pick.busy = true;
  void show(pick.value);
  if (!level.searches) {
    return new vscode.Disposable(() => undefined);
  }
  const typing = debounce((text) => void show(text));
  return vscode.Disposable.from(
    typing,
    pick.onDidChangeValue((text) => {
      pick.busy = true;
      typing.typed(text);
    }),
  );
}

async function ask(app: App, level: Level, hasBack: boolean): Promise<Item | typeof BACK | undefined> {
  const pick = createQuickPick<Item>();
  pick.title = level.title;
  pick.placeholder = level.placeholder;
  pick.matchOnDescription = true;
  pick.buttons = hasBack ? [vscode.QuickInputButtons.Back] : [];
  const following = follow(app, pick, level);
  try {
    return await answerOf<Item | typeof BACK>(pick, (resolve) => {
      pick.onDidTriggerButton(() => resolve(BACK));
      pick.onDidAccept(() => {
        const chosen = pick.selectedItems[0];
        if (chosen !== undefined) {
          resolve(chosen);
        }
      });
    });
  } finally {
    following.dispose();
  }
}

async function walk(app: App, view: View, title: string, placeholder: string): Promise<void> {
  const levels = [rootLevel(app, view, title, placeholder)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const answer = await ask(app, level, levels.length > 1);
    if (answer === undefined) {
      return;
    }
    if (answer === BACK) {
      levels.pop();
    } else if (answer.verb !== undefined) {
      await vscode.commands.executeCommand(answer.verb.command, ...(answer.on === undefined ? [] : [answer.on]));
      return;
    } else if (answer.node?.subject.kind === "more") {
      await app.lists.more(answer.node.subject.list);
    } else if (answer.node !== undefined) {
      levels.push(rowLevel(app, view, answer.node));
    }
  }
}

export async function pickModelThenVerb(app: App): Promise<void> {
  const placeholder = l10n.t("Select a model version or an action; filter versions by words, key=value or alias:…");
  await walk(app, "models", l10n.t("Model"), placeholder);
}

export async function pickServiceThenVerb(app: App): Promise<void> {
  await walk(app, "services", l10n.t("Service"), l10n.t("Select a service or an action"));
}

export async function pickJobThenVerb(app: App): Promise<void> {
  await walk(app, "jobs", l10n.t("Batch Job"), l10n.t("Select a batch job or an action"));
}

export async function pickEnvironmentThenVerb(app: App): Promise<void> {
  const placeholder = l10n.t("Select an environment, an image or an action");
  await walk(app, "environments", l10n.t("Environment"), placeholder);
}

export async function pickWorkspaceThenVerb(app: App): Promise<void> {
  await walk(app, "workspaces", l10n.t("Workspace"), l10n.t("Select a workspace or an action"));
}
