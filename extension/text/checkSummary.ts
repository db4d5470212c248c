/**
 * What checks said, in words: the language status of a file, the summary of many, the errors that stop a deployment. No
 * `vscode` here.
 */
import * as l10n from "@vscode/l10n";

import type { ErrorData, DocumentChecked, DocumentFindings } from "../protocol";
import { detailNames } from "./errors";
import { baseName } from "./format";
import { withText } from "./joinWords";

export type Severity = "error" | "warning" | "information";

/** One language status: what was found, and what the checks knew. */
export interface CheckStatus {
  readonly text: string;
  readonly detail: string;
  readonly severity: Severity;
}

function kindName(kind: string): string {
  switch (kind) {
    case "entry-script":
      return l10n.t("Entry script");
    case "batch-script":
      return l10n.t("Batch script");
    case "sdk-script":
      return l10n.t("SDK script");
    case "module":
      return l10n.t("Module of an entry script");
    case "project-settings":
      return l10n.t("Settings of the project");
    case "notebook":
      return l10n.t("Notebook");
    case "commands":
      return l10n.t("Commands of the Azure CLI");
    case "inference-config":
      return l10n.t("Inference configuration");
    case "deployment-config":
      return l10n.t("Deployment configuration");
    case "conda":
      return l10n.t("Conda environment");
    case "requirements":
      return l10n.t("Requirements");
    case "environment":
      return l10n.t("Environment");
    case "workspace-config":
      return l10n.t("Workspace configuration");
    default:
      // The others are called in Azure ML as they are here: online-deployment.
      return kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("-", " ");
  }
}

function countWords(errors: number, warnings: number, others: number): string {
  const some = withText([
    errors === 0 ? "" : errors === 1 ? l10n.t("1 error") : l10n.t("{0} errors", errors),
    warnings === 0 ? "" : warnings === 1 ? l10n.t("1 warning") : l10n.t("{0} warnings", warnings),
    others === 0 ? "" : others === 1 ? l10n.t("1 hint") : l10n.t("{0} hints", others),
  ]);
  return some.length === 0 ? l10n.t("no findings") : some.join(", ");
}

export function statusOf(checked: DocumentChecked): CheckStatus {
  const { kind, state, errors, warnings, others, environment, models, configuration } = checked;
  const known = withText([
    kindName(kind),
    models.length === 0 ? "" : l10n.t("models {0}", models.join(", ")),
    environment === "" ? "" : l10n.t("environment {0}", baseName(environment)),
    configuration === "" ? "" : l10n.t("named by {0}", baseName(configuration)),
  ]);
  const detail = known.join(" · ");
  if (state === "off") {
    return { text: l10n.t("Not checked: checks are turned off"), detail, severity: "warning" };
  }
  if (state === "tooLarge") {
    return { text: l10n.t("Not checked: the file is too large"), detail, severity: "warning" };
  }
  const severity = errors > 0 ? "error" : warnings + others > 0 ? "warning" : "information";
  return { text: l10n.t("Checked: {0}", countWords(errors, warnings, others)), detail, severity };
}

/** How many files were checked, and what was found in them. */
export function summaryOf({ checked, findings }: DocumentFindings): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const found = countWords(errors, warnings, findings.length - errors - warnings);
  const only = checked.length === 1 ? checked[0] : undefined;
  return only === undefined
    ? l10n.t("{0} files checked, {1}.", checked.length, found)
    : l10n.t("{0} checked, {1}.", baseName(only), found);
}

/** An error that stops a deployment. */
export interface BlockingError {
  readonly path: string;
  /** Zero-based. */
  readonly line: number;
  /** Zero-based, in code points. */
  readonly character: number;
  readonly code: string;
  readonly message: string;
}

const FINDING = /^(.+?):(\d+):(\d+): (SD\d+) (.*)$/s;

/** The errors that a refused deployment lists, each as `path:line:column: code message`. */
export function blockingErrorsOf(details: ErrorData["details"]): BlockingError[] {
  return detailNames(details, "findings").flatMap((line) => {
    const [, path, row, column, code, message] = FINDING.exec(line) ?? [];
    if (path === undefined || code === undefined || message === undefined) {
      return [];
    }
    return [{ path, line: Number(row) - 1, character: Number(column) - 1, code, message }];
  });
}

/** What can be repaired of the errors that stop a deployment. */
export interface PossibleRepair {
  /** Files with errors that have one certain repair. */
  readonly paths: readonly string[];
  /** A script that lacks packages, and the file that they belong into; empty for none. */
  readonly script: string;
  readonly packagesFile: string;
  /** Files that will change, and the one that will be written. */
  readonly changed: readonly string[];
  readonly written: string;
}

/** Undefined where nothing can be repaired. A new file helps only who can be given one. */
export function possibleRepair(details: ErrorData["details"], takesNewFile: boolean): PossibleRepair | undefined {
  const paths = detailNames(details, "repairable");
  const [script = "", file = "", isNew] = detailNames(details, "packages");
  const packagesFile = isNew === undefined || takesNewFile ? file : "";
  if (paths.length === 0 && packagesFile === "") {
    return undefined;
  }
  const written = isNew === undefined ? "" : packagesFile;
  const changed = [...new Set([...paths, packagesFile])].filter((each) => each !== "" && each !== written);
  return { paths, script, packagesFile, changed, written };
}

/** Repairs of errors that stop a deployment, which only a person can choose. */
export interface ProposedRepair {
  readonly paths: readonly string[];
  /** Rules of the errors. */
  readonly codes: readonly string[];
  /** What will be done, as the quick fixes are called. */
  readonly titles: readonly string[];
}

/** Undefined where no error has one repair that is offered first. */
export function proposedRepair(details: ErrorData["details"]): ProposedRepair | undefined {
  const titles = detailNames(details, "proposals");
  if (titles.length === 0) {
    return undefined;
  }
  const stopping = blockingErrorsOf(details);
  const distinct = (all: readonly string[]): string[] => [...new Set(all)];
  return { paths: distinct(stopping.map((one) => one.path)), codes: distinct(stopping.map((one) => one.code)), titles };
}

/** Where a column of code points lies in the units of the editor. */
export function unitsOf(line: string, character: number): number {
  return Array.from(line).slice(0, character).join("").length;
}
