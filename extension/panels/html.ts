/** The page of the request panel: static, under a content security policy that allows our script and style only. */
import type { PanelState, Texts } from "./messages";

export interface PanelPage {
  readonly nonce: string;
  /** What the editor says a page's own resources come from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  readonly state: PanelState;
  readonly texts: Texts;
}

function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON inside a script element: `<` could end it. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

export function html(page: PanelPage): string {
  const { nonce, texts } = page;
  const policy = `default-src 'none'; style-src ${page.source}; script-src 'nonce-${nonce}';`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${page.style}">
<title>${text(texts.title)}</title>
</head>
<body>
<header>
  <h1>${text(page.state.service)}</h1>
  <span id="serviceState" role="status"></span>
  <code id="uri"></code>
</header>
<main>
  <section aria-label="${text(texts.body)}">
    <div class="row">
      <label for="method">${text(texts.method)}</label>
      <select id="method"><option>POST</option><option>GET</option></select>
      <button id="send" title="${text(texts.hint)}">${text(texts.send)}</button>
      <button id="sample" class="secondary">${text(texts.sample)}</button>
      <button id="dataset" class="secondary">${text(texts.dataset)}</button>
      <button id="file" class="secondary">${text(texts.file)}</button>
      <span class="hint">${text(texts.hint)}</span>
    </div>
    <div class="row" id="keyRow" hidden>
      <label for="key" id="keyLabel">${text(texts.key)}</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="${text(texts.ownKey)}">
    </div>
    <label for="body" id="bodyLabel">${text(texts.body)}</label>
    <textarea id="body" spellcheck="false" rows="12" aria-describedby="reason fault"></textarea>
    <p id="binary" class="binary" tabindex="0" hidden></p>
    <div class="note">
      <p id="reason" class="hint"></p>
      <p class="fault" aria-live="polite"><button id="fault" class="link" hidden></button></p>
    </div>
  </section>
  <section aria-label="${text(texts.answer)}">
    <div class="row">
      <h2>${text(texts.answer)}</h2>
      <span id="summary" role="status" aria-live="polite">${text(texts.none)}</span>
      <button id="copy" class="secondary" hidden>${text(texts.copy)}</button>
    </div>
    <p id="advice" hidden></p>
    <section id="failure" class="failure" aria-label="${text(texts.failure)}" hidden>
      <p id="exception" role="alert"></p>
      <ol id="frames"></ol>
      <button id="line">${text(texts.goToLine)}</button>
    </section>
    <pre id="answer" tabindex="0" aria-label="${text(texts.answer)}" hidden></pre>
    <details id="logBox" open hidden>
      <summary>${text(texts.log)}</summary>
      <pre id="log" tabindex="0" aria-label="${text(texts.log)}"></pre>
    </details>
    <details id="headersBox" hidden>
      <summary>${text(texts.headers)}</summary>
      <table><tbody id="headers"></tbody></table>
    </details>
  </section>
</main>
<script type="application/json" id="texts" nonce="${nonce}">${json(texts)}</script>
<script type="application/json" id="state" nonce="${nonce}">${json(page.state)}</script>
<script nonce="${nonce}" src="${page.script}"></script>
</body>
</html>`;
}
