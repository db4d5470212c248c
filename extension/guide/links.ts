/** Where a link of a documentation page leads. No `vscode` here. */

export type LinkTarget =
  /** A page, by its path in the extension: `docs/services.md`. */
  | { readonly kind: "page"; readonly page: string; readonly at: string }
  | { readonly kind: "web"; readonly address: string }
  /** Another file of the extension. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "nowhere" };

export const FIRST_PAGE = "docs/README.md";
const TRANSLATED = /^docs\/zh-(?:cn|tw)\//;

/** Where a page is in the language of the editor, if it was translated; "" for English and for pages of rules. */
export function translationOf(page: string, language: string): string {
  const folder = `docs/${language.toLowerCase()}/`;
  const name = page.slice("docs/".length);
  return TRANSLATED.test(folder) && page.startsWith("docs/") && !name.includes("/") ? `${folder}${name}` : "";
}

/** The English page that a translation was made of; other pages are their own. */
export function originalOf(page: string): string {
  return page.replace(TRANSLATED, "docs/");
}

function pathBelow(folder: readonly string[], path: string): readonly string[] | undefined {
  const parts = [...folder];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) {
        return undefined;
      }
    } else if (part !== "." && part !== "") {
      parts.push(part);
    }
  }
  return parts;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Of a link as it is written in a page. */
export function targetOf(href: string, page: string): LinkTarget {
  if (/^(https?|mailto):/i.test(href)) {
    return { kind: "web", address: href };
  }
  if (/^[a-z][\w+.-]*:/i.test(href) || href.startsWith("//")) {
    return { kind: "nowhere" };
  }
  return insideTarget(href, page);
}

function insideTarget(href: string, page: string): LinkTarget {
  const [path = "", at = ""] = href.split("#").map(decode);
  const parts = path === "" ? page.split("/") : pathBelow(page.split("/").slice(0, -1), path);
  if (parts === undefined || parts.length === 0) {
    return { kind: "nowhere" };
  }
  const target = parts.join("/");
  if (target.endsWith(".md")) {
    return { kind: "page", page: target, at };
  }
  return /\.\w+$/.test(target) ? { kind: "file", path: target } : { kind: "page", page: `${target}/README.md`, at };
}
