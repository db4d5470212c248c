/** The frame of a page: static, under a content security policy that allows our script, style and pictures only. */

import { type GivenPage, htmlEnd, htmlHead, htmlText } from "../text/html";

export interface GuideFrame extends GivenPage {
  /** Where its pictures come from, as the editor says. */
  readonly pictures: string;
  readonly title: string;
  /** Class of the body. */
  readonly kind: string;
}

export function frameHtml(frame: GuideFrame): string {
  return `${htmlHead(frame)}
<body class="${htmlText(frame.kind)}">
<main id="content" tabindex="-1"></main>
${htmlEnd(frame, {})}`;
}
