/** A page of the documentation as HTML: the chapters beside it, pictures from the extension. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { htmlText } from "../text/html";
import { FIRST_PAGE, originalOf, targetOf } from "./links";
import type { SearchResult } from "./search";

export interface Chapter {
  readonly title: string;
  /** `docs/services.md` */
  readonly page: string;
  /** The heading that it is listed below; empty for none. */
  readonly group: string;
}

/** Markdown of one line as it reads. */
function plain(text: string): string {
  return text.replace(/[`*]/g, "").trim();
}

/** The page that a link of the first page leads to, by what the link says; undefined for any other link. */
function chapterOf(title: string, href: string, from: string, group: string): Chapter | undefined {
  const target = targetOf(href, from);
  // What is code stays as it is typed.
  const shown = title.startsWith("`") ? title : title.charAt(0).toUpperCase() + title.slice(1);
  return target.kind === "page" ? { title: plain(shown), page: originalOf(target.page), group } : undefined;
}

/** The chapters that the first page lists, in its order; `from` is where it is, English or translated. */
export function chaptersOf(firstPage: string, from = FIRST_PAGE): readonly Chapter[] {
  const found: Chapter[] = [];
  let group = "";
  for (const [, heading, title, href] of firstPage.matchAll(/^## +(.+)$|\[([^\]]+)\]\(([^)\s]+)\)/gm)) {
    group = heading === undefined ? group : plain(heading);
    const chapter = heading === undefined ? chapterOf(title ?? "", href ?? "", from, group) : undefined;
    if (chapter !== undefined && !found.some((one) => one.page === chapter.page)) {
      found.push(chapter);
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

function searchField(): string {
  const text = htmlText(l10n.t("Search the documentation"));
  return `<input id="search" type="search" placeholder="${text}" aria-label="${text}" spellcheck="false">`;
}

/** What stands in place of the chapters while something is looked for. */
export function foundHtml(asked: string, results: readonly SearchResult[]): string {
  if (asked.trim() === "") {
    return "";
  }
  if (results.length === 0) {
    return `<p>${htmlText(l10n.t("Nothing was found."))}</p>`;
  }
  const item = ({ section, excerpt }: SearchResult): string => {
    const { page, title, heading, at } = section;
    const href = htmlText(`/${page}${at === "" ? "" : `#${encodeURIComponent(at)}`}`);
    const named = heading === title || heading === "" ? title : `${title}: ${heading}`;
    return `<li><a href="${href}" data-href="${href}">${htmlText(named)}<small>${htmlText(excerpt)}</small></a></li>`;
  };
  return `<ul>${results.map(item).join("\n")}</ul>`;
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
  const groups = [...new Set(chapters.map(({ group }) => group))].map((group) => {
    const own = chapters.filter((one) => one.group === group).map(item);
    const heading = group === "" ? "" : `<p class="group" aria-hidden="true">${htmlText(group)}</p>\n`;
    const label = group === "" ? "" : ` aria-label="${htmlText(group)}"`;
    return `${heading}<ul${label}>${own.join("\n")}</ul>`;
  });
  const back = htmlText(l10n.t("Back"));
  const button = `<p class="buttons"><button class="secondary" data-act="back">${back}</button></p>`;
  return `<div class="documentation">
<nav aria-label="${htmlText(l10n.t("Chapters"))}">${canGoBack ? button : ""}
${searchField()}
<div id="found" aria-live="polite"></div>
<details data-key="chapters" open><summary>${htmlText(l10n.t("Chapters"))}</summary>
${groups.join("\n")}</details></nav>
<article>${body}</article>
</div>`;
}
