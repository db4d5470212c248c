/** Register as Model…: files or folders become the next version of a model. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Model, ModelProposal, ModelRegisterParams } from "../../protocol";
import { baseName, bytes, files } from "../../text/format";
import { showInformation, requireTrust, showWarning, commandButton } from "../../editor/notifications";
import { pickleWords } from "../../views/modelNodes";
import { longRequest } from "../interaction/progress";
import { descriptionStep, propertyStep, tagStep } from "../interaction/labelSteps";
import { runWizard, type Choice, type WizardStep, fieldStep } from "../interaction/wizard";
import { pathsOf, here } from "../interaction/target";
import { joinWords } from "../../text/joinWords";
import { isName, nameFault } from "../../text/names";
import { showOpenDialog } from "../../window";

const { l10n } = vscode;

interface RegisterAnswers {
  /** Of an archive: take what is inside. */
  readonly unpack: boolean;
  /** Of a folder: what of it is taken; empty for all of it. */
  readonly childPaths: readonly string[];
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly framework: string;
  readonly frameworkVersion: string;
}

const FRAMEWORKS = ["ScikitLearn", "Onnx", "TensorFlow", "PyTorch", "XGBoost", "LightGbm", "Multi", "Custom"] as const;

async function choosePaths(): Promise<string[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await showOpenDialog({
    title: l10n.t("Files or Folder of the Model"),
    openLabel: l10n.t("Register"),
    canSelectFiles: true,
    canSelectFolders: true,
    canSelectMany: true,
    ...(folder === undefined ? {} : { defaultUri: folder }),
  });
  return (chosen ?? []).map((uri) => uri.fsPath);
}

/** A name that is allowed, and what it becomes. */
export function checkName(
  text: string,
  proposal: Pick<ModelProposal, "name" | "nextVersion" | "existingNames">,
): string | vscode.InputBoxValidationMessage | undefined {
  if (isName("model", text) && proposal.existingNames.includes(text)) {
    const message =
      text === proposal.name
        ? l10n.t("Becomes version {0} of {1}; another name creates another model.", proposal.nextVersion, text)
        : l10n.t("Becomes the next version of {0}; another name creates another model.", text);
    return { message, severity: vscode.InputBoxValidationSeverity.Info };
  }
  return nameFault("model", text);
}

function frameworks(proposal: Pick<ModelProposal, "framework">): Choice<string>[] {
  const known: readonly string[] = FRAMEWORKS;
  const all = proposal.framework === "" || known.includes(proposal.framework) ? known : [proposal.framework, ...known];
  const items = all.map((name) => ({
    label: name,
    description: name === proposal.framework ? l10n.t("detected") : "",
    value: name,
  }));
  return [{ label: l10n.t("None"), value: "" }, ...items];
}

/** Another framework than the one that was found has no version yet. */
export function frameworkStep<A extends { readonly framework: string; readonly frameworkVersion: string }>(
  proposed: () => Pick<ModelProposal, "framework" | "frameworkVersion">,
): WizardStep<A> {
  return {
    kind: "pick",
    placeholder: l10n.t("Framework (optional); chooses the environment when none is given"),
    items: () => frameworks(proposed()),
    active: (answers, value: string) => value === answers.framework,
    save: (answers, framework: string) => ({
      ...answers,
      framework,
      frameworkVersion: framework === proposed().framework ? proposed().frameworkVersion : "",
    }),
  };
}

/** What the input says of a name takes the place of its prompt, so that it carries the prompt's facts along. */
export function withFacts(message: ReturnType<typeof checkName>, facts: string): ReturnType<typeof checkName> {
  return message === undefined || typeof message === "string"
    ? message
    : { ...message, message: `${message.message} ${facts}` };
}

function archiveStep(proposal: ModelProposal): WizardStep<RegisterAnswers> {
  const exported = proposal.exported !== "";
  const [label, description] = exported
    ? [l10n.t("Import {0}", proposal.exported), l10n.t("the model with its description, tags and other details")]
    : [l10n.t("Unpack"), l10n.t("register what is inside")];
  return {
    kind: "pick",
    placeholder: exported ? l10n.t("Scoredock exported {0} into this archive", proposal.exported) : l10n.t("Archive"),
    when: () => proposal.archive,
    items: () => [
      { label, description, iconPath: new vscode.ThemeIcon("package"), value: true },
      {
        label: l10n.t("Register the Archive As It Is"),
        description: l10n.t("one file"),
        iconPath: new vscode.ThemeIcon("file-zip"),
        value: false,
      },
    ],
    active: (answers, value: boolean) => value === answers.unpack,
    save: (answers, unpack: boolean) => ({ ...answers, unpack }),
  };
}

/** What was proposed, asked for again when the person takes only a part of the folder. */
interface CurrentProposal {
  now: ModelProposal;
  readonly ask: (childPaths: readonly string[]) => Promise<ModelProposal>;
}

function childrenStep(proposed: CurrentProposal, folders: ReadonlySet<string>): WizardStep<RegisterAnswers> {
  const { children } = proposed.now;
  return {
    kind: "many",
    placeholder: l10n.t("Parts of the folder to register; all of them are selected at first"),
    when: () => children.length > 1,
    items: () =>
      children.map((path) => ({
        label: path,
        iconPath: new vscode.ThemeIcon(folders.has(path) ? "folder" : "file"),
        value: path,
      })),
    picked: (answers, path: string) => answers.childPaths.length === 0 || answers.childPaths.includes(path),
    // Nothing chosen would be not a model: that means all of it as well.
    save: async (answers, paths: readonly string[]) => {
      const childPaths = paths.length === children.length ? [] : paths;
      if (childPaths.join("\n") === answers.childPaths.join("\n")) {
        return answers;
      }
      proposed.now = await proposed.ask(childPaths);
      const { framework, frameworkVersion } = proposed.now;
      return { ...answers, childPaths, framework, frameworkVersion };
    },
  };
}

/** What was found out about the content, without loading it. */
function findings(proposal: ModelProposal): string {
  const content = `${files(proposal.files)}, ${bytes(proposal.size)}`;
  const pickle = proposal.pickle === null ? "" : pickleWords(proposal.pickle.state);
  const held = proposal.pickle === null ? [] : [...proposal.pickle.bad, ...proposal.pickle.code].slice(0, 3);
  const named = pickle === "" || held.length === 0 ? pickle : `${pickle}: ${held.join(", ")}`;
  return joinWords([content, proposal.reason, named]);
}

/** Folders directly inside a folder, for their icons; none where it cannot be read. */
async function foldersIn(path: string): Promise<ReadonlySet<string>> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(path));
    return new Set(entries.filter(([, type]) => (type & vscode.FileType.Directory) !== 0).map(([name]) => name));
  } catch {
    return new Set();
  }
}

/** Enter registers; everything else is certain, or said later on the model. */
function steps(proposed: CurrentProposal): readonly WizardStep<RegisterAnswers>[] {
  const proposal = proposed.now;
  return [
    archiveStep(proposal),
    fieldStep(
      "name",
      () => joinWords([l10n.t("Name of the model"), findings(proposed.now)]),
      (text) => withFacts(checkName(text, proposal), findings(proposed.now)),
    ),
  ];
}

/** What can be said at once by who wants to. */
function moreSteps(proposed: CurrentProposal, folders: ReadonlySet<string>): readonly WizardStep<RegisterAnswers>[] {
  return [
    childrenStep(proposed, folders),
    descriptionStep(),
    tagStep(),
    propertyStep(),
    frameworkStep(() => proposed.now),
    {
      kind: "text",
      when: (answers) => answers.framework !== "",
      prompt: (answers) => l10n.t("Version of {0} (optional)", answers.framework),
      value: (answers) => answers.frameworkVersion,
      save: (answers, frameworkVersion) => ({ ...answers, frameworkVersion: frameworkVersion.trim() }),
    },
  ];
}

/** Says what was registered, and what its pickles name where that matters. */
export function showRegistered(model: Model): void {
  const buttons = [
    commandButton(l10n.t("Deploy…"), "scoredock.deploy", model.id),
    commandButton(l10n.t("Show Details"), "scoredock.showModel", model.id),
  ];
  const words = pickleWords(model.pickle);
  const sentence = l10n.t("Registered {0} ({1}).", model.id, bytes(model.size));
  if (words === "") {
    showInformation(sentence, buttons);
  } else {
    const why = model.pickle === "code" ? l10n.t("It contains Python code.") : l10n.t("Its pickles: {0}.", words);
    showWarning(`${sentence} ${why}`, buttons);
  }
}

/** Asks for what is missing and registers. `name` is the model that gets a new version. */
export async function register(app: App, paths: readonly string[], name?: string): Promise<Model | undefined> {
  requireTrust();
  const ask = (childPaths: readonly string[]): Promise<ModelProposal> =>
    app.session.request("scoredock/model/propose", { paths, childPaths, ...here(app) });
  const proposal = await ask([]);
  const folders = proposal.children.length > 0 ? await foldersIn(paths[0] ?? "") : new Set<string>();
  const title =
    paths.length === 1
      ? l10n.t("Register {0} as Model", baseName(paths[0] ?? ""))
      : l10n.t("Register {0} Items as Model", paths.length);
  const proposed = { now: proposal, ask };
  const answers = await runWizard<RegisterAnswers>(
    {
      title,
      finish: l10n.t("Register with These Values"),
      steps: steps(proposed),
      more: { label: l10n.t("Description, Tags, Framework…"), steps: moreSteps(proposed, folders) },
    },
    {
      unpack: proposal.archive,
      childPaths: [],
      name: name ?? proposal.name,
      description: proposal.description,
      tags: proposal.tags,
      properties: proposal.properties,
      framework: proposal.framework,
      frameworkVersion: proposal.frameworkVersion,
    },
  );
  if (answers === undefined) {
    return undefined;
  }
  const params: ModelRegisterParams = { paths, ...answers, ...here(app) };
  const model = await longRequest(app, l10n.t("Registering {0}", answers.name), "scoredock/model/register", params);
  showRegistered(model);
  return model;
}

export async function registerModel(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const named = pathsOf(first, all);
  const paths = named.length > 0 ? named : await choosePaths();
  if (paths.length > 0) {
    await register(app, paths);
  }
}
