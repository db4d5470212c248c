/** Register as Model…: files or folders become the next version of a model. */
import * as vscode from "vscode";

import type { App } from "../app";
import type { Model, ModelProposal, ModelRegisterParams } from "../protocol";
import { baseName, bytes, files, parseTags, tags } from "../text";
import { done, needTrust } from "../tell";
import { busy } from "./busy";
import { walk, type Choice, type Step } from "./steps";
import { pathsOf, workspaceId } from "./target";

const { l10n } = vscode;

interface Answers {
  readonly name: string;
  readonly description: string;
  readonly tags: Record<string, string>;
  readonly properties: Record<string, string>;
  readonly framework: string;
  readonly frameworkVersion: string;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}$/;
const FRAMEWORKS = ["ScikitLearn", "Onnx", "TensorFlow", "PyTorch", "XGBoost", "LightGbm", "Multi", "Custom"] as const;

async function choosePaths(): Promise<string[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Files or Folder of the Model"),
    openLabel: l10n.t("Register"),
    canSelectFiles: true,
    canSelectFolders: true,
    canSelectMany: true,
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return (chosen ?? []).map((uri) => uri.fsPath);
}

function checkName(text: string, proposal: ModelProposal): string | vscode.InputBoxValidationMessage | undefined {
  if (!NAME.test(text)) {
    return l10n.t("Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit.");
  }
  if (proposal.existingNames.includes(text)) {
    const message = text === proposal.name ? l10n.t("Becomes version {0} of {1}; another name makes another model.", proposal.nextVersion, text) : l10n.t("Becomes the next version of {0}; another name makes another model.", text);
    return { message, severity: vscode.InputBoxValidationSeverity.Info };
  }
  return undefined;
}

function frameworks(proposal: ModelProposal): Choice<string>[] {
  const known: readonly string[] = FRAMEWORKS;
  const all = proposal.framework === "" || known.includes(proposal.framework) ? known : [proposal.framework, ...known];
  const items = all.map((name) => ({ label: name, description: name === proposal.framework ? l10n.t("recognised") : "", value: name }));
  return [{ label: l10n.t("None"), value: "" }, ...items];
}

/** A line of names, each with a value or without. */
function labels(prompt: string, field: "tags" | "properties"): Step<Answers> {
  return {
    kind: "text",
    prompt: () => prompt,
    value: (answers) => tags(answers[field]),
    validate: (text) => {
      const parsed = parseTags(text);
      return "problem" in parsed ? parsed.problem : undefined;
    },
    save: (answers, text) => {
      const parsed = parseTags(text);
      return "tags" in parsed ? { ...answers, [field]: parsed.tags } : answers;
    },
  };
}

function steps(proposal: ModelProposal): readonly Step<Answers>[] {
  const content = `${files(proposal.files)}, ${bytes(proposal.size)}`;
  return [
    {
      kind: "text",
      prompt: () => [l10n.t("Name of the model"), content, proposal.reason].filter((part) => part !== "").join(" · "),
      value: (answers) => answers.name,
      validate: (text) => checkName(text, proposal),
      save: (answers, name) => ({ ...answers, name }),
    },
    {
      kind: "text",
      prompt: () => l10n.t("Description (optional)"),
      value: (answers) => answers.description,
      save: (answers, description) => ({ ...answers, description: description.trim() }),
    },
    labels(l10n.t("Tags (optional), such as: stage=production, champion"), "tags"),
    labels(l10n.t("Properties (optional), which can never be changed, such as: data=2026-11"), "properties"),
    {
      kind: "pick",
      placeholder: l10n.t("Framework (optional); chooses the environment when none is given"),
      items: () => frameworks(proposal),
      active: (answers, value: string) => value === answers.framework,
      save: (answers, framework: string) => ({ ...answers, framework, frameworkVersion: framework === proposal.framework ? proposal.frameworkVersion : "" }),
    },
    {
      kind: "text",
      when: (answers) => answers.framework !== "",
      prompt: (answers) => l10n.t("Version of {0} (optional)", answers.framework),
      value: (answers) => answers.frameworkVersion,
      save: (answers, frameworkVersion) => ({ ...answers, frameworkVersion: frameworkVersion.trim() }),
    },
  ];
}

/** Asks for what is missing and registers. `name` is the model that gets a new version. */
export async function register(app: App, paths: readonly string[], name?: string): Promise<Model | undefined> {
  needTrust();
  const proposal = await app.session.request("scoredock/model/propose", { paths, workspaceId: workspaceId(app) });
  const title = paths.length === 1 ? l10n.t("Register {0} as Model", baseName(paths[0] ?? "")) : l10n.t("Register {0} Items as Model", paths.length);
  const answers = await walk<Answers>(
    { title, finish: l10n.t("Register with These Values"), steps: steps(proposal) },
    { name: name ?? proposal.name, description: "", tags: {}, properties: {}, framework: proposal.framework, frameworkVersion: proposal.frameworkVersion },
  );
  if (answers === undefined) {
    return undefined;
  }
  const params: ModelRegisterParams = { paths, ...answers, workspaceId: workspaceId(app) };
  const model = await busy(app, l10n.t("Registering {0}", answers.name), "scoredock/model/register", params);
  done(l10n.t("Registered {0} ({1}).", model.id, bytes(model.size)), [{ title: l10n.t("Deploy…"), act: () => vscode.commands.executeCommand("scoredock.deploy", model.id) }]);
  return model;
}

export async function registerModel(app: App, first: unknown, all: unknown): Promise<void> {
  needTrust();
  const named = pathsOf(first, all);
  const paths = named.length > 0 ? named : await choosePaths();
  if (paths.length > 0) {
    await register(app, paths);
  }
}
