/** Script and style of the pages of ours, read from the extension's folder when the first page of a kind is opened. */
import { readFileSync } from "node:fs";
import * as path from "node:path";

import type { PageCode } from "./html";

const known = new Map<string, PageCode>();

function read(extension: string, kind: string): PageCode {
  const text = (...parts: readonly string[]): string => readFileSync(path.join(extension, ...parts), "utf8");
  return {
    script: text("dist", `${kind}.js`),
    // What all pages have in common comes first.
    style: ["base", kind].map((name) => text("media", `${name}.css`)).join("\n"),
  };
}

export type CodeName = "page" | "request" | "guide" | "metrics" | "log";

export function pageCode(extension: string, kind: CodeName): PageCode {
  const code = known.get(kind) ?? read(extension, kind);
  known.set(kind, code);
  return code;
}
