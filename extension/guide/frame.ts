/** The frame of a page: static, under a content security policy that allows our script, style and pictures only. */

import { htmlHead, htmlText } from "../text/html";

export interface GuideFrame {
  readonly nonce: string;
  /** What the editor says a page's own resources come from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  readonly title: string;
  /** Class of the body. */
  readonly kind: string;
  readonly language: string;
}

export function frameHtml(frame: GuideFrame): string {
  return `${htmlHead({ ...frame, pictures: true })}
<body class="${htmlText(frame.kind)}">
<main id="content" tabindex="-1"></main>
<script nonce="${frame.nonce}" src="${frame.script}"></script>
</body>
</html>`;
}
