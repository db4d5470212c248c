/** What a failure says to the person: one sentence, and buttons that do the next step. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ErrorData, ErrorPlace, ErrorRemedy } from "../protocol";

/** Codes of failures that happen on this side of the wire. */
export type LocalCode = "server-not-running" | "server-python-not-found" | "server-environment-failed" | "untrusted";

/** A failure of the extension itself that a person can act on. */
export class LocalFault extends Error {
  constructor(
    readonly code: LocalCode,
    message: string,
    readonly remedies: readonly ErrorRemedy[] = [],
  ) {
    super(message);
    this.name = "LocalFault";
  }
}

/**
 * The server could not be started: our own faults as they are, anything else as one sentence with what the server said
 * last.
 */
export function serverStartFault(error: unknown, lastWords: string): LocalFault {
  if (error instanceof LocalFault) {
    return error;
  }
  const message = lastWords !== "" ? lastWords : error instanceof Error ? error.message : String(error);
  return new LocalFault("server-not-running", l10n.t("The Scoredock server did not start: {0}", message), [
    remedy("restartServer"),
    remedy("showLog"),
  ]);
}

/** The server was started again too often. */
export function tooManyRestarts(times: number, minutes: number): LocalFault {
  return new LocalFault(
    "server-not-running",
    l10n.t(
      "The Scoredock server stopped {0} times within {1} minutes and is not restarted. Running services are not affected.",
      times,
      minutes,
    ),
    [remedy("restartServer"), remedy("showLog")],
  );
}

/** A failure, ready to be shown. */
export interface Failure {
  readonly code: string;
  /** What happened and what to do next. */
  readonly sentence: string;
  /** What happened alone, for a question that offers what to do. */
  readonly message: string;
  readonly remedies: readonly ErrorRemedy[];
  readonly place: ErrorPlace | null;
  readonly details: ErrorData["details"];
  /** The person asked for it; nothing is shown. */
  readonly cancelled: boolean;
}

const REQUEST_CANCELLED = -32800;

/** A button of ours. Made when it is needed: texts are in the person's language only after activation. */
export function remedy(name: "showLog" | "restartServer" | "choosePython" | "trust"): ErrorRemedy {
  switch (name) {
    case "showLog":
      return { title: l10n.t("Show Log"), command: "scoredock.showLog", arguments: [] };
    case "restartServer":
      return { title: l10n.t("Restart Server"), command: "scoredock.restartServer", arguments: [] };
    case "choosePython":
      return { title: l10n.t("Choose Python"), command: "scoredock.choosePython", arguments: [] };
    case "trust":
      return { title: l10n.t("Manage Workspace Trust"), command: "workbench.trust.manage", arguments: [] };
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isErrorData(value: unknown): value is ErrorData {
  return (
    isRecord(value) &&
    typeof value["code"] === "string" &&
    typeof value["fix"] === "string" &&
    Array.isArray(value["remedies"])
  );
}

function isCancelled(error: unknown): boolean {
  if (!isRecord(error)) {
    return false;
  }
  return error["code"] === REQUEST_CANCELLED || error["name"] === "Canceled" || error["name"] === "CancellationError";
}

function joinSentences(message: string, fix: string): string {
  const first = message.trim();
  return fix === "" || first.includes(fix) ? first : `${first} ${fix}`;
}

function localFailure(code: string, sentence: string, remedies: readonly ErrorRemedy[]): Failure {
  return { code, sentence, message: sentence, remedies, place: null, details: {}, cancelled: false };
}

/** What the language client throws when the server ended under a request. */
function isDisconnected(error: unknown): boolean {
  return (
    isRecord(error) &&
    /connection got disposed|connection is (closed|disposed)|client is not running/i.test(String(error["message"]))
  );
}

function detailsOf(error: unknown): ErrorData["details"] {
  return isRecord(error) && isErrorData(error["data"]) ? error["data"].details : {};
}

/** Turns whatever was thrown into what is said. Never throws. */
export function failureOf(error: unknown): Failure {
  if (isCancelled(error)) {
    return { ...localFailure("cancelled", "", []), details: detailsOf(error), cancelled: true };
  }
  if (error instanceof LocalFault) {
    return localFailure(error.code, error.message, error.remedies);
  }
  if (isRecord(error) && isErrorData(error["data"])) {
    const data = error["data"];
    const message = typeof error["message"] === "string" ? error["message"] : "";
    const internal = data.code === "internal-error";
    return {
      code: data.code,
      sentence: joinSentences(message, data.fix),
      message: message.trim(),
      remedies: internal && data.remedies.length === 0 ? [remedy("showLog")] : data.remedies,
      place: data.place,
      details: data.details,
      cancelled: data.code === "cancelled",
    };
  }
  if (isDisconnected(error)) {
    return localFailure(
      "server-not-running",
      l10n.t("The Scoredock server stopped before it responded. It is being restarted; try again after that."),
      [remedy("showLog")],
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return localFailure("internal-error", l10n.t("Scoredock could not do this: {0}", message), [remedy("showLog")]);
}

/** Names in the error's details, such as the services that use a model. */
export function detailNames(details: ErrorData["details"], key: string): readonly string[] {
  const value = details[key];
  if (value === undefined) {
    return [];
  }
  return typeof value === "string" ? [value] : value;
}
