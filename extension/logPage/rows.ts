/** The rows of a log page, one for each line, and what is drawn of them. No `vscode` here. */
import type { LogCursor, LogEvent } from "../protocol";

/** Lines that were left out, from and to a place in the log of each service; they are read when they are looked at. */
export interface LogGap {
  readonly from: readonly LogCursor[];
  /** Where it ended before a part of it was read. */
  readonly last: readonly LogCursor[];
  readonly to: readonly LogCursor[];
  /** Lines of it that are no longer kept, as far as it was read. */
  readonly lost: number;
}

/** A part of a gap that was read, and where what is left of it ends. */
export interface GapPart {
  readonly events: readonly LogEvent[];
  readonly earlier: readonly LogCursor[];
  readonly lost: number;
}

/** An event as it is shown: of repeated errors the newest, with the count of all. */
export interface ShownEvent {
  readonly event: LogEvent;
  /** How many it stands for, and when the first of them came. */
  count: number;
  firstTime: number;
  /** Lines that were left out here; the event has none of its own then. */
  readonly gap: LogGap | undefined;
}

export interface LogRow {
  readonly shown: ShownEvent;
  /** Which line of its event; 0 for the first. */
  readonly line: number;
}

const GAP: LogEvent = {
  service: "",
  sequence: 0,
  time: 0,
  stream: "server",
  level: "warning",
  lines: [""],
  requestId: "",
  group: "",
  count: 1,
  firstTime: 0,
};

/** How many lines of a gap are not read yet. */
export function linesIn({ from, to }: LogGap): number {
  const first = new Map(from.map(({ service, before }) => [service, before]));
  return to.reduce((sum, { service, before }) => sum + Math.max(0, before - (first.get(service) ?? before)), 0);
}

function rowsOf(shown: ShownEvent): LogRow[] {
  return shown.event.lines.map((_, line) => ({ shown, line }));
}

/** Where the gap was, how many rows there are more, how many went away above, and what is left of it. */
interface FilledGap {
  readonly index: number;
  readonly more: number;
  readonly goneAbove: number;
  readonly rest: LogGap | undefined;
}

export class LogRows {
  private all: LogRow[] = [];
  private readonly groups = new Map<string, ShownEvent>();
  private unread = 0;
  private gaps = 0;
  /** Whether rows at the beginning were given up for newer ones. */
  cut = false;

  constructor(private readonly most: number) {}

  get count(): number {
    return this.all.length;
  }

  /** Rows that are lines of the log, and no gaps. */
  get lines(): number {
    return this.all.length - this.gaps;
  }

  /** Lines that were left out and are not read yet, whether they fit or not. */
  get leftOut(): number {
    return this.unread;
  }

  at(index: number): LogRow | undefined {
    return this.all[index];
  }

  slice(from: number, to: number): readonly LogRow[] {
    return this.all.slice(from, to);
  }

  clear(): void {
    this.all = [];
    this.groups.clear();
    this.cut = false;
    this.unread = this.gaps = 0;
  }

  /** Adds what is new, and gives how many rows went away above: those of errors that came again, and the oldest. */
  append(events: readonly LogEvent[], gap?: LogGap): number {
    const old = new Set<ShownEvent>();
    const fresh = events.map((event) => this.newest(event, old));
    const before = this.all.length;
    if (old.size > 0) {
      this.all = this.all.filter(({ shown }) => !old.has(shown));
    }
    const gone = before - this.all.length;
    this.all.push(...this.gapRow(gap));
    // One by one: as arguments of one call they could be too many.
    for (const row of fresh.filter((shown) => !old.has(shown)).flatMap(rowsOf)) {
      this.all.push(row);
    }
    return gone + this.giveUpOldest();
  }

  /** The event with the count of those before it, which are then old. */
  private newest(event: LogEvent, old: Set<ShownEvent>): ShownEvent {
    const before = event.group === "" ? undefined : this.groups.get(event.group);
    const shown: ShownEvent = {
      event,
      count: event.count + (before?.count ?? 0),
      firstTime: Math.min(event.firstTime, before?.firstTime ?? event.firstTime),
      gap: undefined,
    };
    if (before !== undefined) {
      old.add(before);
    }
    if (event.group !== "") {
      this.groups.set(event.group, shown);
    }
    return shown;
  }

  /** Adds what is earlier, and gives how many rows came. */
  prepend(events: readonly LogEvent[]): number {
    const added = this.earlier(events);
    const room = Math.max(0, this.most - this.all.length);
    const kept = added.length > room ? added.slice(added.length - room) : added;
    this.cut ||= kept.length < added.length;
    this.all = [...kept, ...this.all];
    return kept.length;
  }

  /** Puts the end of a gap behind what is left of it. */
  fill(gap: LogGap, { events, earlier, lost }: GapPart): FilledGap | undefined {
    const index = this.all.findIndex(({ shown }) => shown.gap === gap);
    if (index < 0) {
      return undefined; // given up with the oldest rows
    }
    this.gaps -= 1;
    this.unread -= linesIn(gap);
    const left = this.gapRow({ ...gap, to: earlier, lost: gap.lost + lost });
    const added = [...left, ...this.earlier(events)];
    this.all = [...this.all.slice(0, index), ...added, ...this.all.slice(index + 1)];
    return { index, more: added.length - 1, goneAbove: this.giveUpOldest(), rest: left[0]?.shown.gap };
  }

  /** The row of a gap that has lines, or had some that are no longer kept. */
  private gapRow(gap: LogGap | undefined): readonly LogRow[] {
    if (gap === undefined || linesIn(gap) + gap.lost === 0) {
      return [];
    }
    this.gaps += 1;
    this.unread += linesIn(gap);
    return [{ shown: { event: GAP, count: 1, firstTime: 0, gap }, line: 0 }];
  }

  /** Rows of events before others that are shown: repeats of those are counted there. */
  private earlier(events: readonly LogEvent[]): readonly LogRow[] {
    const added: LogRow[] = [];
    for (const event of events) {
      const later = event.group === "" ? undefined : this.groups.get(event.group);
      if (later !== undefined) {
        later.count += event.count;
        later.firstTime = Math.min(later.firstTime, event.firstTime);
        continue;
      }
      const shown: ShownEvent = { event, count: event.count, firstTime: event.firstTime, gap: undefined };
      if (event.group !== "") {
        this.groups.set(event.group, shown);
      }
      added.push(...rowsOf(shown));
    }
    return added;
  }

  /** The next row with the text after `from`, or before it; around the end; -1 for none. `text` in lower case. */
  find(text: string, from: number, step: 1 | -1): number {
    const { length } = this.all;
    for (let tried = 1; tried <= length; tried += 1) {
      const index = (((from + step * tried) % length) + length) % length;
      if (this.holds(index, text)) {
        return index;
      }
    }
    return -1;
  }

  /** How many rows of a part have the text. */
  countOf(text: string, from: number, to: number): number {
    let found = 0;
    for (let index = from; index < Math.min(to, this.all.length); index += 1) {
      found += this.holds(index, text) ? 1 : 0;
    }
    return found;
  }

  private holds(index: number, text: string): boolean {
    const row = this.all[index];
    return row !== undefined && lineOf(row).toLowerCase().includes(text);
  }

  private giveUpOldest(): number {
    const much = this.all.length - this.most;
    if (much <= 0) {
      return 0;
    }
    this.cut = true;
    for (const { shown } of this.all.slice(0, much)) {
      if (shown.gap !== undefined) {
        this.gaps -= 1;
        this.unread -= linesIn(shown.gap);
      }
      if (shown.event.group !== "" && this.groups.get(shown.event.group) === shown) {
        this.groups.delete(shown.event.group);
      }
    }
    this.all = this.all.slice(much);
    return much;
  }
}

export function lineOf({ shown, line }: LogRow): string {
  return shown.event.lines[line] ?? "";
}

/** The part of a list that is drawn: what is in view, and a little around it. */
export function drawnPart(top: number, height: number, rowHeight: number, count: number): readonly [number, number] {
  const AROUND = 15;
  const first = Math.max(0, Math.floor(top / rowHeight) - AROUND);
  return [Math.min(first, count), Math.min(count, Math.ceil((top + height) / rowHeight) + AROUND)];
}

/** `10:31:02.118`, in the time zone of the person. */
export function clockTime(seconds: number): string {
  const when = new Date(seconds * 1000);
  const two = (part: number): string => String(part).padStart(2, "0");
  const clock = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(":");
  return `${clock}.${String(when.getMilliseconds()).padStart(3, "0")}`;
}

/** The text with what stands for {0}, {1}. */
export function withValues(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
