/** Script of a page: draws its content. What comes from outside reaches the page as text nodes and titles only. */
import { drawActions } from "../webview/actions";
import { Channel, read } from "../webview/channel";
import { type Child, element, make, pressable } from "../webview/elements";
import { inLines, inRow } from "../text/visible";
import { barChart } from "./barChart";
import { chartOf } from "./chart";
import { limitsForm } from "./limitsForm";
import { trafficForm } from "./trafficForm";
import type { FromDetailsPage, PageMemory, PageTexts, ShownContent, ToDetailsPage } from "./messages";

type Section = ShownContent["sections"][number];
type Block = Section["blocks"][number];
type Cell = Extract<Block, { kind: "paragraph" }>["cell"];
type Part = Cell[number];
type Action = ShownContent["actions"][number];
type Table = Extract<Block, { kind: "table" }>;
const channel = new Channel<{ from: FromDetailsPage; to: ToDetailsPage; state: PageMemory }>();
const texts = read("texts") as PageTexts;
/** What each part of the page was drawn from; what stays the same is not drawn again. */
const drawn = new Map<string, string>();

function actButton(action: Action, where: string): HTMLButtonElement {
  const act = (): void => channel.send({ kind: "act", act: action.act });
  return pressable(action.label, action.rank, act, `${where}/${action.label}`);
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
  const copy = (): void => {
    channel.send({ kind: "copy", text: whole });
    element("said").textContent = texts.copied;
    made.classList.add("done");
    setTimeout(() => {
      element("said").textContent = "";
      made.classList.remove("done");
    }, 1500);
  };
  const made = pressable("", "icon", copy, `copy/${whole.slice(0, 200)}`);
  made.append(copyIcon());
  made.title = texts.copy;
  made.ariaLabel = label;
  return made;
}

function linkButton(part: Extract<Part, { kind: "link" }>, where: string): HTMLElement {
  const made = make("a", { href: "#", ...(part.title === "" ? {} : { title: part.title }) }, part.text);
  made.dataset["focus"] = `${where}/${part.text}`;
  made.addEventListener("click", (event) => {
    event.preventDefault();
    channel.send({ kind: "act", act: part.act });
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
      const value = make("code", from.whole === from.text ? "" : { title: from.whole }, from.text);
      return make("span", "together", value, copyButton(from.whole, from.label));
    }
    case "time":
      return make("time", { title: from.exact, dateTime: from.exact }, from.text);
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
  const heads = block.columns.map(({ title, kind }) =>
    title === "" ? make("td", kind) : make("th", { className: kind, scope: "col" }, title),
  );
  const lines = block.rows.map((cells, index) => {
    const row = cells[0]?.map((one) => ("text" in one ? one.text : "")).join("") ?? "";
    const made = cells.map((cell, at) => {
      const className = block.columns[at]?.kind ?? "";
      const inside = parts(cell, `${where}/${index}/${at}/${row}`);
      return at === 0 ? make("th", { className, scope: "row" }, ...inside) : make("td", className, ...inside);
    });
    return make("tr", "", ...made);
  });
  const head = make("thead", "", make("tr", "", ...heads));
  return make("table", { ariaLabel: label }, head, make("tbody", "", ...lines));
}

function noticeOf(from: Extract<Block, { kind: "notice" }>, where: string): HTMLElement {
  const made = make("div", `notice ${from.tone}`, make("p", "", from.text));
  if (from.actions.length > 0) {
    made.append(make("div", "row", ...from.actions.map((one) => actButton(one, `${where}/notice`))));
  }
  return made;
}

function codeOf(from: Extract<Block, { kind: "code" }>): HTMLElement {
  // Reached by the keyboard, as it may have to be scrolled.
  const pre = make("pre", { tabIndex: 0, role: "region", ariaLabel: from.label }, from.text);
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
    case "chart":
      return chartOf(from);
    case "traffic":
      return trafficForm(from, (act, values) => channel.send({ kind: "act", act, values }));
    case "limits":
      return limitsForm(from, (act, values) => channel.send({ kind: "act", act, values }));
    case "bars":
      return barChart(from);
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

function foldedSection(from: Section, heading: HTMLElement, blocks: readonly HTMLElement[]): HTMLElement {
  const details = make("details", "", make("summary", "", heading), ...blocks);
  details.open = channel.state.opened.includes(from.title);
  details.addEventListener("toggle", () => {
    const others = channel.state.opened.filter((title) => title !== from.title);
    channel.keep({ opened: details.open ? [...others, from.title] : others });
  });
  return details;
}

function sectionOf(from: Section, id: string): HTMLElement {
  const blocks = from.blocks.map((one) => blockOf(one, from.title, from.title));
  const heading = make("h2", { id }, from.title);
  const made =
    from.folded === true
      ? make("section", "", foldedSection(from, heading, blocks))
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
    same?.focus();
    if (document.activeElement === document.body) {
      document.querySelector<HTMLElement>("#actions button")?.focus();
    }
  }
}

function drawHead(content: ShownContent): void {
  document.title = content.title;
  element("title").textContent = inRow(content.title);
  element("kind").textContent = content.kind;
  redraw("states", content.states, () => {
    element("states").replaceChildren(
      ...content.states.flatMap(({ text, tone }) => [make("span", `state ${tone}`, text), " "]),
      ...content.chips.flatMap((chip) => [make("span", "chip", chip), " "]),
    );
  });
  element("lead").textContent = inLines(content.lead);
  element("lead").hidden = content.lead === "";
  redraw("actions", content.actions, () => {
    const actions = content.actions.map(({ label, rank, act }) => {
      const press = (): void => channel.send({ kind: "act", act });
      return { label, rank, press };
    });
    drawActions(element("actions"), actions, texts.more);
  });
}

/** Sections by their place; those that did not change stay as they are, with what is selected in them. */
function drawMain(content: ShownContent): void {
  const main = element("main");
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
  const other = JSON.stringify(page) !== JSON.stringify(channel.state.page);
  channel.keep(other ? { page, scroll: 0, opened: [] } : { page });
  const { scroll } = channel.state;
  withFocus(() => {
    drawHead(content);
    drawMain(content);
  });
  window.scrollTo(0, scroll);
}

window.addEventListener("scroll", () => channel.keep({ scroll: window.scrollY }));
for (const kind of ["pointerdown", "keydown"]) {
  window.addEventListener(kind, () => channel.send({ kind: "keep" }), { once: true });
}
channel.send({ kind: "ready" });
channel.listen({ content: show });
