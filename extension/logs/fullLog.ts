/** The whole log of a service as text: the rotated files, oldest first, and the newest. No `vscode` here. */
import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";
import * as l10n from "@vscode/l10n";

import { dateTime } from "../text/format";
import { withText } from "../text/joinWords";

/** Characters that an editor still opens gladly; of a longer log the end is shown. */
const LIMIT = 20_000_000;

/** How the runtime begins its own lines. Time and level are shown beside them already. */
const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [DIWEC] \[\d+\] /;

/** A line of the log without the stamp of the runtime. */
export function withoutStamp(text: string): string {
  return text.replace(STAMP, "");
}

interface StoredLine {
  readonly t: number;
  readonly l: string;
  readonly m: string;
}

function isStoredLine(value: unknown): value is StoredLine {
  const record = value as Partial<StoredLine> | null;
  return (
    typeof record === "object" &&
    typeof record?.t === "number" &&
    typeof record.l === "string" &&
    typeof record.m === "string"
  );
}

/** One stored line for people; a line that is not a record stays as it is. */
export function formatLogLine(line: string): string {
  try {
    const record: unknown = JSON.parse(line);
    return isStoredLine(record) ? `${dateTime(record.t)} ${record.l} ${withoutStamp(record.m)}` : line;
  } catch {
    return line;
  }
}

/** `service.jsonl.2`, `service.jsonl.1`, `service.jsonl`. */
async function parts(file: string): Promise<string[]> {
  const name = path.basename(file);
  const age = (entry: string): number => (entry === name ? 0 : Number(entry.slice(name.length + 1)));
  const entries = (await readdir(path.dirname(file))).filter(
    (entry) => entry === name || (entry.startsWith(`${name}.`) && /^\d+$/.test(entry.slice(name.length + 1))),
  );
  return entries.sort((one, other) => age(other) - age(one)).map((entry) => path.join(path.dirname(file), entry));
}

export async function fullLog(file: string): Promise<string> {
  const texts: string[] = [];
  for (const part of await parts(file)) {
    const stored = await readFile(part, "utf8");
    texts.push(...withText(stored.split("\n")).map(formatLogLine));
  }
  const whole = texts.join("\n");
  return whole.length <= LIMIT
    ? whole
    : `${l10n.t("Earlier lines are in {0}", path.dirname(file))}\n${whole.slice(-LIMIT)}`;
}
