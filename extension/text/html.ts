/** What every page of ours begins with, and how texts and data get into it. */

export interface HtmlHead {
  readonly nonce: string;
  /** What the editor says a page's own resources come from. */
  readonly source: string;
  readonly style: string;
  readonly title: string;
  readonly language: string;
  /** Whether the page shows pictures of its own. */
  readonly pictures?: boolean;
}

/** Text as HTML. */
export function htmlText(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON inside a script element: `<` could end it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** The beginning up to the body: the content security policy allows our scripts, our style and our pictures only. */
export function htmlHead({ nonce, source, style, title, language, pictures = false }: HtmlHead): string {
  const policy = [
    "default-src 'none'",
    ...(pictures ? [`img-src ${source}`] : []),
    `style-src ${source}`,
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${htmlText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${htmlText(style)}">
<title>${htmlText(title)}</title>
</head>`;
}
