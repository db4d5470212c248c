/** A new batch job: its script or its model, its input, and the little else it needs. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { BatchInputFormat } from "../../protocol";
import { commandButton, confirm, requireTrust, showInformation, showWarning } from "../../editor/notifications";
import { failureOf } from "../../text/errors";
import { engineKinds } from "../../text/engines";
import { baseName } from "../../text/format";
import { openDialog, openFileDialog } from "../../commands/interaction/fileDialog";
import { computePlace } from "../../views/computeNodes";
import { hasFailedOnes, jobSentence } from "./jobNodes";
import { longRequest } from "../../commands/interaction/progress";
import { saveAll } from "../../commands/interaction/saving";
import { modelOf, pathsOf, subjectOf, workspaceId } from "../../commands/interaction/target";
import { type Choice, fieldStep, runWizard, type WizardStep } from "../../commands/interaction/wizard";
import { askText, hasText, type TableText, textParams, textSteps, USUAL_TEXT } from "../../commands/batch/tableText";
import { type OutputAnswers, outputParams, outputSteps, USUAL_OUTPUT } from "./outputSteps";
import { showQuickPick } from "../../window";

const { l10n } = vscode;
const TABLES: Readonly<Record<string, BatchInputFormat>> = { csv: "csv", parquet: "parquet" };
const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** What scores: a script, or a registered model that needs none. One is empty. */
interface Scorer {
  readonly script: string;
  readonly model: string;
}

interface Answers extends Scorer, OutputAnswers, TableText {
  readonly input: string;
  readonly inputFormat: BatchInputFormat;
  readonly environmentFile: string;
  readonly miniBatchSize: string;
  readonly outputPath: string;
  /** Compute target; empty for this machine. */
  readonly compute: string;
  readonly name: string;
}

function formatOf(input: string): BatchInputFormat {
  return TABLES[input.split(".").at(-1)?.toLowerCase() ?? ""] ?? "files";
}

/** A name that no job of the workspace has. */
async function freeName(app: App, { script, model }: Scorer): Promise<string> {
  const { jobs } = await app.session.request("scoredock/batch/list", { workspaceId: workspaceId(app) });
  const taken = new Set(jobs.map(({ name }) => name));
  const plain = (model === "" ? baseName(script) : model)
    .replace(/\.py$|:\d+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 28);
  const first = plain.length < 3 ? "batch" : plain;
  let name = first;
  for (let number = 2; taken.has(name); number += 1) {
    name = `${first}-${number}`;
  }
  return name;
}

function nameFault(name: string): string | undefined {
  return name.length >= 3 && name.length <= 32 && NAME.test(name)
    ? undefined
    : l10n.t("3 to 32 small letters, digits and hyphens, beginning with a letter.");
}

async function askScript(): Promise<Scorer | undefined> {
  const script = await openFileDialog(l10n.t("Batch Script, with init() and run(mini_batch)"), { Python: ["py"] });
  return script === undefined ? undefined : { script, model: "" };
}

async function askModel(app: App, row: unknown): Promise<Scorer | undefined> {
  const model = await modelOf(app, row, l10n.t("Score in Batch"));
  return model === undefined ? undefined : { script: "", model: model.id };
}

/** The script that was chosen, or without any choice the one in front. */
function chosenScript(paths: readonly string[]): string | undefined {
  const editor = paths.length === 0 ? vscode.window.activeTextEditor?.document : undefined;
  const isScript = editor?.uri.scheme === "file" && editor.languageId === "python";
  return isScript ? editor.uri.fsPath : paths.find((path) => path.endsWith(".py"));
}

/** The row of a model, or a script; else one of them is asked for. */
async function scorerMeant(app: App, first: unknown, paths: readonly string[]): Promise<Scorer | undefined> {
  if (subjectOf(first) !== undefined) {
    return askModel(app, first);
  }
  const script = chosenScript(paths);
  if (script !== undefined) {
    return { script, model: "" };
  }
  const items = [
    { label: l10n.t("Batch Script…"), description: l10n.t("with init() and run(mini_batch)"), ask: askScript },
    {
      label: l10n.t("Registered Model…"),
      description: l10n.t("of a framework that needs no script"),
      ask: () => askModel(app, undefined),
    },
  ];
  return (await showQuickPick(items, { title: l10n.t("Score in Batch") }))?.ask();
}

async function inputMeant(paths: readonly string[]): Promise<string | undefined> {
  const own = paths.find((path) => !path.endsWith(".py"));
  const title = l10n.t("Input: a Table, or a Folder with Files");
  return (
    own ??
    openDialog({
      title,
      openLabel: l10n.t("Choose"),
      canSelectFiles: true,
      canSelectFolders: true,
      ...(vscode.workspace.workspaceFolders?.[0] === undefined
        ? {}
        : { defaultUri: vscode.workspace.workspaceFolders[0].uri }),
    })
  );
}

async function environments(): Promise<readonly Choice<string>[]> {
  const near = await vscode.workspace.findFiles(
    "**/{*conda*.yml,*conda*.yaml,*env*.yml,*env*.yaml,*requirements*.txt}",
    "**/{node_modules,.venv,.git}/**",
    50,
  );
  const files = near.map(({ fsPath }) => fsPath).sort();
  return [
    ...files.map((path) => ({ label: baseName(path), description: path, value: path })),
    { label: l10n.t("File…"), description: l10n.t("conda YAML or pip requirements"), value: "file" },
  ];
}

async function environmentStep(answers: Answers, value: string): Promise<Answers | undefined> {
  if (value !== "file") {
    return { ...answers, environmentFile: value };
  }
  const chosen = await openFileDialog(l10n.t("Packages of the Script"), {
    [l10n.t("Environment")]: ["yml", "yaml", "txt"],
  });
  return chosen === undefined ? undefined : { ...answers, environmentFile: chosen };
}

function formatStep(isModel: boolean): WizardStep<Answers> {
  const tables: readonly Choice<BatchInputFormat>[] = [
    { label: l10n.t("Rows of CSV Files"), description: l10n.t("as a data frame"), value: "csv" },
    { label: l10n.t("Rows of Parquet Files"), description: l10n.t("as a data frame"), value: "parquet" },
  ];
  return {
    kind: "pick",
    placeholder: isModel ? l10n.t("What the model gets") : l10n.t("What run() gets"),
    items: () => (isModel ? tables : [{ label: l10n.t("Paths of Files"), value: "files" }, ...tables]),
    active: (answers, value: BatchInputFormat) => answers.inputFormat === value,
    save: (answers, value: BatchInputFormat) => ({ ...answers, inputFormat: value }),
  };
}

async function packagesStep(): Promise<WizardStep<Answers>> {
  const named = await environments();
  return {
    kind: "pick",
    placeholder: l10n.t("Packages"),
    items: () => named,
    active: (answers, value: string) => answers.environmentFile === value,
    save: environmentStep,
  };
}

/** None where nothing is attached: there is nothing to choose from. */
async function placeSteps(app: App): Promise<readonly WizardStep<Answers>[]> {
  const { targets } = await app.session.request("scoredock/compute/list", {
    ask: false,
    workspaceId: workspaceId(app),
  });
  const [icon] = engineKinds().flatMap(({ needsCompute, icon: id }) => (needsCompute ? [id] : []));
  const items: readonly Choice<string>[] = [
    {
      label: l10n.t("This Machine"),
      description: l10n.t("a process for each processor"),
      iconPath: new vscode.ThemeIcon("vm"),
      value: "",
    },
    ...targets
      .filter(({ kind }) => kind !== "machine")
      .map((target) => ({
        label: target.name,
        description: computePlace(target),
        iconPath: new vscode.ThemeIcon(icon ?? "cloud"),
        value: target.name,
      })),
  ];
  const step: WizardStep<Answers> = {
    kind: "pick",
    placeholder: l10n.t("Where it runs"),
    items: () => items,
    active: (answers, value: string) => answers.compute === value,
    save: (answers, value: string) => ({ ...answers, compute: value }),
  };
  return targets.length === 0 ? [] : [step];
}

async function steps(app: App, { model }: Scorer): Promise<readonly WizardStep<Answers>[]> {
  return [
    formatStep(model !== ""),
    ...(model === "" ? [await packagesStep()] : []),
    ...(await placeSteps(app)),
    fieldStep(
      "miniBatchSize",
      l10n.t("Mini-batch size: files or rows, or bytes of a table such as 1MB; empty for the default"),
    ),
    fieldStep("outputPath", l10n.t("Folder for the output")),
    fieldStep("name", l10n.t("Name of the job"), nameFault),
  ];
}

async function startAnswers(app: App, scorer: Scorer, input: string): Promise<Answers> {
  const format = formatOf(input);
  const beside = vscode.Uri.file(scorer.script === "" ? input : scorer.script);
  return {
    ...scorer,
    input,
    inputFormat: scorer.model !== "" && format === "files" ? "csv" : format,
    environmentFile: "",
    miniBatchSize: "",
    outputPath: vscode.Uri.joinPath(beside, "..", "scored").fsPath,
    compute: "",
    name: await freeName(app, scorer),
    ...USUAL_OUTPUT,
    ...USUAL_TEXT,
  };
}

/** On a script, a model, a file of input, or none of them: what is missing is asked for. */
export async function scoreInBatch(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const paths = subjectOf(first) === undefined ? pathsOf(first, all) : [];
  const scorer = await scorerMeant(app, first, paths);
  const input = scorer === undefined ? undefined : await inputMeant(paths);
  if (scorer === undefined || input === undefined) {
    return;
  }
  const { script, model } = scorer;
  const answers = await runWizard<Answers>(
    {
      title: l10n.t("Score with {0}", model === "" ? baseName(script) : model),
      finish: l10n.t("Score"),
      steps: await steps(app, scorer),
      more: {
        label: l10n.t("Encoding of the Input, Form of the Output…"),
        steps: [...textSteps<Answers>(), ...outputSteps<Answers>()],
      },
    },
    await startAnswers(app, scorer, input),
  );
  if (answers === undefined) {
    return;
  }
  await saveAll([script, answers.environmentFile]);
  await score(app, answers);
}

/** A table that is not comma-separated UTF-8 is read as the server proposes, and one with other columns than the model
 * takes is scored, if the person says so. */
async function score(app: App, answers: Answers, acceptColumns = false): Promise<void> {
  try {
    await runJob(app, answers, acceptColumns);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "batch-columns-differ") {
      if (await confirm(failure.message, "", l10n.t("Score All the Same"))) {
        await score(app, answers, true);
      }
      return;
    }
    if (!hasText(failure)) {
      throw error;
    }
    const text = await askText(failure, answers);
    if (text !== undefined) {
      await score(app, { ...answers, ...text });
    }
  }
}

/** Opens the page of a job when that is there: what is refused before it begins leaves none. */
async function showPageDuring<T>(app: App, name: string, work: Promise<T>): Promise<T> {
  const ref = { name, workspaceId: workspaceId(app) };
  let isOpen = false;
  const look = async (): Promise<void> => {
    if (isOpen) {
      return;
    }
    try {
      await app.session.request("scoredock/batch/show", ref);
    } catch {
      // Not there yet, or never.
      return;
    }
    isOpen = true;
    app.pages.open({ kind: "job", ...ref }, true);
  };
  const listening = app.live.onRegistry(({ jobs }) => {
    if (jobs) {
      void look();
    }
  });
  try {
    return await work;
  } finally {
    listening.dispose();
    await look();
  }
}

async function runJob(app: App, answers: Answers, acceptColumns: boolean): Promise<void> {
  const { name, script, model } = answers;
  const params = {
    name,
    entryScript: script,
    models: model === "" ? [] : [model],
    inputs: [answers.input],
    ...textParams(answers),
    inputFormat: answers.inputFormat,
    environmentFile: answers.environmentFile,
    miniBatchSize: answers.miniBatchSize,
    outputPath: answers.outputPath,
    ...outputParams(answers),
    compute: answers.compute,
    acceptColumns,
    workspaceId: workspaceId(app),
  };
  const scoring = longRequest(app, l10n.t("Scoring {0}", name), "scoredock/batch/run", params);
  const details = await showPageDuring(app, name, scoring);
  const open = commandButton(l10n.t("Open Output"), "scoredock.openBatchOutput", name);
  const again = commandButton(l10n.t("Run Failed Again"), "scoredock.resumeBatchJob", name);
  if (details.job.state === "CompletedWithErrors") {
    showWarning(jobSentence(details), [...(hasFailedOnes(details.job) ? [again] : []), open]);
  } else {
    showInformation(jobSentence(details), [open]);
  }
}
