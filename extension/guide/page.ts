/** Script of the pages of documentation and of the check of this computer. */
import { Channel } from "../webview/channel";
import { element } from "../webview/elements";
import type { FromGuidePage, GuideContent, GuideFound, ToGuidePage } from "./pageMessages";

const channel = new Channel<{ from: FromGuidePage; to: ToGuidePage; state: object }>();
const content = element("content");

/** As the style sheet has it: the chapters stand above the page, not beside it. */
const narrow = window.matchMedia("(max-width: 760px)");

/** Chapters above a page would hide it; beside it they stay open. */
function foldChapters(): void {
  const chapters = content.querySelector<HTMLDetailsElement>("nav details");
  if (chapters !== null) {
    chapters.open = !narrow.matches;
  }
}

/** A button keeps the focus, and what is opened stays open, when the page is made anew. */
function keyOf(element: Element | null): string {
  return element?.closest("[data-act]")?.getAttribute("data-act") ?? "";
}

function openDetails(): ReadonlySet<string> {
  const details = content.querySelectorAll<HTMLDetailsElement>("details[data-key][open]");
  return new Set([...details].map((one) => one.dataset["key"] ?? ""));
}

/** What was found stands in place of the chapters. */
function showFound({ html }: GuideFound): void {
  element("found").innerHTML = html;
  const chapters = content.querySelector<HTMLDetailsElement>("nav details");
  if (chapters !== null) {
    chapters.hidden = html !== "";
  }
}

function onInput({ target }: Event): void {
  if (target instanceof HTMLInputElement && target.id === "search") {
    channel.send({ kind: "search", text: target.value });
  }
}

/** Enter opens the first of what was found. */
function onKey(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
    content.querySelector<HTMLElement>("#found a")?.click();
  }
}

function show(message: GuideContent): void {
  const focused = content.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  const open = openDetails();
  // Text from outside was escaped by whoever made this, and the policy of the page runs nothing of it.
  content.innerHTML = message.html;
  content.setAttribute("aria-busy", String(message.busy));
  for (const one of content.querySelectorAll<HTMLDetailsElement>("details[data-key]")) {
    one.open ||= open.has(one.dataset["key"] ?? "");
  }
  channel.keep(message.state);
  if (message.at !== undefined) {
    foldChapters();
  }
  reachWide();
  scroll(message.at);
  if (focused !== "") {
    content.querySelector<HTMLElement>(`[data-act="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

/** Code and tables that are wider than the page are reached by the keyboard, to be scrolled. */
function reachWide(): void {
  for (const one of content.querySelectorAll<HTMLElement>("article :is(pre, table)")) {
    if (one.scrollWidth > one.clientWidth) {
      one.tabIndex = 0;
    } else {
      one.removeAttribute("tabindex");
    }
  }
}

function scroll(at: string | undefined): void {
  if (at === undefined) {
    return;
  }
  const place = at === "" ? null : document.getElementById(at);
  if (place === null) {
    window.scrollTo(0, 0);
    content.focus({ preventScroll: true });
    return;
  }
  place.scrollIntoView();
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

function follow(href: string): void {
  if (href.startsWith("#")) {
    scroll(decodeURIComponent(href.slice(1)));
  } else {
    channel.send({ kind: "open", href });
  }
}

function onClick(event: MouseEvent): void {
  if (!(event.target instanceof Element)) {
    return;
  }
  const act = event.target.closest("[data-act]")?.getAttribute("data-act") ?? "";
  const link = event.target.closest("a[href]");
  if (act !== "") {
    channel.send({ kind: "act", id: act });
  } else if (link !== null) {
    event.preventDefault();
    event.stopPropagation();
    follow(link.getAttribute("data-href") ?? link.getAttribute("href") ?? "");
  }
}

channel.listen({ content: show, found: showFound });
document.addEventListener("input", onInput);
document.addEventListener("keydown", onKey);
window.addEventListener("resize", reachWide);
narrow.addEventListener("change", foldChapters);
// In the capturing phase: the editor's own handler of links must not see ours.
document.addEventListener("click", onClick, true);
channel.send({ kind: "ready" });
