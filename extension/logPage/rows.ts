/** The rows of a log page, one for each line, and what is drawn of them. No `vscode` here. */
import type { LogEvent } from "../protocol";

/** An event as it is shown: of repeated errors the newest, with the count of all. */
export interface ShownEvent {
  readonly event: LogEvent;
  /** How many it stands for, and when the first of them came. */
  count: number;
  firstTime: number;
  /** How many lines were left out before it; the event has none of its own then. */
  readonly leftOut: number;
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

function rowsOf(shown: ShownEvent): LogRow[] {
  return shown.event.lines.map((_, line) => ({ shown, line }));
}

export class LogRows {
  private all: LogRow[] = [];
  private readonly groups = new Map<string, ShownEvent>();
  /** Whether rows at the beginning were given up for newer ones. */
  cut = false;

  constructor(private readonly most: number) {}

  get count(): number {
    return this.all.length;
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
  }

  /** Adds what is new, and gives how many rows went away above: those of errors that came again, and the oldest. */
  append(events: readonly LogEvent[], leftOut: number): number {
    const old = new Set<ShownEvent>();
    const fresh = events.map((event) => this.newest(event, old));
    const before = this.all.length;
    if (old.size > 0) {
      this.all = this.all.filter(({ shown }) => !old.has(shown));
    }
    const gone = before - this.all.length;
    if (leftOut > 0) {
      this.all.push({ shown: { event: GAP, count: 1, firstTime: 0, leftOut }, line: 0 });
    }
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
      leftOut: 0,
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
    const added: LogRow[] = [];
    for (const event of events) {
      const later = event.group === "" ? undefined : this.groups.get(event.group);
      if (later !== undefined) {
        later.count += event.count;
        later.firstTime = Math.min(later.firstTime, event.firstTime);
        continue;
      }
      const shown: ShownEvent = { event, count: event.count, firstTime: event.firstTime, leftOut: 0 };
      if (event.group !== "") {
        this.groups.set(event.group, shown);
      }
      added.push(...rowsOf(shown));
    }
    const room = Math.max(0, this.most - this.all.length);
    const kept = added.length > room ? added.slice(added.length - room) : added;
    this.cut ||= kept.length < added.length;
    this.all = [...kept, ...this.all];
    return kept.length;
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
