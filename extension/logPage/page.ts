/** Script of the page of a log: draws the rows in view. What comes from outside reaches it as text nodes only. */
import { placesIn } from "../logs/tracebacks";
import type { LogCursor } from "../protocol";
import { Channel, read } from "../webview/channel";
import { element, make } from "../webview/elements";
import { onKeyboard } from "../webview/keyboard";
import { menuBehind } from "../webview/menu";
import {
  FIRST_ROUND,
  type Filter,
  MOST_ROWS,
  type FromLogPage,
  type LogPageState,
  type LogPart,
  type ToLogPage,
} from "./messages";
import { clockTime, drawnPart, withValues, lineOf, linesIn, type LogGap, type LogRow, LogRows } from "./rows";
import type { LogTexts } from "./texts";

/** Characters of a line that are drawn; copying takes all. */
const DRAWN = 2_000;
/** Milliseconds after the last key until a filter is used. */
const PAUSE = 250;
/** Pixels from the top at which earlier lines are read. */
const NEAR = 2_000;
/** LogRows below which earlier lines are read by themselves. */
const FEW = 300;
/** LogRows that are searched at once. */
const CHUNK = 5_000;

const TEXT_FIELDS = ["include", "exclude", "requestId"] as const;
const TOGGLES = ["regex", "hideHealth", "previous", "collapse"] as const;

function input(id: string): HTMLInputElement {
  return element(id, HTMLInputElement);
}

const channel = new Channel<{ from: FromLogPage; to: ToLogPage; state: LogPageState }>();
const texts = read("texts") as LogTexts;
const rows = new LogRows(MOST_ROWS);
const list = element("log");
const space = element("space");
const level = element("level", HTMLSelectElement);

/** Of the newest question; answers to others are dropped. */
let round = FIRST_ROUND - 1;
let earlier: readonly LogCursor[] = [];
let earliest = 0;
/** Lines before the first ones that are no longer kept. */
let lost = 0;
/** What was left out and is being read, and what was clicked and is read to its end. */
let reading: LogGap | undefined;
let opening: LogGap | undefined;
let loading = false;
let gone: readonly string[] = [];
let newLines = 0;
/** The row that the keyboard is on, and where a selection began; -1 for none. */
let active = -1;
let anchor = -1;
let lastTop = 0;
let timer = 0;
let scheduled = false;
/** Timer of the next count of what is searched, and the number of the newest count. */
let recount = 0;
let searches = 0;

/** Pixels of a row; all are of one height, so that a place in the list is a number. */
const rowHeight = ((): number => {
  const probe = make("div", "line-row", "x");
  space.append(probe);
  const { height } = probe.getBoundingClientRect();
  probe.remove();
  return Math.max(12, Math.round(height));
})();

/* ------------------------------------------------------------------ questions */

function keep(): void {
  channel.keep({});
  channel.send({ kind: "keep", state: channel.state });
}

function show(change: Partial<LogPageState>): void {
  channel.state = { ...channel.state, ...change };
  round += 1;
  loading = true;
  reading = opening = undefined;
  list.setAttribute("aria-busy", "true");
  channel.send({ kind: "show", round, state: channel.state });
  drawFooter();
}

/** What is typed counts at once when something else of the filter is changed. */
function filter(change: Partial<Filter>): void {
  window.clearTimeout(timer);
  const [include = "", exclude = "", requestId = ""] = TEXT_FIELDS.map((id) => input(id).value);
  show({ filter: { ...channel.state.filter, include, exclude, requestId, ...change } });
}

function readEarlier(): void {
  if (!loading && earlier.length > 0 && rows.count < MOST_ROWS) {
    loading = true;
    channel.send({ kind: "earlier", round, before: earlier });
    drawFooter();
  }
}

/** Reads what was left out, from its end, a part at a time. */
function readGap(gap: LogGap): void {
  if (!loading && linesIn(gap) > 0) {
    loading = true;
    reading = gap;
    channel.send({ kind: "gap", round, gap });
    drawFooter();
  }
}

/** All of it. */
function openGap(gap: LogGap): void {
  opening = gap;
  readGap(gap);
}

/** What is left out in view. While new lines are followed they would push away what is read. */
function gapInView(): LogGap | undefined {
  const first = Math.floor(list.scrollTop / rowHeight);
  const inView = rows.slice(first, first + Math.ceil(list.clientHeight / rowHeight));
  const gap = inView.map(({ shown }) => shown.gap).find((one) => one !== undefined && linesIn(one) > 0);
  return channel.state.follow ? undefined : gap;
}

/** Reads on what was clicked or is in view, where little was found, and to the beginning where repeats are counted. */
function readOn(): void {
  const gap = opening ?? gapInView();
  if (gap !== undefined) {
    readGap(gap);
  }
  if (list.scrollTop < NEAR || rows.count < FEW || channel.state.filter.collapse) {
    readEarlier();
  }
}

/* ------------------------------------------------------------------ drawing */

function schedule(): void {
  if (!scheduled) {
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }
}

function textOf(row: LogRow): (Node | string)[] {
  const whole = lineOf(row);
  const text = whole.length > DRAWN ? `${whole.slice(0, DRAWN)} … (${whole.length - DRAWN})` : whole;
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const place of placesIn(text)) {
    const link = make("span", "link", text.slice(place.start, place.end));
    link.title = withValues(texts.openLine, place.line);
    link.addEventListener("click", () => channel.send({ kind: "open", file: place.file, line: place.line }));
    parts.push(text.slice(end, place.start), link);
    end = place.end;
  }
  return [...parts, text.slice(end)];
}

function serviceMark(name: string): HTMLElement {
  const mark = make("span", "service", name);
  mark.classList.add(`colour${Math.max(0, channel.state.services.indexOf(name)) % 6}`);
  return mark;
}

function headOf({ shown, line }: LogRow): Node[] {
  const { event } = shown;
  const first = line === 0;
  const parts: Node[] = [make("span", "time", first ? clockTime(event.time) : "")];
  if (channel.state.services.length > 1) {
    parts.push(serviceMark(event.service));
  }
  parts.push(make("span", `level ${event.level}`, first ? texts.levels[event.level] : ""));
  if (first && shown.count > 1) {
    parts.push(make("span", "repeats", withValues(texts.times, shown.count, clockTime(shown.firstTime))));
  }
  return parts;
}

function requestButton(row: LogRow): (Node | string)[] {
  const { requestId } = row.shown.event;
  if (requestId === "" || requestId === channel.state.filter.requestId) {
    return [];
  }
  const mark = make("span", "link request", texts.onlyRequest);
  mark.addEventListener("click", () => {
    input("requestId").value = requestId;
    filter({ requestId });
  });
  return [" ", mark];
}

function isSelected(index: number): boolean {
  return active >= 0 && index >= Math.min(active, anchor) && index <= Math.max(active, anchor);
}

function gapText(gap: LogGap): string {
  const { include, exclude, requestId, level: least, hideHealth } = channel.state.filter;
  const lines = linesIn(gap);
  if (lines === 0) {
    return withValues(texts.lost, gap.lost.toLocaleString());
  }
  const filtered = include + exclude + requestId !== "" || least !== "debug" || hideHealth;
  return withValues(filtered ? texts.leftOutFiltered : texts.leftOut, lines.toLocaleString());
}

function rowElement(row: LogRow, index: number): HTMLElement {
  const made = make("div", "line-row", "");
  made.setAttribute("role", "option");
  made.id = `row-${index}`;
  made.dataset["index"] = String(index);
  made.setAttribute("aria-posinset", String(index + 1));
  made.setAttribute("aria-setsize", String(rows.count));
  made.setAttribute("aria-selected", String(isSelected(index)));
  made.classList.toggle("active", index === active);
  made.style.transform = `translateY(${index * rowHeight}px)`;
  const { gap } = row.shown;
  if (gap !== undefined) {
    made.classList.add(linesIn(gap) > 0 ? "gap" : "lost");
    made.append(gapText(gap));
  } else {
    made.classList.add(row.shown.event.level);
    made.append(...headOf(row), ...textOf(row), ...requestButton(row));
  }
  return made;
}

function draw(): void {
  const { count } = rows;
  space.style.height = `${count * rowHeight}px`;
  if (channel.state.follow) {
    list.scrollTop = list.scrollHeight;
  }
  lastTop = list.scrollTop;
  const [from, to] = drawnPart(list.scrollTop, list.clientHeight, rowHeight, count);
  // What a person has selected with the mouse stays while it is in view.
  const selecting = document.getSelection()?.isCollapsed === false;
  if (!selecting || channel.state.follow) {
    space.replaceChildren(...rows.slice(from, to).map((row, index) => rowElement(row, from + index)));
  }
  if (active >= from && active < to) {
    list.setAttribute("aria-activedescendant", `row-${active}`);
  } else {
    list.removeAttribute("aria-activedescendant");
  }
  drawFooter();
}

/** Where what is shown begins. */
function beginText(): string {
  if (rows.cut || (earlier.length > 0 && rows.count >= MOST_ROWS)) {
    return texts.cut;
  }
  if (earlier.length > 0) {
    return texts.earlier;
  }
  if (channel.state.filter.previous) {
    return texts.beginPrevious;
  }
  return lost > 0 ? withValues(texts.beginKept, lost.toLocaleString()) : texts.begin;
}

function aboveText(): string {
  if (loading) {
    return earliest > 0 && reading === undefined ? withValues(texts.looking, clockTime(earliest)) : texts.reading;
  }
  const { leftOut } = rows;
  return leftOut > 0 ? `${beginText()} · ${withValues(texts.gaps, leftOut.toLocaleString())}` : beginText();
}

function emptyText(): string {
  const { filter: wanted } = channel.state;
  if (wanted.previous) {
    return texts.nothingPrevious;
  }
  const filters = wanted.include + wanted.exclude + wanted.requestId;
  return filters !== "" || wanted.level !== "debug" ? texts.nothingFiltered : texts.nothing;
}

function drawFooter(): void {
  element("above").textContent = aboveText();
  element("count").textContent = withValues(texts.lines, rows.lines.toLocaleString());
  const empty = element("empty");
  empty.hidden = rows.count > 0 || loading;
  empty.textContent = empty.hidden ? "" : emptyText();
  const button = element("newLines");
  button.hidden = channel.state.follow || newLines === 0;
  button.textContent = withValues(texts.newLines, newLines.toLocaleString());
  element("follow").setAttribute("aria-pressed", String(channel.state.follow));
  const notice = element("notice");
  notice.hidden = gone.length === 0;
  notice.textContent = notice.hidden ? "" : withValues(texts.gone, gone.join(", "));
}

function drawBar(): void {
  const { filter: wanted } = channel.state;
  level.value = wanted.level;
  const on = [
    wanted.level !== "debug",
    wanted.exclude !== "",
    wanted.requestId !== "",
    ...TOGGLES.map((id) => wanted[id]),
  ];
  const many = on.filter(Boolean).length;
  element("filters").textContent = many === 0 ? texts.filter : withValues(texts.filtersOn, many);
  for (const id of TOGGLES) {
    element(id).setAttribute("aria-pressed", String(wanted[id]));
  }
  const several = channel.state.services.length > 1;
  element("services").hidden = !several;
  element("services").replaceChildren(...(several ? channel.state.services.map(serviceMark) : []));
}

function drawFields(): void {
  for (const id of TEXT_FIELDS) {
    input(id).value = channel.state.filter[id];
  }
}

/* ------------------------------------------------------------------ what comes */

function takePart(part: LogPart): void {
  ({ earlier, earliest } = part);
  loading = false;
  list.removeAttribute("aria-busy");
}

function takePage(part: LogPart): void {
  rows.clear();
  rows.append(part.events);
  takePart(part);
  ({ gone, lost } = part);
  active = anchor = -1;
  newLines = 0;
  sayFault("", "");
  keep();
  drawBar();
  draw();
  count();
  readOn();
}

function takeEarlier(part: LogPart): void {
  const added = rows.prepend(part.events);
  takePart(part);
  lost += part.lost;
  move(added);
  if (!channel.state.follow) {
    space.style.height = `${rows.count * rowHeight}px`;
    list.scrollTop += added * rowHeight;
  }
  draw();
  count();
  readOn();
}

/** What was below the gap stays where it is when one came from there; otherwise what was above it. */
function takeGap(part: LogPart): void {
  const filled = reading === undefined ? undefined : rows.fill(reading, part);
  opening = opening === reading ? filled?.rest : opening;
  reading = undefined;
  loading = false;
  if (filled !== undefined) {
    const { index, more, goneAbove } = filled;
    move((active > index ? more : 0) - goneAbove);
    space.style.height = `${rows.count * rowHeight}px`;
    if (!channel.state.follow) {
      const isAbove = index * rowHeight < list.scrollTop + list.clientHeight / 2;
      list.scrollTop += ((isAbove ? more : 0) - goneAbove) * rowHeight;
    }
  }
  draw();
  count();
  readOn();
}

/** LogRows came above, or went away. */
function move(by: number): void {
  if (active >= 0) {
    active = Math.max(0, active + by);
    anchor = Math.max(0, anchor + by);
  }
}

function takeNew(message: Extract<ToLogPage, { kind: "new" }>): void {
  const { events, leftOutFrom, leftOutTo } = message;
  const goneAbove = rows.append(events, { from: leftOutFrom, last: leftOutTo, to: leftOutTo, lost: 0 });
  move(-goneAbove);
  if (message.gone.length > 0) {
    gone = [...new Set([...gone, ...message.gone])];
  }
  if (!channel.state.follow) {
    newLines += events.reduce((sum, { lines }) => sum + lines.length, 0);
    list.scrollTop = Math.max(0, list.scrollTop - goneAbove * rowHeight);
  }
  if (message.refused !== "") {
    sayFault(message.refusedField, message.refused);
  }
  channel.send({ kind: "drawn", watch: message.watch, batch: message.batch });
  schedule();
  if (input("find").value !== "" && recount === 0) {
    recount = window.setTimeout(() => {
      recount = 0;
      count();
    }, 1000);
  }
}

function sayFault(name: string, message: string): void {
  const fault = element("fault");
  fault.hidden = message === "";
  fault.textContent = message;
  for (const id of TEXT_FIELDS) {
    input(id).setAttribute("aria-invalid", String(id === name));
  }
}

function refuse(message: Extract<ToLogPage, { kind: "refused" }>): void {
  loading = false;
  reading = opening = undefined;
  list.removeAttribute("aria-busy");
  // The last filter that could be used holds, and what it found stays.
  sayFault(message.field, message.message);
  drawFooter();
}

/** Answers to an older question are dropped. */
function ofNow<M extends { readonly round: number }>(take: (message: M) => void): (message: M) => void {
  return (message) => {
    if (message.round === round) {
      take(message);
    }
  };
}

/* ------------------------------------------------------------------ follow, move, select */

function follow(on: boolean): void {
  if (channel.state.follow !== on) {
    channel.state = { ...channel.state, follow: on };
    keep();
  }
  if (on) {
    newLines = 0;
  }
  schedule();
}

function isAtEnd(): boolean {
  return list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
}

function onScroll(): void {
  const { scrollTop } = list;
  if (scrollTop < lastTop - 1 && !isAtEnd()) {
    follow(false);
  } else if (scrollTop > lastTop && isAtEnd()) {
    follow(true);
  }
  lastTop = scrollTop;
  schedule();
  const gap = gapInView();
  if (gap !== undefined) {
    readGap(gap);
  }
  if (scrollTop < NEAR) {
    readEarlier();
  }
}

function reveal(index: number): void {
  const top = index * rowHeight;
  if (top < list.scrollTop) {
    list.scrollTop = top;
  } else if (top + rowHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + rowHeight - list.clientHeight;
  }
}

/** The keyboard goes to a row. */
function go(index: number, extend: boolean): void {
  if (rows.count === 0) {
    return;
  }
  active = Math.min(rows.count - 1, Math.max(0, index));
  anchor = extend && anchor >= 0 ? anchor : active;
  if (active < rows.count - 1) {
    follow(false);
  }
  reveal(active);
  schedule();
}

function openPlace(index: number): void {
  const row = rows.at(index);
  if (row?.shown.gap !== undefined) {
    openGap(row.shown.gap);
  }
  const place = row === undefined ? undefined : placesIn(lineOf(row))[0];
  if (place !== undefined) {
    channel.send({ kind: "open", file: place.file, line: place.line });
  }
}

function plainLine(row: LogRow): string {
  const { event, gap } = row.shown;
  if (gap !== undefined) {
    return gapText(gap);
  }
  const service = channel.state.services.length > 1 ? `${event.service} ` : "";
  const head = row.line === 0 ? `${clockTime(event.time)} ${service}[${event.level}] ` : "";
  return head + lineOf(row);
}

function copy(): void {
  const [from, to] = active < 0 ? [0, rows.count] : [Math.min(active, anchor), Math.max(active, anchor) + 1];
  channel.send({ kind: "copy", text: rows.slice(from, to).map(plainLine).join("\n") });
  element("said").textContent = withValues(texts.copied, (to - from).toLocaleString());
}

/** How far a key moves the keyboard, and whether it is one that does. */
function target(key: string): number | undefined {
  const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
  const from = active < 0 ? Math.ceil((list.scrollTop + list.clientHeight) / rowHeight) - 1 : active;
  const targets: Readonly<Record<string, number>> = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    PageUp: from - page,
    PageDown: from + page,
    Home: 0,
    End: rows.count - 1,
  };
  return targets[key];
}

/** Goes to another row, and says whether the key is one that does. */
function moveByKey({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  const to = target(key);
  const far = key === "Home" || key === "End";
  if (to === undefined || ((ctrlKey || metaKey) && !far)) {
    return false;
  }
  go(to, shiftKey);
  if (key === "End") {
    follow(true);
  }
  return true;
}

function commandKey({ key }: KeyboardEvent): boolean {
  if (key === "a") {
    [anchor, active] = [0, rows.count - 1];
    schedule();
    return true;
  }
  if (key === "c" && document.getSelection()?.isCollapsed !== false) {
    copy();
    return true;
  }
  return false;
}

function listKey(event: KeyboardEvent): void {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Enter") {
    openPlace(active);
  } else if (!moveByKey(event) && !(command && commandKey(event))) {
    return;
  }
  event.preventDefault();
}

/* ------------------------------------------------------------------ find */

/** Counts the rows with the text, a part after the other, so that the keys in between are taken. */
function count(): void {
  const text = input("find").value.toLowerCase();
  searches += 1;
  const mine = searches;
  const part = (from: number, before: number): void => {
    if (mine !== searches) {
      return;
    }
    const total = before + rows.countOf(text, from, from + CHUNK);
    if (from + CHUNK < rows.count) {
      window.setTimeout(part, 0, from + CHUNK, total);
    } else {
      element("found").textContent = total === 0 ? texts.notFound : withValues(texts.found, total.toLocaleString());
    }
  };
  element("found").textContent = "";
  if (text !== "") {
    part(0, 0);
  }
}

function find(step: 1 | -1): void {
  const text = input("find").value.toLowerCase();
  const from = active >= 0 ? active : step > 0 ? -1 : rows.count;
  const index = text === "" ? -1 : rows.find(text, from, step);
  if (index >= 0) {
    go(index, false);
    // In the middle, with what is around it.
    list.scrollTop = Math.max(0, index * rowHeight - list.clientHeight / 2);
  }
}

/* ------------------------------------------------------------------ wiring */

function later(act: () => void): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(act, PAUSE);
}

function wireBar(): void {
  for (const id of TEXT_FIELDS) {
    input(id).addEventListener("input", () => {
      later(() => filter({}));
    });
  }
  for (const id of TOGGLES) {
    element(id).addEventListener("click", () => {
      filter({ [id]: !channel.state.filter[id] });
      drawBar();
    });
  }
  level.addEventListener("change", () => filter({ level: level.value as Filter["level"] }));
  element("follow").addEventListener("click", () => follow(!channel.state.follow));
  element("newLines").addEventListener("click", () => {
    follow(true);
    list.focus();
  });
  element("filters").addEventListener("click", () => {
    const box = element("filterBox");
    box.hidden = !box.hidden;
    element("filters").ariaExpanded = String(!box.hidden);
  });
  menuBehind(element("more", HTMLButtonElement), element("moreMenu"));
  element("choose").addEventListener("click", () => channel.send({ kind: "choose" }));
  element("copy").addEventListener("click", copy);
  element("fullLog").addEventListener("click", () => {
    channel.send({ kind: "fullLog", service: channel.state.services[0] ?? "" });
  });
}

function findKey(event: KeyboardEvent): void {
  if (event.key === "Enter" || event.key === "F3") {
    find(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    element("findBox").hidden = true;
    list.focus();
  } else {
    return;
  }
  event.preventDefault();
}

function openFind(): void {
  element("findBox").hidden = false;
  input("find").focus();
  input("find").select();
}

function wireFind(): void {
  input("find").addEventListener("input", count);
  input("find").addEventListener("keydown", findKey);
  element("findNext").addEventListener("click", () => find(1));
  element("findPrevious").addEventListener("click", () => find(-1));
  element("openFind").addEventListener("click", openFind);
  window.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "f") {
      openFind();
      event.preventDefault();
    }
  });
}

function wireList(): void {
  list.addEventListener("scroll", onScroll);
  list.addEventListener("keydown", listKey);
  list.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>(".line-row") : null;
    const gap = row === null ? undefined : rows.at(Number(row.dataset["index"]))?.shown.gap;
    if (gap !== undefined) {
      openGap(gap);
    } else if (row !== null && document.getSelection()?.isCollapsed !== false) {
      active = Number(row.dataset["index"]);
      anchor = event.shiftKey && anchor >= 0 ? anchor : active;
      schedule();
    }
  });
  new ResizeObserver(schedule).observe(list);
}

wireBar();
wireFind();
wireList();
drawBar();
drawFields();
channel.send({ kind: "ready" });
onKeyboard(() => channel.send({ kind: "hasKeyboard" }));
show({});
channel.listen({
  page: ofNow(({ part }) => takePage(part)),
  gap: ofNow(({ part }) => takeGap(part)),
  earlier: ofNow(({ part }) => takeEarlier(part)),
  refused: ofNow(refuse),
  // Also of a watch that is about to end, or of the filter that holds while another one was refused.
  new: takeNew,
  change: ({ services = channel.state.services, filter: wanted }) => {
    show({ services, filter: { ...channel.state.filter, ...wanted } });
    drawBar();
    drawFields();
  },
  again: () => show({}),
});
