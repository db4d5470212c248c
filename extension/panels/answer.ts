/** Makes an answer of a service readable. No `vscode` here. */
import { STATUS_CODES } from "node:http";
import * as l10n from "@vscode/l10n";

import type { ServiceAnswer } from "../protocol";
import { bytes, duration } from "../text";
import type { Shown } from "./messages";

/** Longer texts are shown as they are and cut: laying out megabytes would freeze the page. */
const PRETTY_LIMIT = 2_000_000;
const SHOWN_LIMIT = 500_000;

function isJson(headers: ServiceAnswer["headers"]): boolean {
  return Object.entries(headers).some(([name, value]) => name.toLowerCase() === "content-type" && /[/+]json\b/i.test(value));
}

/** JSON with line breaks; anything else, and JSON that is not valid, as it is. */
function pretty(body: string): string {
  if (body.length > PRETTY_LIMIT) {
    return body;
  }
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

function cut(text: string): string {
  return text.length <= SHOWN_LIMIT ? text : `${text.slice(0, SHOWN_LIMIT)}\n… ${l10n.t("{0} characters more", text.length - SHOWN_LIMIT)}`;
}

/** Numbers keep the digits they came with only while JavaScript can hold them: a long integer is shown as it is. */
function holdsLongNumbers(body: string): boolean {
  return /\d{16,}/.test(body);
}

export function shown(answer: ServiceAnswer): Shown {
  const readable = isJson(answer.headers) && !holdsLongNumbers(answer.body) ? pretty(answer.body) : answer.body;
  const phrase = STATUS_CODES[answer.status] ?? "";
  return {
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    summary: [`${answer.status} ${phrase}`.trim(), duration(answer.milliseconds), bytes(Buffer.byteLength(answer.body))].join(" · "),
    headers: Object.entries(answer.headers),
    body: cut(readable),
  };
}
