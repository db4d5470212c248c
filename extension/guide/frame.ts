/** The frame of a page: static, under a content security policy that allows our script, style and pictures only. */

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

/** Text as HTML. */
export function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function frameHtml(frame: GuideFrame): string {
  const policy = [
    "default-src 'none'",
    `img-src ${frame.source}`,
    `style-src ${frame.source}`,
    `script-src 'nonce-${frame.nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${text(frame.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${frame.style}">
<title>${text(frame.title)}</title>
</head>
<body class="${text(frame.kind)}">
<main id="content" tabindex="-1"></main>
<script nonce="${frame.nonce}" src="${frame.script}"></script>
</body>
</html>`;
}
