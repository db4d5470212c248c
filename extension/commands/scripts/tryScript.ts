/**
 * Try: runs an entry script in its real environment, in a worker that is thrown away, and shows what that says at the
 * lines; a batch script with a mini-batch of what the person picks.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { detailNames, failureOf, type Failure } from "../../text/errors";
import type { DocumentTried } from "../../protocol";
import { type Button, showInformation, requireTrust, openAt, showWarning } from "../../editor/notifications";
import { baseName } from "../../text/format";
import { askSampleInput, sampleReadAs, type SampleInput } from "../batch/sampleInput";
import { hasText } from "../batch/tableText";
import { openFileDialog, openDialog } from "../interaction/fileDialog";
import { longRequest } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { saveAround } from "../interaction/saving";
import { pathsOf, here } from "../interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

/** The script that was clicked, the one in the editor, else one that the person chooses. */
async function scriptOf(first: unknown, all: unknown): Promise<string | undefined> {
  const named = pathsOf(first, all)[0];
  const editor = vscode.window.activeTextEditor?.document;
  if (named !== undefined || (editor?.uri.scheme === "file" && editor.languageId === "python")) {
    return named ?? editor?.uri.fsPath;
  }
  const words = { title: l10n.t("Entry Script to Try"), openLabel: l10n.t("Try") };
  return openDialog({ ...words, filters: { Python: ["py"] } });
}

/** What was tried with a file that is not registered is deployed by registering it. */
function deployButtons({ path, unregistered }: DocumentTried): Button[] {
  const [file] = unregistered;
  if (file === undefined) {
    return [];
  }
  const act = (): unknown => vscode.commands.executeCommand("scoredock.deploy", path, file);
  return [{ title: l10n.t("Register {0} and Deploy…", baseName(file)), act }];
}

/** Of several files, or of all where none is known, the one to try with. */
async function chooseModelFile(failure: Failure): Promise<string | undefined> {
  const files = detailNames(failure.details, "files").map((path) => ({
    label: baseName(path),
    description: vscode.workspace.asRelativePath(path),
    path,
  }));
  const browse = { label: l10n.t("Browse…"), alwaysShow: true, path: "" };
  const chosen = await showQuickPick([...files, browse], {
    title: l10n.t("Model File to Try With"),
    placeHolder: failure.sentence,
  });
  return chosen?.path === "" ? openFileDialog(l10n.t("Model File"), { [l10n.t("All Files")]: ["*"] }) : chosen?.path;
}

function showResult(app: App, tried: DocumentTried): void {
  const details: Button = {
    title: l10n.t("Show Details"),
    act: () => app.pages.open({ kind: "try", tried, at: Date.now() / 1000 }),
  };
  const first = tried.findings.find(({ severity }) => severity === "error") ?? tried.findings[0];
  const toLine: Button[] =
    first === undefined ? [] : [{ title: l10n.t("Go to Line"), act: () => openAt(first.path, first.line) }];
  if (tried.ok) {
    // Nothing has to be mended, so that the line of a hint is not the first thing to do.
    showInformation(tried.summary, [...deployButtons(tried), details, ...toLine]);
  } else {
    showWarning(tried.summary, [...toLine, details]);
  }
}

interface TriedWith {
  readonly modelFile?: string;
  /** Of a batch script. */
  readonly input?: SampleInput;
}

/** What a trial cannot do without, and asks for. */
const MORE: Readonly<
  Record<string, (failure: Failure, script: string, given: TriedWith) => Promise<TriedWith | undefined>>
> = {
  "try-model-unclear": async (failure) => {
    const modelFile = await chooseModelFile(failure);
    return modelFile === undefined ? undefined : { modelFile };
  },
  "try-batch-script": async (_, script) => {
    const input = await askSampleInput(script, l10n.t("Try {0}", baseName(script)));
    return input === undefined ? undefined : { input };
  },
  "batch-input-invalid": async (failure, script, { input }) => {
    const read = input === undefined ? undefined : await sampleReadAs(script, input, failure);
    return read === undefined ? undefined : { input: read };
  },
};

async function runTry(app: App, script: string, given: TriedWith = {}): Promise<void> {
  app.tryDiagnostics.clear();
  try {
    const params = { path: script, modelFile: given.modelFile ?? "", ...given.input, ...here(app) };
    const title = l10n.t("Trying {0}", baseName(script));
    const tried = await longRequest(app, title, "scoredock/document/try", params);
    app.tryDiagnostics.show(tried.findings);
    showResult(app, tried);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "model-known-bad" && detailNames(failure.details, "models").length > 0) {
      await allowThen(app, failure, l10n.t("Allow and Try"), () => runTry(app, script, given));
      return;
    }
    const more = MORE[failure.code];
    if (more === undefined || (failure.code === "batch-input-invalid" && !hasText(failure))) {
      throw error;
    }
    const said = await more(failure, script, given);
    if (said !== undefined) {
      await runTry(app, script, { ...given, ...said });
    }
  }
}

export async function tryScript(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const script = await scriptOf(first, all);
  if (script !== undefined) {
    await saveAround(script);
    await runTry(app, script);
  }
}
