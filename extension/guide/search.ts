/** Words looked for in all pages of the documentation. No `vscode` here. */
import { withText } from "../text/joinWords";

/** What stands below one heading of a page. */
export interface GuideSection {
  /** `docs/services.md` */
  readonly page: string;
  /** Of the page. */
  readonly title: string;
  readonly heading: string;
  /** Id of the heading, as the editor makes it; empty for the top of the page. */
  readonly at: string;
  readonly text: string;
}

export interface SearchResult {
  readonly section: GuideSection;
  /** Where the first of the words stands. */
  readonly excerpt: string;
}

const MOST_RESULTS = 30;
/** Characters before and behind a word. */
const BEFORE = 40;
const BEHIND = 100;
/** What the editor leaves out of the id of a heading. */
const NO_ID = /[\][!/'"#$%&()*+,./:;<=>?@\\^{|}~`。，、；：？！…—·‘’“”（）「」『』《》]/g;

function plain(text: string): string {
  return text
    .replace(/<!--.*?-->/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(?:^| )\|[-:| ]+\|(?= |$)/g, " ")
    .replace(/`{3}\w*/g, " ")
    .replace(/[`*|]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

export function headingId(heading: string): string {
  const dashed = heading.trim().toLowerCase().replace(/\s+/g, "-");
  return dashed.replace(NO_ID, "").replace(/^-+|-+$/g, "");
}

/** The sections of a page, in its order; headings in code blocks are none. */
export function sectionsOf(page: string, markdown: string): readonly GuideSection[] {
  const found: { heading: string; lines: string[] }[] = [{ heading: "", lines: [] }];
  let isCode = false;
  for (const line of markdown.split(/\r?\n/)) {
    isCode = line.startsWith("```") ? !isCode : isCode;
    const heading = isCode ? undefined : /^#{1,4} +(.+)$/.exec(line)?.[1];
    if (heading === undefined) {
      found.at(-1)?.lines.push(line);
    } else {
      found.push({ heading: plain(heading), lines: [] });
    }
  }
  const title = found[1]?.heading ?? "";
  return found
    .map(({ heading, lines }, index): GuideSection => {
      return { page, title, heading, at: index < 2 ? "" : headingId(heading), text: plain(lines.join(" ")) };
    })
    .filter(({ heading, text }) => heading !== "" || text !== "");
}

/** Where a word begins in a text; -1 for nowhere. Words of Chinese have no boundary. */
function placeOf(word: string, lower: string): number {
  if (!/^\w/.test(word)) {
    return lower.indexOf(word);
  }
  let at = lower.indexOf(word);
  while (at > 0 && /[a-z0-9]/.test(lower.charAt(at - 1))) {
    at = lower.indexOf(word, at + 1);
  }
  return at;
}

function excerptOf(text: string, words: readonly string[]): string {
  const lower = text.toLowerCase();
  const places = words.map((word) => placeOf(word, lower)).filter((at) => at >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const start = first <= BEFORE ? 0 : text.lastIndexOf(" ", first - BEFORE) + 1;
  const end = Math.min(text.length, first + BEHIND);
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

/** Sections that have all of the words, those first whose heading or page is called so. */
export function search(sections: readonly GuideSection[], asked: string): readonly SearchResult[] {
  const words = withText(asked.toLowerCase().split(/\s+/));
  if (words.length === 0) {
    return [];
  }
  const rank = ({ title, heading, text }: GuideSection): number => {
    const [inHeading, inTitles, inText] = [heading, `${title} ${heading}`, `${title} ${heading} ${text}`].map(
      (each) => {
        const lower = each.toLowerCase();
        return words.every((word) => placeOf(word, lower) >= 0);
      },
    );
    return inHeading === true ? 3 : inTitles === true ? 2 : inText === true ? 1 : 0;
  };
  return sections
    .map((section) => ({ section, rank: rank(section) }))
    .filter((each) => each.rank > 0)
    .sort((one, other) => other.rank - one.rank)
    .slice(0, MOST_RESULTS)
    .map(({ section }) => ({ section, excerpt: excerptOf(section.text, words) }));
}
