/** A page of the documentation as HTML: the chapters beside it, pictures from the extension. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { htmlText } from "../text/html";
import { FIRST_PAGE, originalOf, targetOf } from "./links";

export interface Chapter {
  readonly title: string;
  /** `docs/services.md` */
  readonly page: string;
}

/** Markdown of one line as it reads. */
function plain(text: string): string {
  return text.replace(/[`*]/g, "").trim();
}

/** The chapters that the first page lists, in its order; `from` is where it is, English or translated. */
export function chaptersOf(firstPage: string, from = FIRST_PAGE): readonly Chapter[] {
  const found: Chapter[] = [];
  for (const [, title = "", href = ""] of firstPage.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)) {
    const target = targetOf(href, from);
    const page = target.kind === "page" ? originalOf(target.page) : "";
    if (page !== "" && !found.some((one) => one.page === page)) {
      // What is code stays as it is typed.
      const shown = title.startsWith("`") ? title : title.charAt(0).toUpperCase() + title.slice(1);
      found.push({ title: plain(shown), page });
    }
  }
  return found;
}

/** What the first heading says. */
export function titleOf(markdown: string): string {
  return plain(/^# +(.+)$/m.exec(markdown)?.[1] ?? "");
}

/** Relative pictures as the page can load them; `address` is of a path in the extension. */
export function withPictures(html: string, page: string, address: (path: string) => string): string {
  return html.replace(
    /(<img\b[^>]*?\bsrc=")([^"]+)(")/g,
    (whole: string, before: string, source: string, end: string) => {
      const target = targetOf(source, page);
      return target.kind === "file" ? `${before}${htmlText(address(target.path))}${end}` : whole;
    },
  );
}

export interface DocumentPage {
  readonly page: string;
  /** HTML that the editor made of our own Markdown. */
  readonly body: string;
  readonly chapters: readonly Chapter[];
  readonly canGoBack: boolean;
}

export function documentHtml({ page, body, chapters, canGoBack }: DocumentPage): string {
  const item = (one: Chapter): string => {
    const current = one.page === page ? ' aria-current="page"' : "";
    const href = htmlText(`/${one.page}`);
    return `<li><a href="${href}" data-href="${href}"${current}>${htmlText(one.title)}</a></li>`;
  };
  const disabled = canGoBack ? "" : " disabled";
  const back = `<button class="secondary" data-act="back"${disabled}>${htmlText(l10n.t("Back"))}</button>`;
  return `<div class="documentation">
<nav aria-label="${htmlText(l10n.t("Chapters"))}"><p class="buttons">${back}</p>
<details data-key="chapters" open><summary>${htmlText(l10n.t("Chapters"))}</summary>
<ul>${chapters.map(item).join("\n")}</ul></details></nav>
<article>${body}</article>
</div>`;
}
