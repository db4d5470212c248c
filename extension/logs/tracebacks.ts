/** Places that the tracebacks of Python name in a text. No `vscode` here. */

/** A file and a line from 1, and where in the text they stand. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

const PLACE = /\bFile "([^"\n]+)", line (\d+)/g;
const FILE = /(?<=\bFile ")[^"\n]+(?=")/g;

/** The newest are kept: who follows a log looks at its end. */
const MOST = 2000;

/** Places from the beginning of the path to the end of the line number; files without an absolute path are none. */
export function placesIn(text: string): readonly Place[] {
  const found: Place[] = [];
  for (const match of text.matchAll(PLACE)) {
    const [whole, file = "", line = ""] = match;
    if (/^(?:\/|[a-zA-Z]:[\\/])/.test(file)) {
      const start = match.index + whole.indexOf(file);
      found.push({ file, line: Number(line), start, end: match.index + whole.length });
    }
  }
  return found.slice(-MOST);
}

/** The files that tracebacks name, each once. */
export function filesIn(text: string): readonly string[] {
  return [...new Set(text.match(FILE) ?? [])];
}

/** The text with other files in place of those; `own` maps what is to be replaced. */
export function withFiles(text: string, own: ReadonlyMap<string, string>): string {
  return own.size === 0 ? text : text.replace(FILE, (file) => own.get(file) ?? file);
}
