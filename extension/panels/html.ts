/** The page of the request panel: static, under a content security policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlHeader, htmlText } from "../text/html";
import { METHODS, type PanelState } from "./messages";
import type { Texts } from "./texts";

export interface PanelPage extends GivenPage {
  readonly state: PanelState;
  readonly texts: Texts;
  /** Whether a request can be sent many times. */
  readonly repeats: boolean;
}

/** What a field is called, for all who cannot see its label. */
function nameAttributes(text: string): string {
  return `aria-label="${htmlText(text)}" title="${htmlText(text)}"`;
}

/** The fields of a form, a row each. */
function parts(texts: Texts): string {
  const heads = [texts.partName, texts.partKind, texts.partValue, texts.partType];
  return `<div id="parts" class="parts" role="group" aria-label="${htmlText(texts.parts)}" hidden>
      <table>
        <thead><tr>${heads.map((head) => `<th scope="col">${htmlText(head)}</th>`).join("")}<td></td></tr></thead>
        <tbody id="partRows"></tbody>
      </table>
      <button id="addPart" class="secondary">${htmlText(texts.addPart)}</button>
    </div>`;
}

/** What the body is. */
function kinds(texts: Texts): string {
  const options = (["json", "text", "form", "file"] as const).map(
    (kind) => `<option value="${kind}">${htmlText(texts.bodyKinds[kind])}</option>`,
  );
  return `<select id="bodyKind" ${nameAttributes(texts.bodyKind)}>${options.join("")}</select>`;
}

/** One request, again and again. */
function many(texts: Texts): string {
  return `<details id="manyBox" hidden>
      <summary>${htmlText(texts.many)}</summary>
      <div class="row many">
        <label>${htmlText(texts.connections)}
          <input id="connections" class="number" type="number" min="1" max="64" value="4"></label>
        <label>${htmlText(texts.rate)}
          <input id="rate" class="number" type="number" min="0" placeholder="${htmlText(texts.rateHint)}"></label>
        <label>${htmlText(texts.seconds)}
          <input id="duration" class="number" type="number" min="1" max="3600" value="10"></label>
        <button id="loadStart" class="secondary">${htmlText(texts.loadStart)}</button>
      </div>
      <p id="loadStatus" role="status" class="hint"></p>
      <table id="loadFigures" hidden><tbody id="loadRows"></tbody></table>
      <ul id="loadErrors" hidden></ul>
    </details>`;
}

/** What is wanted now and then; Send, sample and body stay in view. */
function menu(texts: Texts, repeats: boolean): string {
  const item = (id: string, text: string, more = ""): string =>
    `<button id="${id}" role="menuitem"${more}>${htmlText(text)}</button>`;
  return `<span class="menuPlace">
        <button id="more" class="secondary" aria-haspopup="menu" aria-expanded="false" aria-controls="moreMenu"
          ${nameAttributes(texts.more)}>⋯</button>
        <div id="moreMenu" class="menu" role="menu" aria-label="${htmlText(texts.more)}" hidden>
          ${item("history", texts.history)}
          ${item("open", texts.open)}
          ${item("save", texts.save)}
          <hr role="separator">
          ${item("dataset", texts.dataset)}
          ${item("file", texts.file)}
          <hr role="separator">
          ${item("addHeaders", texts.sentHeaders)}
          ${item("sendMany", texts.many, repeats ? "" : " hidden")}
        </div>
      </span>`;
}

export function html(page: PanelPage): string {
  const { state, texts } = page;
  return `${htmlHead({ ...page, title: texts.title, pictures: "data:" })}
<body>
${htmlHeader({ title: state.service, state: "serviceState", beside: '<code id="uri"></code>' })}
<main>
  <section class="request" aria-label="${htmlText(texts.body)}">
    <div class="row line">
      <select id="method" ${nameAttributes(texts.method)}>
        ${METHODS.map((method) => `<option>${method}</option>`).join("")}
      </select>
      <input id="target" type="text" class="line" spellcheck="false" ${nameAttributes(texts.target)}>
      <button id="send" title="${htmlText(texts.hint)}">${htmlText(texts.send)}</button>
      ${menu(texts, page.repeats)}
      <span class="hint">${htmlText(texts.hint)}</span>
    </div>
    <div class="row" id="keyRow" hidden>
      <label for="key" id="keyLabel">${htmlText(texts.key)}</label>
      <input id="key" class="line" type="password" autocomplete="off" spellcheck="false"
        placeholder="${htmlText(texts.ownKey)}">
    </div>
    <details id="sentHeadersBox" hidden>
      <summary>${htmlText(texts.sentHeaders)}</summary>
      <textarea id="sentHeaders" spellcheck="false" rows="3" ${nameAttributes(texts.sentHeaders)}
        placeholder="${htmlText(texts.headersHint)}"></textarea>
    </details>
    ${many(texts)}
    <div class="row bodyHead">
      <label for="body" id="bodyLabel">${htmlText(texts.body)}</label>
      ${kinds(texts)}
      <span id="bodyViews" class="views" role="group" aria-label="${htmlText(texts.writeAs)}">
        <button id="asJson" class="secondary" aria-pressed="true">${htmlText(texts.asJson)}</button>
        <button id="asForm" class="secondary" aria-pressed="false">${htmlText(texts.asForm)}</button>
      </span>
      <button id="sample" class="secondary">${htmlText(texts.sample)}</button>
      <button id="environment" class="secondary" title="${htmlText(texts.environment)}" hidden></button>
      <span id="formReason" class="hint" role="status"></span>
    </div>
    <textarea id="body" spellcheck="false" rows="6" title="${htmlText(texts.proposalsHint)}"
      aria-labelledby="bodyLabel" aria-describedby="reason fault" aria-autocomplete="list"
      aria-controls="proposals"></textarea>
    <ul id="proposals" role="listbox" aria-label="${htmlText(texts.proposals)}" hidden></ul>
    <div id="form" class="form" role="group" aria-label="${htmlText(texts.form)}" hidden></div>
    ${parts(texts)}
    <p id="binary" class="binary" tabindex="0" hidden></p>
    <div class="note">
      <p id="reason" class="hint"></p>
      <p class="fault" aria-live="polite"><button id="fault" class="link" hidden></button></p>
    </div>
  </section>
  <section id="response" class="response" aria-label="${htmlText(texts.answer)}">
    <div class="row">
      <h2>${htmlText(texts.answer)}</h2>
      <span id="summary">${htmlText(texts.none)}</span>
      <span id="views" class="views" role="group" aria-label="${htmlText(texts.showAs)}" hidden>
        <button id="asText" class="secondary" aria-pressed="true">${htmlText(texts.asText)}</button>
        <button id="asTable" class="secondary" aria-pressed="false">${htmlText(texts.asTable)}</button>
      </span>
    </div>
    <p id="spoken" class="unseen" role="status" aria-live="polite"></p>
    <p id="advice" hidden></p>
    <section id="failure" class="failure" aria-label="${htmlText(texts.failure)}" hidden>
      <p id="exception" role="alert" tabindex="0"></p>
      <button id="line">${htmlText(texts.goToLine)}</button>
      <ol id="frames"></ol>
    </section>
    <p id="note" role="status" hidden></p>
    <figure id="imageBox" hidden>
      <img id="image" alt="${htmlText(texts.image)}">
      <figcaption id="imageSize" class="hint"></figcaption>
    </figure>
    <div id="tableBox" class="rows" tabindex="0" role="region" aria-labelledby="tableCaption" hidden>
      <table>
        <caption id="tableCaption"></caption>
        <thead id="tableHead"></thead>
        <tbody id="tableRows"></tbody>
      </table>
    </div>
    <pre id="answer" tabindex="0" role="group" aria-label="${htmlText(texts.answer)}" hidden></pre>
    <div class="row answerTools">
      <button id="copy" class="secondary" hidden>${htmlText(texts.copy)}</button>
      <button id="saveAnswer" class="secondary" hidden>${htmlText(texts.saveAnswer)}</button>
      <button id="record" class="secondary" hidden>${htmlText(texts.record)}</button>
    </div>
    <details id="logBox" open hidden>
      <summary>${htmlText(texts.log)}</summary>
      <pre id="log" tabindex="0" role="group" aria-label="${htmlText(texts.log)}"></pre>
    </details>
    <details id="headersBox" hidden>
      <summary>${htmlText(texts.headers)}</summary>
      <table><tbody id="headers"></tbody></table>
    </details>
  </section>
</main>
${htmlEnd(page, { texts, state })}`;
}
