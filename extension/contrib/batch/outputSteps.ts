/** What becomes of the results of a new batch job: questions for who wants something else than usual. */
import * as vscode from "vscode";

import type { BatchOutputAction, BatchOutputFormat, BatchRunParams } from "../../protocol";
import type { Choice, WizardStep } from "../../commands/interaction/wizard";

const { l10n } = vscode;

/** Of one file with all results, or of none. */
export interface OutputAnswers {
  readonly outputAction: BatchOutputAction;
  readonly outputFormat: BatchOutputFormat;
  readonly inputKeys: boolean;
  /** Empty for the usual one, which ends as the format does. */
  readonly fileName: string;
}

/** As on the command line. */
export const USUAL_OUTPUT: OutputAnswers = {
  outputAction: "append_row",
  outputFormat: "text",
  inputKeys: false,
  fileName: "",
};

function hasFile({ outputAction }: OutputAnswers): boolean {
  return outputAction === "append_row";
}

function actionStep<A extends OutputAnswers>(): WizardStep<A> {
  const items: readonly Choice<BatchOutputAction>[] = [
    { label: l10n.t("One File with All Results"), description: "append_row", value: "append_row" },
    {
      label: l10n.t("Results Are Only Counted"),
      description: "summary_only",
      detail: l10n.t("for a script that writes its results itself"),
      value: "summary_only",
    },
  ];
  return {
    kind: "pick",
    placeholder: l10n.t("What becomes of the results"),
    items: () => items,
    active: (answers, value: BatchOutputAction) => answers.outputAction === value,
    save: (answers, outputAction: BatchOutputAction) => ({ ...answers, outputAction }),
  };
}

function formatStep<A extends OutputAnswers>(): WizardStep<A> {
  const items: readonly Choice<BatchOutputFormat>[] = [
    {
      label: l10n.t("Text"),
      description: l10n.t("a line for each result, as ParallelRunStep forms it"),
      value: "text",
    },
    { label: "CSV", description: l10n.t("a table with the names of its columns"), value: "csv" },
    { label: "Parquet", description: l10n.t("such a table; the environment needs pyarrow"), value: "parquet" },
  ];
  return {
    kind: "pick",
    placeholder: l10n.t("Format of the output"),
    when: hasFile,
    items: () => items,
    active: (answers, value: BatchOutputFormat) => answers.outputFormat === value,
    save: (answers, outputFormat: BatchOutputFormat) => ({ ...answers, outputFormat }),
  };
}

function keysStep<A extends OutputAnswers>(): WizardStep<A> {
  const items: readonly Choice<boolean>[] = [
    { label: l10n.t("Results Alone"), value: false },
    { label: l10n.t("With Input Keys"), description: l10n.t("mini-batch, file and row of each result"), value: true },
  ];
  return {
    kind: "pick",
    placeholder: l10n.t("Columns of the output"),
    when: (answers) => hasFile(answers) && answers.outputFormat !== "text",
    items: () => items,
    active: (answers, value: boolean) => answers.inputKeys === value,
    save: (answers, inputKeys: boolean) => ({ ...answers, inputKeys }),
  };
}

/** Those of a wizard that go on where its usual steps end. */
export function outputSteps<A extends OutputAnswers>(): readonly WizardStep<A>[] {
  return [
    actionStep(),
    formatStep(),
    keysStep(),
    {
      kind: "text",
      when: hasFile,
      prompt: () => l10n.t("Name of the output file; empty for parallel_run_step with the ending of its format"),
      value: ({ fileName }) => fileName,
      save: (answers, fileName) => ({ ...answers, fileName: fileName.trim() }),
    },
  ];
}

/** What is empty, or is for another choice, is left to the server. */
export function outputParams(
  answers: OutputAnswers,
): Pick<BatchRunParams, "outputAction" | "outputFormat" | "inputKeys" | "appendRowFileName"> {
  const { outputAction, outputFormat, inputKeys, fileName } = answers;
  if (!hasFile(answers)) {
    return { outputAction };
  }
  return {
    outputFormat,
    inputKeys: inputKeys && outputFormat !== "text",
    ...(fileName === "" ? {} : { appendRowFileName: fileName }),
  };
}
