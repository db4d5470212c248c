/** Compares two versions of models: the page of what differs. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Model } from "../../protocol";
import { modelsMatching, pickModel } from "../interaction/pickModel";
import { modelOf, selectedRows, subjectOf, here } from "../interaction/target";

const { l10n } = vscode;

/** The two rows that were selected, or undefined. */
function bothSelected(first: unknown, all: unknown): readonly [Model, Model] | undefined {
  const models = selectedRows(first, all).flatMap((row) => {
    const subject = subjectOf(row);
    return subject?.kind === "version" ? [subject.model] : subject?.kind === "group" ? [subject.group.newest] : [];
  });
  const [one, other] = models;
  return models.length === 2 && one !== undefined && other !== undefined && one.id !== other.id
    ? [one, other]
    : undefined;
}

/** The version that this one followed; of the first one, the newest. */
async function versionBefore(app: App, { name, version }: Model): Promise<string> {
  const others = (await modelsMatching(app, "", { name })).filter((model) => model.version !== version);
  const [former] = others.filter((model) => model.version < version).sort((one, other) => other.version - one.version);
  return (former ?? others[0])?.id ?? "";
}

async function chooseTwo(app: App, first: unknown): Promise<readonly [Model, Model] | undefined> {
  const one = await modelOf(app, first, l10n.t("Compare"));
  if (one === undefined) {
    return undefined;
  }
  const other = await pickModel(app, {
    title: l10n.t("Compare {0} with", one.id),
    proposed: await versionBefore(app, one),
    without: (model) => model.id === one.id,
    first: { suits: (model) => model.name === one.name, others: l10n.t("Other models") },
    none: l10n.t("There is no other version to compare {0} with.", one.id),
  });
  return other === undefined ? undefined : [one, other];
}

export async function compareModels(app: App, first: unknown, all: unknown): Promise<void> {
  const both = bothSelected(first, all) ?? (await chooseTwo(app, first));
  if (both === undefined) {
    return;
  }
  // Differences read from the older to the newer.
  const [before, after] =
    both[1].created < both[0].created || (both[1].created === both[0].created && both[1].version < both[0].version)
      ? [both[1], both[0]]
      : both;
  app.pages.open({ kind: "comparison", first: before.id, second: after.id, ...here(app) });
}
