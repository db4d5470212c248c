/**
 * Quick picks of model versions, which the server searches as the person types: there may be more than one wants to
 * load.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { failureOf } from "../../text/errors";
import type { Model, ModelListParams } from "../../protocol";
import { showInformation } from "../../editor/notifications";
import { ago, tags } from "../../text/format";
import { pickleWords } from "../../views/modelNodes";
import type { Choice } from "./wizard";
import { here } from "./target";
import { debounce } from "./debounce";
import { joinWords } from "../../text/joinWords";
import { answerOf } from "./quickInput";
import { createQuickPick } from "../../window";

const { l10n } = vscode;

/** Versions that are offered at once; typing narrows them. */
const OFFERED = 200;

type Scope = Pick<ModelListParams, "name" | "deleted">;

/** Versions that match what was typed, as many as are offered. */
export async function modelsMatching(app: App, search: string, scope: Scope = {}): Promise<readonly Model[]> {
  const params = {
    ...scope,
    query: { order: "newest" as const, ...(search.trim() === "" ? {} : { search }) },
    limit: OFFERED,
    ...here(app),
  };
  return (await app.session.request("scoredock/model/list", params)).models;
}

export function modelItem(model: Model, now: number): Choice<Model> {
  const notes = [
    ago(model.created, now),
    ...model.aliases,
    model.framework,
    pickleWords(model.pickle),
    tags(model.tags),
  ];
  return {
    label: model.id,
    description: joinWords(notes),
    alwaysShow: true,
    value: model,
  };
}

interface Question extends Scope {
  readonly title: string;
  readonly placeholder?: string;
  /** A condition of the search that all of them meet. */
  readonly condition?: string;
  /** Those that are not offered. */
  readonly without?: (model: Model) => boolean;
  /** Above the others, and set apart from them. */
  readonly first?: { readonly suits: (model: Model) => boolean; readonly others: string };
  /** Stands first and is chosen by Enter. */
  readonly proposed?: string;
  /** Said when there is nothing to offer. */
  readonly none?: string;
  /** Where there is only one, that one is meant. */
  readonly certain?: boolean;
}

function offeredItems(models: readonly Model[], question: Question): (Choice<Model> | vscode.QuickPickItem)[] {
  const now = Date.now() / 1000;
  const suiting = models.filter((model) => question.without?.(model) !== true);
  const offered = suiting.sort(
    (one, other) => Number(other.id === question.proposed) - Number(one.id === question.proposed),
  );
  const first = question.first;
  if (first === undefined) {
    return offered.map((model) => modelItem(model, now));
  }
  const [mine, others] = [offered.filter(first.suits), offered.filter((model) => !first.suits(model))];
  const separator = { label: first.others, kind: vscode.QuickPickItemKind.Separator };
  return [
    ...mine.map((model) => modelItem(model, now)),
    ...(others.length === 0 ? [] : [separator, ...others.map((model) => modelItem(model, now))]),
  ];
}

function onlyModel(items: readonly (Choice<Model> | vscode.QuickPickItem)[]): Model | undefined {
  const [first] = items;
  return items.length === 1 && first !== undefined && "value" in first ? first.value : undefined;
}

/** One version, or undefined when the person left; says so when there is none at all. */
export async function pickModel(app: App, question: Question): Promise<Model | undefined> {
  const scope: Scope = {
    ...(question.name === undefined ? {} : { name: question.name }),
    ...(question.deleted === undefined ? {} : { deleted: question.deleted }),
  };
  const condition = question.condition ?? "";
  const all = await modelsMatching(app, condition, scope);
  const start = offeredItems(all, question);
  // Of more than are offered, the rest is found by typing.
  if (start.length === 0 && all.length < OFFERED) {
    showInformation(question.none ?? l10n.t("No model is registered in this workspace yet."));
    return undefined;
  }
  const only = question.certain === true ? onlyModel(start) : undefined;
  if (only !== undefined) {
    return only;
  }
  const pick = createQuickPick<Choice<Model> | vscode.QuickPickItem>();
  pick.title = question.title;
  pick.placeholder = question.placeholder ?? l10n.t("Model version");
  pick.items = start;
  const search = async (text: string): Promise<void> => {
    try {
      const models = await modelsMatching(app, `${condition} ${text}`, scope);
      if (pick.value === text) {
        pick.items = offeredItems(models, question);
      }
    } catch (error) {
      // Half a condition is not a search yet; what was offered stays.
      app.log.debug(`Searching for “${text}”: ${failureOf(error).sentence}`);
    } finally {
      pick.busy = false;
    }
  };
  const typing = debounce((text) => void search(text));
  const listening = pick.onDidChangeValue((text) => {
    pick.busy = true;
    typing.typed(text);
  });
  try {
    return await answerOf<Model>(pick, (resolve) => {
      pick.onDidAccept(() => {
        const chosen = pick.selectedItems[0];
        resolve(chosen !== undefined && "value" in chosen ? chosen.value : undefined);
      });
    });
  } finally {
    typing.dispose();
    listening.dispose();
  }
}
