/** Words for numbers, times and lists, as every view shows them. No `vscode` here: the texts are unit-tested. */
import * as l10n from "@vscode/l10n";
import { withText } from "./joinWords";
import { inLines } from "./visible";

export { bytes } from "./size";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

function dayNumber(when: Date): number {
  return Math.floor(Date.UTC(when.getFullYear(), when.getMonth(), when.getDate()) / 86_400_000);
}

/**
 * How long ago, in the words of a list: `just now`, `5 min ago`, `today`, `yesterday`, else the date. Both in seconds.
 */
export function ago(created: number, now: number): string {
  const elapsed = now - created;
  if (elapsed < MINUTE) {
    return l10n.t("just now");
  }
  if (elapsed < HOUR) {
    return l10n.t("{0} min ago", Math.floor(elapsed / MINUTE));
  }
  const days = dayNumber(new Date(now * 1000)) - dayNumber(new Date(created * 1000));
  if (days <= 0) {
    return l10n.t("today");
  }
  if (days === 1) {
    return l10n.t("yesterday");
  }
  return days < 7 ? l10n.t("{0} days ago", days) : date(created);
}

/** `2026-11-20`, in the time zone of the person. */
export function date(seconds: number): string {
  const when = new Date(seconds * 1000);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
}

/** `2026-11-20 07:15:25`, in the time zone of the person. */
export function dateTime(seconds: number): string {
  return `${date(seconds)} ${clock(seconds)}`;
}

/** `2026-11-20 07:15:25.042`, as log channels of the editor write it. */
export function stamp(seconds: number): string {
  const milliseconds = String(new Date(seconds * 1000).getMilliseconds()).padStart(3, "0");
  return `${dateTime(seconds)}.${milliseconds}`;
}

/** `07:15:25`, in the time zone of the person. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

/** Duration of a request: `8 ms`, `1.2 s`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `1 file`, `3 files`. */
export function files(count: number): string {
  return count === 1 ? l10n.t("1 file") : l10n.t("{0} files", count);
}

/** `1 version`, `3 versions`. */
export function versions(count: number): string {
  return count === 1 ? l10n.t("1 version") : l10n.t("{0} versions", count);
}

/** Tags as one line: `champion, stage=production`. */
export function tags(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => (value === "" ? key : `${key}=${value}`))
    .join(", ");
}

/** The same for a row of a list: of a long value the beginning, which is enough to tell digests apart. */
export function shortTags(pairs: Readonly<Record<string, string>>): string {
  const short = (value: string): string => (value.length > 24 ? `${value.slice(0, 12)}…` : value);
  return tags(Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, short(value)])));
}

/**
 * What a person typed for tags, or the sentence that says what is wrong with it. A key without `=` has an empty value.
 */
export function parseTags(text: string): { tags: Record<string, string> } | { problem: string } {
  const found: Record<string, string> = {};
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") {
      continue;
    }
    const at = part.indexOf("=");
    const key = (at < 0 ? part : part.slice(0, at)).trim();
    if (key === "") {
      return { problem: l10n.t("A name is missing before the equals sign: {0}", part) };
    }
    if (Object.hasOwn(found, key)) {
      return { problem: l10n.t("{0} is listed twice.", key) };
    }
    found[key] = at < 0 ? "" : part.slice(at + 1).trim();
  }
  return { tags: found };
}

/**
 * A sentence whose values come from outside, for messages and prompts: the editor makes links of what is written as
 * `[text](command:…)` there, also in folders that are not trusted. A character without width keeps it from that. What
 * cannot be seen is shown.
 */
export function withoutLinks(sentence: string): string {
  return inLines(sentence).replaceAll("](", "]\u200b(");
}

/** Last part of a path of either separator, for titles. */
export function baseName(path: string): string {
  const parts = withText(path.split(/[\\/]/));
  return parts.at(-1) ?? path;
}

/** `a, b, c`; of many the first ones. */
export function few(names: readonly string[]): string {
  const shown = names.length > 5 ? [...names.slice(0, 4), l10n.t("and {0} more", names.length - 4)] : names;
  return shown.join(", ");
}
