/** The frame of every page: static, under a content security policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlText } from "../text/html";
import type { PageMemory, PageTexts } from "./messages";

export interface PageFrame extends GivenPage {
  readonly state: PageMemory;
  readonly title: string;
  readonly texts: PageTexts;
}

export function frame(page: PageFrame): string {
  const { title, texts, state } = page;
  return `${htmlHead(page)}
<body>
<header>
  <p id="kind"></p>
  <div id="heading"><h1 id="title">${htmlText(title)}</h1><span id="states" role="status"></span></div>
  <p id="lead" hidden></p>
  <div id="actions" role="group" aria-label="${htmlText(texts.actions)}" hidden></div>
</header>
<main id="main" aria-busy="true"><p class="quiet">${htmlText(texts.loading)}</p></main>
<div id="said" role="status" class="unseen"></div>
${htmlEnd(page, { texts, state })}`;
}
