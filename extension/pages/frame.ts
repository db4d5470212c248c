/** The frame of every page: static, under a content security policy that allows our script and style only. */
import type { PageRef } from "./content";
import type { PageTexts } from "./messages";

export interface PageFrame {
  readonly nonce: string;
  /** What the editor says a page's own resources come from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  readonly language: string;
  readonly page: PageRef;
  readonly title: string;
  readonly texts: PageTexts;
}

function escape(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON inside a script element: `<` could end it. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

export function frame({ nonce, source, script, style, language, page, title, texts }: PageFrame): string {
  const policy = `default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}';`;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escape(style)}">
<title>${escape(title)}</title>
</head>
<body>
<header>
  <p id="kind"></p>
  <div id="heading"><h1 id="title">${escape(title)}</h1><span id="states" role="status"></span></div>
  <p id="lead" hidden></p>
  <div id="actions" role="group" aria-label="${escape(texts.actions)}" hidden></div>
</header>
<main id="main" aria-busy="true"><p class="quiet">${escape(texts.loading)}</p></main>
<div id="said" role="status" class="unseen"></div>
<script type="application/json" id="texts" nonce="${nonce}">${json(texts)}</script>
<script type="application/json" id="page" nonce="${nonce}">${json(page)}</script>
<script nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>`;
}
