/** The frame of every page: static, under a content security policy that allows our script and style only. */
import { htmlHead, htmlScript, htmlText, type PageCode, scriptJson } from "../text/html";
import type { PageRef } from "./content";
import type { PageTexts } from "./messages";

export interface PageFrame extends PageCode {
  readonly nonce: string;
  readonly language: string;
  readonly page: PageRef;
  readonly title: string;
  readonly texts: PageTexts;
}

export function frame({ nonce, script, style, language, page, title, texts }: PageFrame): string {
  return `${htmlHead({ nonce, style, title, language })}
<body>
<header>
  <p id="kind"></p>
  <div id="heading"><h1 id="title">${htmlText(title)}</h1><span id="states" role="status"></span></div>
  <p id="lead" hidden></p>
  <div id="actions" role="group" aria-label="${htmlText(texts.actions)}" hidden></div>
</header>
<main id="main" aria-busy="true"><p class="quiet">${htmlText(texts.loading)}</p></main>
<div id="said" role="status" class="unseen"></div>
<script type="application/json" id="texts" nonce="${nonce}">${scriptJson(texts)}</script>
<script type="application/json" id="page" nonce="${nonce}">${scriptJson(page)}</script>
${htmlScript(nonce, script)}
</body>
</html>`;
}
