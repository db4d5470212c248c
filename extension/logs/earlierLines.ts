/** Lines of a log that were written before they are shown. No `vscode` here. */
import type { LogLine } from "../protocol";
import { stamp } from "../text/format";
import { withoutStamp } from "./fullLog";

/** Seconds after which a line keeps its own time: the channel stamps the time at which a line is shown. */
const OLD = 3;

/** Lines from before that follow one another. */
export interface Earlier {
  readonly lines: readonly LogLine[];
}

/** The lines in their order: those from before together, the others one by one. `now` in seconds. */
export function parts(lines: readonly LogLine[], now: number): readonly (LogLine | Earlier)[] {
  const found: (LogLine | { readonly lines: LogLine[] })[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (now - line.time <= OLD) {
      found.push(line);
    } else if (last !== undefined && "lines" in last) {
      last.lines.push(line);
    } else {
      found.push({ lines: [line] });
    }
  }
  return found;
}

/** A line as the channel itself would have written it at its time, so that filtering by level works for it, too. */
export function withTime(line: LogLine): string {
  return `${stamp(line.time)} [${line.level}] ${withoutStamp(line.text)}`;
}
