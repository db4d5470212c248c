/** Makes an answer of a service readable. No `vscode` here. */
import { STATUS_CODES } from "node:http";
import * as l10n from "@vscode/l10n";

import type { ServiceAnswer } from "../protocol";
import { baseName, bytes, duration } from "../text/format";
import { pretty } from "./json";
import type { DisplayedAnswer } from "./messages";

/** Longer texts are cut: laying out megabytes would freeze the page. */
const SHOWN_LIMIT = 500_000;

function isJson(headers: ServiceAnswer["headers"]): boolean {
  return Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === "content-type" && /[/+]json\b/i.test(value),
  );
}

function cut(text: string): string {
  return text.length <= SHOWN_LIMIT
    ? text
    : `${text.slice(0, SHOWN_LIMIT)}\n… ${l10n.t("{0} characters more", text.length - SHOWN_LIMIT)}`;
}

export function displayedAnswer(answer: ServiceAnswer): DisplayedAnswer {
  const readable = isJson(answer.headers) ? pretty(answer.body) : answer.body;
  const phrase = STATUS_CODES[answer.status] ?? "";
  return {
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    summary: [
      `${answer.status} ${phrase}`.trim(),
      duration(answer.milliseconds),
      bytes(Buffer.byteLength(answer.body)),
    ].join(" · "),
    headers: Object.entries(answer.headers),
    body: cut(readable),
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
