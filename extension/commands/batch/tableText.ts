/** Encoding and separator of a table that is not comma-separated UTF-8: answers of the person, or the proposed ones. */
import * as vscode from "vscode";

import type { BatchInputFormat } from "../../protocol";
import { confirm } from "../../editor/notifications";
import { detailNames, type Failure } from "../../text/errors";
import type { WizardStep } from "../interaction/wizard";

const { l10n } = vscode;

/** Both are empty for comma-separated UTF-8. */
export interface TableText {
  readonly encoding: string;
  readonly separator: string;
}

/** As on the command line. */
export const USUAL_TEXT: TableText = { encoding: "", separator: "" };

/** Those of a wizard that go on where its usual steps end. */
export function textSteps<
  A extends TableText & { readonly inputFormat: BatchInputFormat },
>(): readonly WizardStep<A>[] {
  const isCsv = ({ inputFormat }: A): boolean => inputFormat === "csv";
  return [
    {
      kind: "text",
      when: isCsv,
      prompt: () => l10n.t("Encoding of the table, such as cp1252, utf-16 or gbk; empty for UTF-8"),
      value: ({ encoding }) => encoding,
      save: (answers, encoding) => ({ ...answers, encoding: encoding.trim() }),
    },
    {
      kind: "text",
      when: isCsv,
      prompt: () => l10n.t("What separates its values, such as ; or tab; empty for a comma"),
      value: ({ separator }) => separator,
      save: (answers, separator) => ({ ...answers, separator: separator.trim() }),
    },
  ];
}

/** What is empty, or is for another format, is left to the server. */
export function textParams({
  inputFormat,
  encoding,
  separator,
}: TableText & { readonly inputFormat: BatchInputFormat }): Partial<TableText> {
  return inputFormat === "csv" ? { encoding, separator } : {};
}

/** What the server proposes for a table that it could not read, if the person wants it; undefined where not. */
export async function askText(failure: Failure, given: TableText): Promise<TableText | undefined> {
  const [encoding = given.encoding] = detailNames(failure.details, "encoding");
  const [separator = given.separator] = detailNames(failure.details, "separator");
  const yes = l10n.t("Read as {0}", [encoding, separator === "\t" ? "tab" : separator].filter(Boolean).join(", "));
  return (await confirm(failure.message, "", yes)) ? { encoding, separator } : undefined;
}

/** Whether the server proposes something. */
export function hasText({ code, details }: Failure): boolean {
  return code === "batch-input-invalid" && ("encoding" in details || "separator" in details);
}
