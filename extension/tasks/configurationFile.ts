/** tasks.json and launch.json: JSON with comments, which stay where they are. No `vscode` here. */
import { applyEdits, type JSONPath, modify, type ParseError, parse, parseTree, findNodeAtLocation } from "jsonc-parser";

/** The text of a file with one more entry, and where it stands. */
export interface Addition {
  readonly text: string;
  /** Offset of the entry. */
  readonly offset: number;
  /** Whether the file had it already, under the same name; then the text is as it was. */
  readonly known: boolean;
}

/** Which of the two files. */
export interface ConfigurationFile {
  readonly name: "tasks.json" | "launch.json";
  /** The version of its format. */
  readonly version: string;
  /** The key of the list. */
  readonly list: "tasks" | "configurations";
  /** What names an entry. */
  readonly nameKey: "label" | "name";
}

export const TASKS: ConfigurationFile = { name: "tasks.json", version: "2.0.0", list: "tasks", nameKey: "label" };
export const LAUNCH: ConfigurationFile = {
  name: "launch.json",
  version: "0.2.0",
  list: "configurations",
  nameKey: "name",
};

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: "\n" } };

function offsetOf(text: string, path: JSONPath): number {
  const root = parseTree(text, [], { allowTrailingComma: true });
  return (root === undefined ? undefined : findNodeAtLocation(root, path)?.offset) ?? 0;
}

/**
 * Adds an entry to the end of the list, unless one of its name is there. `text` is that of the file, empty for none.
 * Undefined where the file is not JSON, or not of the form that the editor reads.
 */
export function withEntry(
  file: ConfigurationFile,
  text: string,
  entry: Readonly<Record<string, unknown>>,
): Addition | undefined {
  const before = text.trim() === "" ? `{\n  "version": "${file.version}",\n  "${file.list}": []\n}\n` : text;
  const faults: ParseError[] = [];
  const whole = parse(before, faults, { allowTrailingComma: true }) as unknown;
  if (faults.length > 0 || typeof whole !== "object" || whole === null || Array.isArray(whole)) {
    return undefined;
  }
  const list = (whole as Readonly<Record<string, unknown>>)[file.list] ?? [];
  if (!Array.isArray(list)) {
    return undefined;
  }
  const named = list.findIndex(
    (one: unknown) => (one as Readonly<Record<string, unknown>> | null)?.[file.nameKey] === entry[file.nameKey],
  );
  if (named >= 0) {
    return { text, offset: offsetOf(text, [file.list, named]), known: true };
  }
  const eol = before.includes("\r\n") ? "\r\n" : "\n";
  const options = { formattingOptions: { ...FORMAT.formattingOptions, eol }, isArrayInsertion: true };
  const after = applyEdits(before, modify(before, [file.list, list.length], entry, options));
  return { text: after, offset: offsetOf(after, [file.list, list.length]), known: false };
}
