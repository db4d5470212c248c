/**
 * Looks whether there is anything of ours in the open folders: few files, the beginning of each, and nothing but
 * reading. What says most by its name comes first, then what lies nearest to the top. No `vscode` here.
 */
import { open, readdir } from "node:fs/promises";
import * as path from "node:path";

import { ENVIRONMENT_MARKS, SHOWN_FOLDERS, SKIPPED_FOLDERS } from "./patterns";
import { isOurs, promise } from "./signs";

/** Files that are read. */
export const MOST_FILES = 200;
/** Bytes of each that are read. */
export const MOST_BYTES = 64 * 1024;
/** Names that are seen, in however many folders: a look ends. */
const MOST_NAMES = 20_000;
/** Files of a folder are read in this order, scripts of a shell before all others. */
const KINDS = [".py", ".ipynb", ".yml", ".yaml", ".json", ".toml"];

/** What was found; `read` files were looked into. */
export interface Look {
  /** Of the first file that is ours; undefined where none was found. */
  readonly file: string | undefined;
  readonly read: number;
}

/** The beginning of a file as text; empty where it cannot be read. */
async function beginning(file: string): Promise<string> {
  try {
    const opened = await open(file, "r");
    try {
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await opened.close();
    }
  } catch {
    return "";
  }
}

function isEntered(name: string): boolean {
  if (name.startsWith(".")) {
    return name === ".vscode" || SHOWN_FOLDERS.includes(name);
  }
  return !SKIPPED_FOLDERS.includes(name) && !name.endsWith(".egg-info");
}

/** Reads at most so many files in all. */
class Reader {
  read = 0;

  get isExhausted(): boolean {
    return this.read >= MOST_FILES;
  }

  /** The first of the files that is ours. */
  async first(files: readonly string[]): Promise<string | undefined> {
    for (const file of files) {
      if (this.isExhausted) {
        return undefined;
      }
      this.read += 1;
      if (isOurs(file, await beginning(file))) {
        return file;
      }
    }
    return undefined;
  }
}

/** What lies in a folder: files that say something by their names, others that may be ours, and folders. */
interface FolderContent {
  readonly telling: readonly string[];
  readonly others: readonly string[];
  readonly folders: readonly string[];
  readonly seen: number;
}

async function list(folder: string, isTop: boolean): Promise<FolderContent> {
  const nothing = { telling: [], others: [], folders: [], seen: 1 };
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    if (!isTop && entries.some(({ name }) => ENVIRONMENT_MARKS.includes(name))) {
      return nothing;
    }
    const whole = (name: string): string => path.join(folder, name);
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const sorted = names
      .sort()
      .sort((one, other) => KINDS.indexOf(path.extname(one)) - KINDS.indexOf(path.extname(other)));
    const files = sorted.map(whole);
    return {
      telling: files.filter((file) => promise(file) === 2),
      others: files.filter((file) => promise(file) === 1),
      // Folders that are linked to may lead in a circle.
      folders: entries
        .filter((entry) => entry.isDirectory() && isEntered(entry.name))
        .map(({ name }) => whole(name))
        .sort(),
      seen: entries.length,
    };
  } catch {
    return nothing;
  }
}

/** Goes through the folders level by level. `isWanted` ends it early, once the answer is of no use any more. */
export async function look(folders: readonly string[], isWanted: () => boolean = () => true): Promise<Look> {
  const reader = new Reader();
  const others: string[] = [];
  let level = [...folders];
  let seen = 0;
  for (let depth = 0; level.length > 0 && seen < MOST_NAMES && isWanted(); depth += 1) {
    const following: string[] = [];
    for (const folder of level) {
      if (seen >= MOST_NAMES || !isWanted()) {
        break;
      }
      const listed = await list(folder, depth === 0);
      seen += listed.seen;
      following.push(...listed.folders);
      others.push(...listed.others);
      const found = await reader.first(listed.telling);
      if (found !== undefined) {
        return { file: found, read: reader.read };
      }
    }
    level = following;
  }
  return { file: isWanted() ? await reader.first(others) : undefined, read: reader.read };
}
