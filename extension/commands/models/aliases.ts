/** Aliases of model versions (`champion`, `staging`). */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { AliasChange, Model } from "../../protocol";
import { showInformation, type Button } from "../../editor/notifications";
import { requestInView } from "../interaction/progress";
import { pickModel } from "../interaction/pickModel";
import { modelOf, subjectOf, here } from "../interaction/target";
import { isName } from "../../text/names";
import { chooseOrType } from "../interaction/quickInput";
import { onModel } from "../interaction/onThing";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

const USUAL = ["champion", "staging", "production", "archived"] as const;

/** Where each alias of a name points, and its last move, newest first. */
async function lastMoves(app: App, id: string): Promise<readonly AliasChange[]> {
  const { aliasHistory } = await app.session.request("scoredock/model/show", { id, ...here(app) });
  const last = new Map<string, AliasChange>();
  for (const change of aliasHistory) {
    if (!last.has(change.alias)) {
      last.set(change.alias, change);
    }
  }
  return [...last.values()];
}

/** Aliases of a name and the version that each is of. */
async function aliasesOf(app: App, id: string): Promise<ReadonlyMap<string, number>> {
  return new Map(
    (await lastMoves(app, id)).flatMap(({ alias, version }) => (version === null ? [] : [[alias, version]])),
  );
}

async function move(app: App, id: string, alias: string, remove: boolean): Promise<void> {
  await requestInView(app, "models", "scoredock/model/alias", { id, alias, remove, ...here(app) });
}

function undo(app: App, name: string, alias: string): Button {
  const params = { name, alias, ...here(app) };
  return { title: l10n.t("Undo"), act: () => requestInView(app, "models", "scoredock/model/aliasReturn", params) };
}

/** One that is there already, one of the usual ones, or what the person types. */
async function chooseAlias(model: Model, known: ReadonlyMap<string, number>): Promise<string | undefined> {
  const names = [...new Set([...known.keys(), ...USUAL])].filter((alias) => !model.aliases.includes(alias));
  // An alias is written as a name of a model is.
  const fits = (text: string): boolean => isName("model", text);
  return chooseOrType({
    title: l10n.t("Set Alias of {0}", model.id),
    placeholder: l10n.t("Alias, such as champion"),
    offered: names.map((alias) => ({
      label: alias,
      description: known.has(alias) ? l10n.t("now {0}", `v${known.get(alias) ?? ""}`) : "",
    })),
    describe: (typed) =>
      fits(typed) ? l10n.t("new") : l10n.t("letters, digits, dashes, periods and underscores only"),
    fits,
  });
}

export const setModelAlias = onModel(l10n.t("Set Alias"), async (app, model) => {
  const alias = await chooseAlias(model, await aliasesOf(app, model.id));
  if (alias !== undefined) {
    await move(app, model.id, alias, false);
    const message = l10n.t("{0} is now {1}.", `${model.name}@${alias}`, `v${model.version}`);
    showInformation(message, [undo(app, model.name, alias)]);
  }
});

export async function removeModelAlias(app: App, argument: unknown): Promise<void> {
  const title = l10n.t("Remove Alias");
  const model =
    subjectOf(argument) === undefined && typeof argument !== "string"
      ? await pickModel(app, {
          title,
          without: (one) => one.aliases.length === 0,
          none: l10n.t("No version has an alias."),
        })
      : await modelOf(app, argument, title);
  if (model === undefined) {
    return;
  }
  // A name stands for all its versions.
  const aliases = subjectOf(argument)?.kind === "group" ? [...(await aliasesOf(app, model.id)).keys()] : model.aliases;
  if (aliases.length === 0) {
    void showInformationMessage(l10n.t("{0} has no alias.", model.id));
    return;
  }
  const alias =
    aliases.length === 1
      ? aliases[0]
      : await showQuickPick(aliases, {
          title: l10n.t("Remove Alias of {0}", model.name),
          placeHolder: l10n.t("Alias"),
        });
  if (alias !== undefined) {
    await move(app, model.name, alias, true);
    showInformation(l10n.t("Removed the alias {0} of {1}.", alias, model.name), [undo(app, model.name, alias)]);
  }
}
