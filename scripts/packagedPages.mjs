// The pages that ship in the VSIX: the documentation with links that lead to what is there, and the README and the
// changelog as the editor shows them, which takes pictures from https: and data: only and follows no relative link.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./project.mjs";

/** Pages for those who work on Scoredock. */
const LEFT_OUT = new Set(["docs/releasing.md"]);
/** Folders of pages in other languages. */
const TRANSLATIONS = ["docs/zh-cn", "docs/zh-tw"].filter((folder) => fs.existsSync(path.join(ROOT, folder)));
const LINK = /(!?)\[((?:[^[\]]|\[[^[\]]*\])*)\]\(([^()\s]+)\)/g;
const FENCE = /^(?: {0,3})(```|~~~)/;
const WEB = /^(https?|mailto|data|command):/i;

/** The text with each link and picture replaced by what `give` says; code blocks stay as they are. */
function withLinks(text, give) {
  let fence = "";
  return text
    .split("\n")
    .map((line) => {
      const mark = FENCE.exec(line)?.[1] ?? "";
      if (mark && (!fence || fence === mark)) {
        fence = fence ? "" : mark;
        return line;
      }
      return fence
        ? line
        : line.replace(LINK, (whole, picture, label, href) => give({ whole, picture: picture === "!", label, href }));
    })
    .join("\n");
}

/** The file that a link of a page names, from the top of the checkout; "" for one within the page or of the web. */
export function targetOf(href, page) {
  if (WEB.test(href) || href.startsWith("#")) return "";
  return path.posix.normalize(path.posix.join(path.posix.dirname(page), decodeURI(href.split("#")[0])));
}

/** Every link and picture of a text: where it leads, from the top of the checkout. */
export function linksOf(text, page) {
  const found = [];
  withLinks(text, ({ whole, picture, href }) => {
    found.push({ picture, href, target: targetOf(href, page) });
    return whole;
  });
  return found;
}

function markdownIn(folder) {
  return fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`)
    .filter((page) => !LEFT_OUT.has(page));
}

/** Pages of the documentation that ship, and the pictures in them. */
export function documentation() {
  const pages = ["docs", "docs/rules", ...TRANSLATIONS].flatMap(markdownIn);
  const pictures = new Set();
  for (const page of pages) {
    for (const { picture, target } of linksOf(fs.readFileSync(path.join(ROOT, page), "utf8"), page)) {
      if (picture && target) pictures.add(target);
    }
  }
  return { pages, pictures: [...pictures].sort() };
}

/** A page whose links to what does not ship are their text alone. */
export function withoutDeadLinks(text, page, shipped) {
  return withLinks(text, ({ whole, picture, label, href }) => {
    const target = targetOf(href, page);
    const there = !target || shipped.has(target) || shipped.has(`${target.replace(/\/$/, "")}/README.md`);
    return there || picture ? whole : label;
  });
}

/** README or changelog for the editor's page of the extension, without a network: pictures inside, links as text. */
export function forTheEditor(text, page) {
  return withLinks(text, ({ whole, picture, label, href }) => {
    const target = targetOf(href, page);
    if (!target) return whole;
    if (!picture) return label;
    const bytes = fs.readFileSync(path.join(ROOT, target));
    return `![${label}](data:image/${path.extname(target).slice(1)};base64,${bytes.toString("base64")})`;
  });
}

/** Writes the documentation into a folder. */
export function writeDocumentation(stage) {
  const { pages, pictures } = documentation();
  const shipped = new Set([...pages, ...pictures]);
  for (const page of pages) {
    const target = path.join(stage, page);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, withoutDeadLinks(fs.readFileSync(path.join(ROOT, page), "utf8"), page, shipped));
  }
  for (const picture of pictures) {
    fs.mkdirSync(path.dirname(path.join(stage, picture)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, picture), path.join(stage, picture));
  }
}
