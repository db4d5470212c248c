/** Text from outside in markdown: in tooltips and in documents. */

import { inLines } from "./visible";

const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~&$]/g;

/** An address of the web, without what ends a sentence or a bracket behind it. */
const ADDRESS = /(https?:\/\/[^\s<>|`\\"']*[^\s<>|`\\"'.,;:!?()[\]{}*])/;

/**
 * Text from outside as markdown that shows exactly it. Addresses of the web are links: with signs escaped in them the
 * preview would make links of their beginnings, which lead nowhere.
 */
export function plain(text: string): string {
  return inLines(text)
    .split(ADDRESS)
    .map((part, index) => (index % 2 === 1 ? `<${part}>` : withEscapes(part)))
    .join("");
}

function withEscapes(text: string): string {
  return text.replace(SPECIAL, "\\$&").replace(/\r\n?|\n/g, "  \n");
}
