/** What can be changed of a version: tags, description, resources, sample datasets; properties can only be added. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Model, ModelDetails, ModelUpdateParams, ResourceConfiguration } from "../../protocol";
import { parseTags, tags } from "../../text/format";
import { requestInView } from "../interaction/progress";
import { runWizard, type WizardStep } from "../interaction/wizard";
import { here } from "../interaction/target";
import { onModel } from "../interaction/onThing";
import { joinWords } from "../../text/joinWords";
import { showInformationMessage, showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

async function update(app: App, id: string, change: Omit<ModelUpdateParams, "id" | "workspaceId">): Promise<void> {
  await requestInView(app, "models", "scoredock/model/update", { id, ...change, ...here(app) });
}

async function detailsOf(app: App, model: Model): Promise<ModelDetails> {
  return app.session.request("scoredock/model/show", { id: model.id, ...here(app) });
}

/** A line of `name=value` pairs, or undefined when the person left. */
async function askPairs(
  title: string,
  prompt: string,
  value: Readonly<Record<string, string>>,
): Promise<Record<string, string> | undefined> {
  const text = await showInputBox({
    title,
    prompt,
    value: tags(value),
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const parsed = parseTags(typed);
      return "problem" in parsed ? parsed.problem : undefined;
    },
  });
  const parsed = text === undefined ? undefined : parseTags(text);
  return parsed === undefined || "problem" in parsed ? undefined : parsed.tags;
}

interface LabelHolder {
  readonly id: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What becomes of the tags, or undefined when the person left. */
export async function askTags(
  thing: LabelHolder,
): Promise<{ readonly setTags: Record<string, string>; readonly removeTags: readonly string[] } | undefined> {
  const prompt = l10n.t("Separated by commas, such as: stage=production, champion");
  const setTags = await askPairs(l10n.t("Tags of {0}", thing.id), prompt, thing.tags);
  return setTags && { setTags, removeTags: Object.keys(thing.tags).filter((key) => !Object.hasOwn(setTags, key)) };
}

export async function askDescription(thing: LabelHolder): Promise<string | undefined> {
  const title = l10n.t("Description of {0}", thing.id);
  const text = await showInputBox({ title, value: thing.description, ignoreFocusOut: true });
  return text?.trim();
}

export const editModelTags = onModel(l10n.t("Edit Tags"), async (app, model) => {
  const change = await askTags(model);
  if (change !== undefined) {
    await update(app, model.id, change);
  }
});

export const editModelDescription = onModel(l10n.t("Edit Description"), async (app, model) => {
  const description = await askDescription(model);
  if (description !== undefined) {
    await update(app, model.id, { description });
  }
});

export const addModelProperties = onModel(l10n.t("Add Properties"), async (app, model) => {
  const known = tags(model.properties);
  const prompt = l10n.t("Properties can never be changed or removed. Separated by commas, such as: data=2026-11");
  const more = known === "" ? "" : l10n.t("already there: {0}", known);
  const pairs = await askPairs(l10n.t("Add Properties to {0}", model.id), joinWords([prompt, more]), {});
  if (pairs !== undefined && Object.keys(pairs).length > 0) {
    await update(app, model.id, { addProperties: pairs });
  }
});

/** `2`, `0.5`, or nothing. */
function quantity(text: string): number | null | undefined {
  if (text.trim() === "") {
    return null;
  }
  const value = Number(text.trim().replace(",", "."));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

type Field = keyof ResourceConfiguration;

function quantityStep(field: Field, prompt: string, whole: boolean): WizardStep<ResourceConfiguration> {
  return {
    kind: "text",
    prompt: () => prompt,
    value: (answers) => String(answers[field] ?? ""),
    validate: (text) => {
      const value = quantity(text);
      const fits = value !== undefined && (value === null || !whole || Number.isInteger(value));
      return fits
        ? undefined
        : whole
          ? l10n.t("A whole number above 0, or nothing.")
          : l10n.t("A number above 0, or nothing.");
    },
    save: (answers, text) => ({ ...answers, [field]: quantity(text) ?? null }),
  };
}

export const editModelResources = onModel(l10n.t("Set Resources"), async (app, model) => {
  const { resources } = await detailsOf(app, model);
  const answers = await runWizard<ResourceConfiguration>(
    {
      title: l10n.t("Resources of {0}", model.id),
      finish: l10n.t("Keep These Values"),
      steps: [
        quantityStep("cpu", l10n.t("CPU cores that the model needs by default, such as 0.5 (optional)"), false),
        quantityStep("memoryInGB", l10n.t("Memory in GB, such as 1.5 (optional)"), false),
        quantityStep("gpu", l10n.t("GPUs (optional)"), true),
      ],
    },
    resources,
  );
  if (answers !== undefined) {
    await update(app, model.id, { resources: answers });
  }
});

/** The dataset, empty for none, or undefined when the person left. */
async function chooseDataset(title: string, ids: readonly string[], now: string): Promise<string | undefined> {
  const items = [
    ...ids.map((id) => ({ label: id, description: id === now ? l10n.t("now") : "", id })),
    { label: l10n.t("None"), description: now === "" ? l10n.t("now") : "", id: "" },
  ];
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Dataset") }))?.id;
}

export const setModelSample = onModel(l10n.t("Set Sample Dataset"), async (app, model) => {
  const { assets } = await app.session.request("scoredock/asset/list", { kind: "dataset", ...here(app) });
  if (assets.length === 0) {
    const register = l10n.t("Register Dataset…");
    const message = l10n.t("No dataset is registered in this workspace yet.");
    if ((await showInformationMessage(message, {}, register)) === register) {
      await vscode.commands.executeCommand("scoredock.registerDataset");
    }
    return;
  }
  const { sampleInputDataset, sampleOutputDataset } = await detailsOf(app, model);
  const items = [
    { label: l10n.t("Sample Input"), description: sampleInputDataset, field: "sampleInputDataset" },
    { label: l10n.t("Sample Output"), description: sampleOutputDataset, field: "sampleOutputDataset" },
  ];
  const which = await showQuickPick(items, {
    title: l10n.t("Sample Dataset of {0}", model.id),
    placeHolder: l10n.t("What the dataset contains"),
  });
  const ids = assets.map(({ id }) => id);
  const id = which && (await chooseDataset(which.label, ids, which.description));
  if (which !== undefined && id !== undefined) {
    await update(app, model.id, { [which.field]: id });
  }
});
