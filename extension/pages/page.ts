/** Script of a page: draws its content. What comes from outside reaches the page as text nodes and titles only. */
import type { PageRef } from "./content";
import { limitsForm } from "./limitsForm";
import { trafficForm } from "./trafficForm";
import type { FromDetailsPage, PageMemory, PageTexts, ShownContent, ToDetailsPage } from "./messages";

interface Host {
  postMessage(message: FromDetailsPage): void;
  getState(): PageMemory | undefined;
  setState(state: PageMemory): void;
}

declare function acquireVsCodeApi(): Host;

type Section = ShownContent["sections"][number];
type Block = Section["blocks"][number];
type Cell = Extract<Block, { kind: "paragraph" }>["cell"];
type Part = Cell[number];
type Action = ShownContent["actions"][number];
type Table = Extract<Block, { kind: "table" }>;
type Child = Node | string;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`The page lacks #${id}.`);
  }
  return found;
}

function read(id: string): unknown {
  return JSON.parse(byId(id).textContent);
}

const host = acquireVsCodeApi();
const texts = read("texts") as PageTexts;
let memory: PageMemory = host.getState() ?? { page: read("page") as PageRef, scroll: 0, opened: [] };
/** What each part of the page was drawn from; what stays the same is not drawn again. */
const drawn = new Map<string, string>();

function keep(change: Partial<PageMemory>): void {
  memory = { ...memory, ...change };
  host.setState(memory);
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  style: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (style !== "") {
    made.className = style;
  }
  made.append(...children);
  return made;
}

/** `focus` is the same when it is drawn again, so that the keyboard stays where it is. */
function pressable(label: string, style: string, focus: string, press: () => void): HTMLButtonElement {
  const made = make("button", style, label);
  made.type = "button";
  made.dataset["focus"] = focus;
  made.addEventListener("click", press);
  return made;
}

function actButton(action: Action, where: string): HTMLButtonElement {
  return pressable(action.label, action.rank, `${where}/${action.label}`, () => {
    host.postMessage({ kind: "act", act: action.act });
  });
}

const SVG = "http://www.w3.org/2000/svg";

/** Two sheets, as every editor draws it. */
function copyIcon(): SVGElement {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M5.5 4.5v-3h9v9h-3M1.5 5.5h9v9h-9z");
  icon.append(path);
  return icon;
}

function copyButton(whole: string, label: string): HTMLButtonElement {
  const made = pressable("", "icon", `copy/${whole.slice(0, 200)}`, () => {
    host.postMessage({ kind: "copy", text: whole });
    byId("said").textContent = texts.copied;
    made.classList.add("done");
    setTimeout(() => {
      byId("said").textContent = "";
      made.classList.remove("done");
    }, 1500);
  });
  made.append(copyIcon());
  made.title = texts.copy;
  made.setAttribute("aria-label", label);
  return made;
}

function linkButton(part: Extract<Part, { kind: "link" }>, where: string): HTMLElement {
  const made = make("a", "", part.text);
  made.href = "#";
  if (part.title !== "") {
    made.title = part.title;
  }
  made.dataset["focus"] = `${where}/${part.text}`;
  made.addEventListener("click", (event) => {
    event.preventDefault();
    host.postMessage({ kind: "act", act: part.act });
  });
  return made;
}

function part(from: Part, where: string): Child {
  switch (from.kind) {
    case "text":
      return make("span", "", from.text);
    case "code":
      return make("code", "", from.text);
    case "copy": {
      const value = make("code", "", from.text);
      if (from.whole !== from.text) {
        value.title = from.whole;
      }
      return make("span", "together", value, copyButton(from.whole, from.label));
    }
    case "time": {
      const made = make("time", "", from.text);
      made.title = from.exact;
      made.dateTime = from.exact;
      return made;
    }
    case "link":
      return linkButton(from, where);
    case "chip":
      return make("span", "chip", from.text);
    case "state":
      return make("span", `state ${from.tone}`, from.text);
    case "action": {
      const made = actButton(from.action, where);
      made.className = "small";
      // Several are called Edit…: their names say of what.
      made.setAttribute("aria-label", `${from.action.label} ${where.split("/").at(-1) ?? ""}`.trim());
      return made;
    }
  }
}

function parts(cell: Cell, where: string): Child[] {
  return cell.flatMap((one) => [part(one, where), " "]);
}

function tableOf(block: Table, where: string, label: string): HTMLElement {
  const head = make("tr", "");
  for (const { title, kind } of block.columns) {
    const made = title === "" ? make("td", kind) : make("th", kind, title);
    if (made instanceof HTMLTableCellElement && made.tagName === "TH") {
      made.scope = "col";
    }
    head.append(made);
  }
  const body = make("tbody", "");
  block.rows.forEach((cells, index) => {
    const line = make("tr", "");
    cells.forEach((cell, at) => {
      const made = make(
        at === 0 ? "th" : "td",
        block.columns[at]?.kind ?? "",
        ...parts(cell, `${where}/${index}/${at}`),
      );
      if (at === 0) {
        made.scope = "row";
      }
      line.append(made);
    });
    body.append(line);
  });
  const made = make("table", "", make("thead", "", head), body);
  made.setAttribute("aria-label", label);
  return made;
}

function noticeOf(from: Extract<Block, { kind: "notice" }>, where: string): HTMLElement {
  const made = make("div", `notice ${from.tone}`, make("p", "", from.text));
  if (from.actions.length > 0) {
    made.append(make("div", "row", ...from.actions.map((one) => actButton(one, `${where}/notice`))));
  }
  return made;
}

function codeOf(from: Extract<Block, { kind: "code" }>): HTMLElement {
  const pre = make("pre", "", from.text);
  // Reached by the keyboard, as it may have to be scrolled.
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", from.label);
  return make("div", "code", pre, copyButton(from.text, `${texts.copy}: ${from.label}`));
}

function blockOf(from: Block, where: string, label: string): HTMLElement {
  switch (from.kind) {
    case "fields": {
      const made = make("dl", "");
      for (const { name, value } of from.fields) {
        made.append(make("dt", "", name), make("dd", "", ...parts(value, `${where}/${name}`)));
      }
      return made;
    }
    case "table":
      return tableOf(from, where, label);
    case "traffic":
      return trafficForm(from, (act, values) => {
        host.postMessage({ kind: "act", act, values });
      });
    case "limits":
      return limitsForm(from, (act, values) => {
        host.postMessage({ kind: "act", act, values });
      });
    case "list":
      return make("ul", "", ...from.items.map((item, index) => make("li", "", ...parts(item, `${where}/${index}`))));
    case "paragraph":
      return make("p", "", ...parts(from.cell, where));
    case "code":
      return codeOf(from);
    case "notice":
      return noticeOf(from, where);
  }
}

function foldedSection(from: Section, id: string, blocks: readonly HTMLElement[]): HTMLElement {
  const details = make("details", "", make("summary", "", make("h2", "", from.title)), ...blocks);
  details.open = memory.opened.includes(from.title);
  details.addEventListener("toggle", () => {
    const others = memory.opened.filter((title) => title !== from.title);
    keep({ opened: details.open ? [...others, from.title] : others });
  });
  details.querySelector("h2")?.setAttribute("id", id);
  return details;
}

function sectionOf(from: Section, id: string): HTMLElement {
  const blocks = from.blocks.map((one) => blockOf(one, from.title, from.title));
  const heading = make("h2", "", from.title);
  heading.id = id;
  const made =
    from.folded === true
      ? make("section", "", foldedSection(from, id, blocks))
      : make("section", "", heading, ...blocks);
  made.setAttribute("aria-labelledby", id);
  return made;
}

/** Draws a part when it is another one than before. */
function redraw(key: string, from: unknown, draw: () => void): void {
  const now = JSON.stringify(from);
  if (drawn.get(key) !== now) {
    drawn.set(key, now);
    draw();
  }
}

/** The keyboard stays on what it was on, although that was drawn again. */
function withFocus(draw: () => void): void {
  const before = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["focus"] : undefined;
  draw();
  if (before !== undefined && document.activeElement === document.body) {
    const same = [...document.querySelectorAll<HTMLElement>("[data-focus]")].find(
      (one) => one.dataset["focus"] === before,
    );
    (same ?? document.querySelector<HTMLElement>("#actions button"))?.focus();
  }
}

function drawHead(content: ShownContent): void {
  document.title = content.title;
  byId("title").textContent = content.title;
  byId("kind").textContent = content.kind;
  redraw("states", content.states, () => {
    byId("states").replaceChildren(
      ...content.states.flatMap(({ text, tone }) => [make("span", `state ${tone}`, text), " "]),
      ...content.chips.flatMap((chip) => [make("span", "chip", chip), " "]),
    );
  });
  byId("lead").textContent = content.lead;
  byId("lead").hidden = content.lead === "";
  redraw("actions", content.actions, () => {
    byId("actions").replaceChildren(...content.actions.map((one) => actButton(one, "actions")));
    byId("actions").hidden = content.actions.length === 0;
  });
}

/** Sections by their place; those that did not change stay as they are, with what is selected in them. */
function drawMain(content: ShownContent): void {
  const main = byId("main");
  const wanted = [
    ...content.notices.map((one, index) => ({
      key: `notice ${index}`,
      from: one,
      make: () => noticeOf(one, `notice${index}`),
    })),
    ...content.sections.map((one, index) => ({
      key: `section ${one.title}`,
      from: one,
      make: () => sectionOf(one, `section${index}`),
    })),
  ];
  const before = new Map([...main.children].map((one) => [one.getAttribute("data-key") ?? "", one]));
  const now = wanted.map(({ key, from, make: build }) => {
    const old = before.get(key);
    const source = JSON.stringify(from);
    if (old !== undefined && drawn.get(key) === source) {
      return old;
    }
    drawn.set(key, source);
    const made = build();
    made.dataset["key"] = key;
    return made;
  });
  for (const one of [...main.children].filter((each) => !now.includes(each))) {
    one.remove();
  }
  // What stays is not moved either: a field in it would lose what is selected, and with it what is typed next.
  for (const [index, one] of now.entries()) {
    if (one !== main.children[index]) {
      main.insertBefore(one, main.children[index] ?? null);
    }
  }
  main.removeAttribute("aria-busy");
}

function show({ content, page }: ToDetailsPage): void {
  const other = JSON.stringify(page) !== JSON.stringify(memory.page);
  keep(other ? { page, scroll: 0, opened: [] } : { page });
  const { scroll } = memory;
  withFocus(() => {
    drawHead(content);
    drawMain(content);
  });
  window.scrollTo(0, scroll);
}

window.addEventListener("message", (event: MessageEvent<ToDetailsPage>) => {
  show(event.data);
});
window.addEventListener("scroll", () => {
  keep({ scroll: window.scrollY });
});
for (const kind of ["pointerdown", "keydown"]) {
  window.addEventListener(
    kind,
    () => {
      host.postMessage({ kind: "keep" });
    },
    { once: true },
  );
}
keep({});
host.postMessage({ kind: "ready" });
