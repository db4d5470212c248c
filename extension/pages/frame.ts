/** The frame of every page: static, under a content security policy that allows our script and style only. */
import { type GivenPage, htmlEnd, htmlHead, htmlHeader, htmlText } from "../text/html";
import type { PageMemory, PageTexts } from "./messages";

export interface PageFrame extends GivenPage {
  readonly state: PageMemory;
  readonly title: string;
  readonly texts: PageTexts;
}

export function frame(page: PageFrame): string {
  const { title, texts, state } = page;
  const below = `<p id="lead" hidden></p>
  <div id="actions" role="group" aria-label="${htmlText(texts.actions)}" hidden></div>`;
  return `${htmlHead(page)}
<body>
${htmlHeader({ title, state: "states", above: '<p id="kind"></p>\n  ', below })}
<main id="main" aria-busy="true"><p class="quiet">${htmlText(texts.loading)}</p></main>
<div id="said" role="status" class="unseen"></div>
${htmlEnd(page, { texts, state })}`;
}
