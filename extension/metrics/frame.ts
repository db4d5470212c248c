/** The page of metrics without its figures: static, under a policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlHeader, htmlText } from "../text/html";
import type { MetricsState } from "./messages";
import type { MetricsTexts } from "./texts";

export interface MetricsFrame extends GivenPage {
  readonly state: MetricsState;
  readonly texts: MetricsTexts;
}

export function frame(page: MetricsFrame): string {
  const { state, texts } = page;
  const ranges = Object.entries(texts.ranges).map(
    ([seconds, label]) => `<option value="${htmlText(seconds)}">${htmlText(label)}</option>`,
  );
  const title = texts.title.replace("{0}", state.names.join(", "));
  const tools = `<div class="tools">
    <label for="range">${htmlText(texts.range)}</label>
    <select id="range">${ranges.join("")}</select>
    <span id="revisionBox">
      <label for="revision">${htmlText(texts.revision)}</label>
      <select id="revision"></select>
    </span>
    <button id="pause" type="button" aria-pressed="false">${htmlText(texts.pause)}</button>
    <button id="export" type="button" class="secondary">${htmlText(texts.exportCsv)}</button>
    <button id="compare" type="button" class="secondary">${htmlText(texts.compare)}</button>
  </div>`;
  return `${htmlHead({ ...page, title })}
<body>
${htmlHeader({ title, state: "state", below: tools })}
<main>
  <p id="note" role="alert" hidden></p>
  <p id="loading" class="hint">${htmlText(texts.loading)}</p>
  <div id="charts" hidden></div>
  <section id="totalsBox" hidden>
    <h2>${htmlText(texts.totals)}</h2>
    <table id="totals"></table>
  </section>
  <details id="tableBox" hidden>
    <summary>${htmlText(texts.table)}</summary>
    <div id="figures" tabindex="0" role="region" aria-label="${htmlText(texts.table)}"></div>
  </details>
</main>
${htmlEnd(page, { texts, state })}`;
}
