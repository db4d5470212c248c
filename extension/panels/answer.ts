/** Makes a response of a service readable. No `vscode` here. */
import { STATUS_CODES } from "node:http";
import * as l10n from "@vscode/l10n";

import type { ServiceResponse } from "../protocol";
import { baseName, bytes, duration } from "../text/format";
import { joinWords } from "../text/joinWords";
import { pretty } from "./json";
import type { DisplayedAnswer, DisplayedTable } from "./messages";

/** Longer texts are cut: laying out megabytes would freeze the page. */
const SHOWN_LIMIT = 500_000;

function cut(text: string, all: number): string {
  const shown = text.slice(0, SHOWN_LIMIT);
  const more = Math.max(0, all - Buffer.byteLength(shown));
  return text.length <= SHOWN_LIMIT && more === 0 ? text : `${shown}\n… ${l10n.t("{0} more", bytes(more))}`;
}

function shownText({ media, text, isWhole, size }: ServiceResponse): string {
  const readable = media === "json" && isWhole ? pretty(text) : text;
  return cut(readable, isWhole ? Buffer.byteLength(readable) : size);
}

/** `200 OK`. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}

function sizeOf({ size, wireSize, encoding }: ServiceResponse): string {
  return encoding === "" ? bytes(size) : l10n.t("{0}, came as {1} of {2}", bytes(size), bytes(wireSize), encoding);
}

/** What must be said of the body beside showing it. */
function noteOf(answer: ServiceResponse): string {
  const way = answer.redirects.length === 0 ? "" : l10n.t("Redirected by {0}.", answer.redirects.join(", "));
  return joinWords([bodyNote(answer), way], " ");
}

function bodyNote({ media, size, isCut, isWhole }: ServiceResponse): string {
  if (isCut) {
    return l10n.t("The response is larger than what is received at most. Only its first {0} are here.", bytes(size));
  }
  if (media === "binary") {
    return l10n.t(
      "The response is {0} of bytes that are not text. “Save Response…” writes them to a file.",
      bytes(size),
    );
  }
  return isWhole ? "" : l10n.t("This is the beginning. “Save Response…” writes all {0} to a file.", bytes(size));
}

function tableOf({ table }: ServiceResponse): DisplayedTable | null {
  if (table === null) {
    return null;
  }
  const { columns, rows, rowCount, columnCount, path } = table;
  const cutRows = rowCount > rows.length;
  const cutColumns = columnCount > columns.length;
  const size =
    cutRows || cutColumns
      ? l10n.t(
          "{0}: the first {1} of {2} rows, {3} of {4} columns",
          path,
          rows.length,
          rowCount,
          columns.length,
          columnCount,
        )
      : l10n.t("{0}: {1} rows, {2} columns", path, rowCount, columnCount);
  return { caption: size, columns, rows };
}

export function displayedAnswer(answer: ServiceResponse): DisplayedAnswer {
  return {
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    summary: [statusLine(answer.status), duration(answer.milliseconds), sizeOf(answer)].join(" · "),
    headers: Object.entries(answer.headers),
    body: shownText(answer),
    image: answer.media === "image" ? `data:${answer.imageType};base64,${answer.base64}` : "",
    table: tableOf(answer),
    note: noteOf(answer),
    canBeSaved: answer.size > 0,
    canBeRecorded: answer.isWhole,
    // The marks of code are for documents; the page shows plain text.
    advice: answer.advice.replaceAll("`", ""),
    exception: answer.failure?.message ?? "",
    frames: [...(answer.failure?.frames ?? [])].reverse().map((frame) => ({
      place: l10n.t("{0}:{1} in {2}", baseName(frame.file), frame.line, frame.function),
      code: frame.text.trim(),
    })),
    log: answer.logLines.join("\n"),
  };
}
