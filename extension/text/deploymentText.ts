/** What a deployment will do, in words: models before and after, and all of it in one line. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ModelToRegister, ServiceProposal } from "../protocol";
import { baseName } from "./format";

/** The models of a deployment, as they are chosen by now. */
export interface ChosenModels {
  readonly models: readonly string[];
  readonly registerModels: readonly ModelToRegister[];
  readonly modelState: ServiceProposal["modelState"];
}

/** A service of the same name that stands already. */
export interface FormerService {
  readonly name: string;
  readonly entryScript: string;
  readonly models: readonly string[];
}

function fileNames({ paths }: ModelToRegister): string {
  return paths.map(baseName).join(", ");
}

/** The version that files become. */
export function becomes({ name, version }: ModelToRegister): string {
  return `${name}:${version ?? 1}`;
}

/** `model.pkl → new model diabetes:1`. */
export function registrationText(files: ModelToRegister): string {
  return (files.version ?? 1) > 1
    ? l10n.t("{0} → new version {1}", fileNames(files), becomes(files))
    : l10n.t("{0} → new model {1}", fileNames(files), becomes(files));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

/** Whether the models are still to be chosen. */
export function isOpen({ models, registerModels, modelState }: ChosenModels): boolean {
  return models.length + registerModels.length === 0 && (modelState === "several" || modelState === "missing");
}

/** The models, and which ones they take the place of. */
export function modelText(chosen: ChosenModels, former: FormerService | undefined): string {
  const { models, registerModels } = chosen;
  if (isOpen(chosen)) {
    return l10n.t("to be chosen");
  }
  const after = [...models, ...registerModels.map(becomes)];
  if (former !== undefined && former.models.length > 0 && !isSame(former.models, after)) {
    const files = registerModels.map(fileNames).join(", ");
    const change = `${former.models.join(", ")} → ${after.length === 0 ? l10n.t("no model") : after.join(", ")}`;
    return files === "" ? change : l10n.t("{0} (new, from {1})", change, files);
  }
  const shown = [...models, ...registerModels.map(registrationText)];
  return shown.length === 0 ? l10n.t("no model") : shown.join(", ");
}

/** Why the models are not certain, or what else to know of them; empty for nothing. */
export function modelNote(
  proposal: Pick<ServiceProposal, "script" | "loads" | "changedFile" | "modelFiles">,
  chosen: ChosenModels,
): string {
  const script = baseName(proposal.script);
  const loads = proposal.loads.join(", ");
  if (!isOpen(chosen)) {
    return proposal.changedFile === "" || chosen.modelState !== "deployed"
      ? ""
      : l10n.t("{0} has changed since it was registered", proposal.changedFile);
  }
  if (chosen.modelState === "missing" && loads !== "") {
    return l10n.t("{0} loads {1}, which is neither a file of the project nor in a registered model", script, loads);
  }
  if (chosen.modelState === "several" && loads !== "") {
    return l10n.t("{0} loads {1}, which several models match", script, loads);
  }
  return proposal.modelFiles.length > 1 ? l10n.t("There are several model files") : l10n.t("No model file was found");
}

/** The name, and what stands under it already. */
export function nameText(name: string, script: string, former: FormerService | undefined): string {
  if (former === undefined) {
    return name;
  }
  return former.entryScript === script || former.entryScript === ""
    ? l10n.t("{0} (new revision)", name)
    : l10n.t("{0} (replaces the service of {1})", name, baseName(former.entryScript));
}
