/** What a batch script is tried and debugged with: files, a folder or a table that the person picks. */
import * as vscode from "vscode";

import type { BatchInputFormat } from "../../protocol";
import type { Failure } from "../../text/errors";
import { baseName } from "../../text/format";
import { beginningAt, openFolder } from "../interaction/fileDialog";
import { askText, USUAL_TEXT } from "./tableText";
import { showOpenDialog, showQuickPick } from "../../window";

const { l10n } = vscode;

/** As a request of the server takes it. */
export interface SampleInput {
  readonly inputs: readonly string[];
  readonly inputFormat: BatchInputFormat;
  readonly encoding?: string;
  readonly separator?: string;
}

const TABLES: Readonly<Record<string, BatchInputFormat>> = { csv: "csv", parquet: "parquet" };

/** The last one of each script, until the window closes. */
const last = new Map<string, SampleInput>();

async function askPaths(title: string): Promise<readonly string[] | undefined> {
  const items = [
    { label: l10n.t("Files or a Table…"), folders: false },
    { label: l10n.t("Folder…"), folders: true },
  ];
  const kind = await showQuickPick(items, { title, placeHolder: l10n.t("Input of the mini-batch") });
  if (kind === undefined) {
    return undefined;
  }
  const chosen = await showOpenDialog({
    title: l10n.t("Input of the Mini-Batch"),
    openLabel: l10n.t("Choose"),
    canSelectFiles: !kind.folders,
    canSelectFolders: kind.folders,
    canSelectMany: !kind.folders,
    ...beginningAt(openFolder()),
  });
  return chosen?.map(({ fsPath }) => fsPath);
}

/** Rows or paths: the name of a table does not say which of them run() takes. */
async function askFormat(title: string, inputs: readonly string[]): Promise<BatchInputFormat | undefined> {
  const [ending, ...others] = new Set(inputs.map((path) => path.split(".").at(-1)?.toLowerCase() ?? ""));
  const table = others.length === 0 ? TABLES[ending ?? ""] : undefined;
  if (table === undefined) {
    return "files";
  }
  const items: readonly { label: string; description: string; format: BatchInputFormat }[] = [
    { label: l10n.t("Rows of the Table"), description: l10n.t("as a data frame"), format: table },
    { label: l10n.t("Paths of Files"), description: "", format: "files" },
  ];
  return (await showQuickPick(items, { title, placeHolder: l10n.t("What run() gets") }))?.format;
}

async function askAnew(title: string): Promise<SampleInput | undefined> {
  const inputs = await askPaths(title);
  const inputFormat = inputs === undefined ? undefined : await askFormat(title, inputs);
  return inputs === undefined || inputFormat === undefined ? undefined : { inputs, inputFormat };
}

function words({ inputs: [first = "", ...others], inputFormat }: SampleInput): { label: string; description: string } {
  const name = baseName(first);
  return {
    label: others.length === 0 ? name : l10n.t("{0} and {1} more", name, others.length),
    description: inputFormat === "files" ? l10n.t("paths of files") : l10n.t("rows of the table"),
  };
}

/** The same input, read as the server proposes for a table that it could not read; undefined where the person left. */
export async function sampleReadAs(
  script: string,
  input: SampleInput,
  failure: Failure,
): Promise<SampleInput | undefined> {
  const text = await askText(failure, { ...USUAL_TEXT, ...input });
  const read = text === undefined ? undefined : { ...input, ...text };
  if (read !== undefined) {
    last.set(script, read);
  }
  return read;
}

/** What was taken the last time is one key away. Undefined where the person left. */
export async function askSampleInput(script: string, title: string): Promise<SampleInput | undefined> {
  const before = last.get(script);
  const chosen =
    before === undefined
      ? undefined
      : await showQuickPick(
          [
            { ...words(before), isAgain: true },
            { label: l10n.t("Another Input…"), isAgain: false },
          ],
          { title, placeHolder: l10n.t("Input of the mini-batch") },
        );
  if (before !== undefined && chosen === undefined) {
    return undefined;
  }
  const input = chosen?.isAgain === true ? before : await askAnew(title);
  if (input !== undefined) {
    last.set(script, input);
  }
  return input;
}
