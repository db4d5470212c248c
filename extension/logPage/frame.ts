/** The frame of the page of a log: static, under a content security policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlText } from "../text/html";
import type { LogPageState, LogTexts } from "./messages";

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

export function frame(page: LogFrame): string {
  const { title, state, texts } = page;
  const levels = (["debug", "info", "warning", "error"] as const).map(
    (level) => `<option value="${level}">${htmlText(texts.levels[level])}</option>`,
  );
  return `${htmlHead(page)}
<body>
<h1 class="unseen" id="title">${htmlText(title)}</h1>
<header role="toolbar" aria-label="${htmlText(texts.filter)}">
  <div class="row">
    <span id="services" role="group" aria-label="${htmlText(texts.services)}"></span>
    <button id="choose" type="button" class="secondary">${htmlText(texts.choose)}</button>
    <select id="level" aria-label="${htmlText(texts.level)}">${levels.join("")}</select>
    ${field("include", texts.include, 'aria-describedby="fault"')}
    ${field("exclude", texts.exclude, 'aria-describedby="fault"')}
    <button id="regex" type="button" class="toggle code" aria-pressed="false" title="${htmlText(texts.regex)}"
      aria-label="${htmlText(texts.regex)}">.*</button>
    ${field("requestId", texts.requestId)}
  </div>
  <p id="fault" role="alert" hidden></p>
  <div class="row">
    ${toggle("hideHealth", texts.hideHealth)}
    ${toggle("previous", texts.previous)}
    ${toggle("collapse", texts.collapse)}
    ${toggle("follow", texts.follow)}
    <span class="find">
      ${field("find", texts.find)}
      <span id="found" role="status"></span>
      <button id="findPrevious" type="button" class="secondary" aria-label="${htmlText(texts.findPrevious)}"
        title="${htmlText(texts.findPrevious)}">↑</button>
      <button id="findNext" type="button" class="secondary" aria-label="${htmlText(texts.findNext)}"
        title="${htmlText(texts.findNext)}">↓</button>
    </span>
    <button id="copy" type="button" class="secondary">${htmlText(texts.copy)}</button>
    <button id="fullLog" type="button" class="secondary">${htmlText(texts.fullLog)}</button>
  </div>
</header>
<p id="notice" role="status" hidden></p>
<main>
  <div id="log" role="listbox" tabindex="0" aria-multiselectable="true" aria-label="${htmlText(texts.log)}">
    <div id="space" role="presentation"></div>
  </div>
  <p id="empty" hidden></p>
  <button id="newLines" type="button" hidden></button>
</main>
<footer><span id="above"></span><span id="count" role="status"></span></footer>
<div id="said" role="status" class="unseen"></div>
${htmlEnd(page, { texts, state })}`;
}
