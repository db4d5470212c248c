/** What every page of ours begins with, and how texts and data get into it. */

/** Script and style of a page, which stand in it: each file that it asked the editor for would hold it up. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

/** What every page is given by the tab that it stands in. */
export interface GivenPage extends PageCode {
  readonly nonce: string;
  readonly language: string;
  /** The first message of a new page. */
  readonly first?: unknown;
}

export interface HtmlHead extends Pick<GivenPage, "style" | "nonce" | "language"> {
  readonly title: string;
  /** Where its own pictures come from, as the editor says; without it the page shows none. */
  readonly pictures?: string;
}

/** Text as HTML. */
export function htmlText(raw: string): string {
  return raw.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON inside a script element: `<` could end it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** What stands at the head of a page. */
export interface HtmlHeader {
  readonly title: string;
  /** Name of the element for the state of what the page is about; the script writes it. */
  readonly state?: string;
  /** What stands above the title, beside it and below it, as HTML. */
  readonly above?: string;
  readonly beside?: string;
  readonly below?: string;
}

/** The header of every page: a title with a state beside it, and below it what can be done. */
export function htmlHeader({ title, state, above = "", beside = "", below = "" }: HtmlHeader): string {
  const states = state === undefined ? "" : `<span id="${state}" class="states" role="status"></span>`;
  return `<header>
  ${above}<div class="heading"><h1 id="title">${htmlText(title)}</h1>${states}${beside}</div>
  ${below}
</header>`;
}

/** The end of a page: its data, which its script reads by their names, and the script, in which nothing can end it. */
export function htmlEnd({ nonce, script, first }: GivenPage, data: Readonly<Record<string, unknown>>): string {
  const held = Object.entries({ ...data, first }).flatMap(([id, value]) =>
    value === undefined
      ? []
      : [`<script type="application/json" id="given-${id}" nonce="${nonce}">${scriptJson(value)}</script>\n`],
  );
  return `${held.join("")}<script nonce="${nonce}">${script.replace(/<(?=\/script|!--)/gi, "\\x3c")}</script>
</body>
</html>`;
}

/** The beginning up to the body: the content security policy allows our script, our style and our pictures only. */
export function htmlHead({ nonce, style, title, language, pictures }: HtmlHead): string {
  const policy = [
    "default-src 'none'",
    ...(pictures === undefined ? [] : [`img-src ${pictures}`]),
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${htmlText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy};">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">${style}</style>
<title>${htmlText(title)}</title>
</head>`;
}
