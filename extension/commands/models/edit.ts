/** What can be changed of a version: tags, description, resources, sample datasets; properties can only be added. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Model, ModelDetails, ModelUpdateParams, ResourceConfiguration } from "../../protocol";
import { parseTags, tags } from "../../text/format";
import { requestInView } from "../interaction/progress";
import { runWizard, type WizardStep } from "../interaction/wizard";
import { modelOf, here } from "../interaction/target";

const { l10n } = vscode;

async function update(app: App, id: string, change: Omit<ModelUpdateParams, "id" | "workspaceId">): Promise<void> {
  await requestInView(app, "models", "scoredock/model/update", { id, ...change, ...here(app) });
}

async function detailsOf(app: App, model: Model): Promise<ModelDetails> {
  return app.session.request("scoredock/model/show", { id: model.id, ...here(app) });
}

/** A line of `name=value` pairs, or undefined when the person left. */
export async function askPairs(
  title: string,
  prompt: string,
  value: Readonly<Record<string, string>>,
): Promise<Record<string, string> | undefined> {
  const text = await vscode.window.showInputBox({
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

export async function editModelTags(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Edit Tags"));
  const pairs =
    model === undefined
      ? undefined
      : await askPairs(
          l10n.t("Tags of {0}", model.id),
          l10n.t("Separated by commas, such as: stage=production, champion"),
          model.tags,
        );
  if (model !== undefined && pairs !== undefined) {
    await update(app, model.id, {
      setTags: pairs,
      removeTags: Object.keys(model.tags).filter((key) => !Object.hasOwn(pairs, key)),
    });
  }
}

export async function editModelDescription(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Edit Description"));
  if (model === undefined) {
    return;
  }
  const description = await vscode.window.showInputBox({
    title: l10n.t("Description of {0}", model.id),
    value: model.description,
    ignoreFocusOut: true,
  });
  if (description !== undefined) {
    await update(app, model.id, { description: description.trim() });
  }
}

export async function addModelProperties(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Add Properties"));
  if (model === undefined) {
    return;
  }
  const known = tags(model.properties);
  const prompt = l10n.t("Properties can never be changed or removed. Separated by commas, such as: data=2026-11");
  const pairs = await askPairs(
    l10n.t("Add Properties to {0}", model.id),
    known === "" ? prompt : `${prompt} · ${l10n.t("already there: {0}", known)}`,
    {},
  );
  if (pairs !== undefined && Object.keys(pairs).length > 0) {
    await update(app, model.id, { addProperties: pairs });
  }
}

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

export async function editModelResources(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Set Resources"));
  if (model === undefined) {
    return;
  }
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
}

/** The dataset, empty for none, or undefined when the person left. */
async function chooseDataset(title: string, ids: readonly string[], now: string): Promise<string | undefined> {
  const items = [
    ...ids.map((id) => ({ label: id, description: id === now ? l10n.t("now") : "", id })),
    { label: l10n.t("None"), description: now === "" ? l10n.t("now") : "", id: "" },
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder: l10n.t("Dataset") }))?.id;
}

export async function setModelSample(app: App, argument: unknown): Promise<void> {
  const model = await modelOf(app, argument, l10n.t("Set Sample Dataset"));
  if (model === undefined) {
    return;
  }
  const { assets } = await app.session.request("scoredock/asset/list", { kind: "dataset", ...here(app) });
  if (assets.length === 0) {
    const register = l10n.t("Register Dataset…");
    const message = l10n.t("No dataset is registered in this workspace yet.");
    if ((await vscode.window.showInformationMessage(message, register)) === register) {
      await vscode.commands.executeCommand("scoredock.registerDataset");
    }
    return;
  }
  const details = await detailsOf(app, model);
  const input = {
    label: l10n.t("Sample Input"),
    description: details.sampleInputDataset,
    field: "sampleInputDataset" as const,
  };
  const output = {
    label: l10n.t("Sample Output"),
    description: details.sampleOutputDataset,
    field: "sampleOutputDataset" as const,
  };
  const which = await vscode.window.showQuickPick([input, output], {
    title: l10n.t("Sample Dataset of {0}", model.id),
    placeHolder: l10n.t("What the dataset contains"),
  });
  const ids = assets.map(({ id }) => id);
  const id = which === undefined ? undefined : await chooseDataset(which.label, ids, which.description);
  if (which !== undefined && id !== undefined) {
    await update(app, model.id, { [which.field]: id });
  }
}
