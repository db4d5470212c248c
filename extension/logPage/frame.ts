/** The frame of the page of a log: static, under a content security policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlText } from "../text/html";
import type { LogPageState } from "./messages";
import type { LogTexts } from "./texts";

export interface LogFrame extends GivenPage {
  readonly title: string;
  readonly state: LogPageState;
  readonly texts: LogTexts;
}

function field(id: string, label: string, more = ""): string {
  return `<input id="${id}" type="text" class="line" aria-label="${htmlText(label)}" placeholder="${htmlText(label)}"
    spellcheck="false" autocomplete="off" ${more}>`;
}

function toggle(id: string, label: string): string {
  return `<button id="${id}" type="button" class="toggle" aria-pressed="false">${htmlText(label)}</button>`;
}

function item(id: string, label: string): string {
  return `<button id="${id}" type="button" role="menuitem">${htmlText(label)}</button>`;
}

export function frame(page: LogFrame): string {
  const { title, state, texts } = page;
  const levels = (["debug", "info", "warning", "error"] as const).map(
    (level) => `<option value="${level}">${htmlText(texts.levels[level])}</option>`,
  );
  return `${htmlHead(page)}
<body>
<h1 class="unseen" id="title">${htmlText(title)}</h1>
<div id="tools" role="toolbar" aria-label="${htmlText(texts.filter)}">
  <div class="row">
    <span id="services" role="group" aria-label="${htmlText(texts.services)}"></span>
    ${field("include", texts.include, 'aria-describedby="fault"')}
    ${toggle("follow", texts.follow)}
    <button id="filters" type="button" class="secondary" aria-expanded="false" aria-controls="filterBox"></button>
    <span class="menuPlace">
      <button id="more" type="button" class="secondary" aria-haspopup="menu" aria-expanded="false"
        aria-label="${htmlText(texts.more)}" title="${htmlText(texts.more)}">⋯</button>
      <div id="moreMenu" class="menu" role="menu" aria-label="${htmlText(texts.more)}" hidden>
        ${item("openFind", texts.find)}
        ${item("choose", texts.choose)}
        ${item("copy", texts.copy)}
        ${item("fullLog", texts.fullLog)}
      </div>
    </span>
  </div>
  <p id="fault" role="alert" hidden></p>
  <div id="filterBox" class="row" role="group" aria-label="${htmlText(texts.filter)}" hidden>
    <select id="level" aria-label="${htmlText(texts.level)}">${levels.join("")}</select>
    ${field("exclude", texts.exclude, 'aria-describedby="fault"')}
    ${field("requestId", texts.requestId)}
    ${(["regex", "hideHealth", "previous", "collapse"] as const).map((id) => toggle(id, texts[id])).join("\n    ")}
  </div>
  <div id="findBox" class="row find" hidden>
    ${field("find", texts.find)}
    <span id="found" role="status"></span>
    <button id="findPrevious" type="button" class="secondary" aria-label="${htmlText(texts.findPrevious)}"
      title="${htmlText(texts.findPrevious)}">↑</button>
    <button id="findNext" type="button" class="secondary" aria-label="${htmlText(texts.findNext)}"
      title="${htmlText(texts.findNext)}">↓</button>
  </div>
</div>
<p id="notice" role="status" hidden></p>
<main>
  <div id="log" role="listbox" tabindex="0" aria-multiselectable="true" aria-label="${htmlText(texts.log)}">
    <div id="space" role="presentation"></div>
  </div>
  <p id="empty" hidden></p>
  <button id="newLines" type="button" hidden></button>
</main>
<footer><span id="above"></span><span id="count"></span></footer>
<div id="said" role="status" class="unseen"></div>
${htmlEnd(page, { texts, state })}`;
}
