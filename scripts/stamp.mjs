// Remembers by digest what a step was made from, so that a second run has nothing to do.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** SHA-256 over the contents of files and over plain words, in the given order; a missing file counts as empty. */
export function digest(files, words = []) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`\0${path.basename(file)}\0`);
    if (fs.existsSync(file)) hash.update(fs.readFileSync(file));
  }
  for (const word of words) hash.update(`\0${word}`);
  return hash.digest("hex");
}

/** Every file below a folder, sorted, without caches. */
export function filesBelow(folder, keep = () => true) {
  if (!fs.existsSync(folder)) return [];
  const found = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes("__pycache__") && !file.includes("node_modules") && keep(file));
  return found.sort();
}

export function isFresh(stampFile, value) {
  return fs.existsSync(stampFile) && fs.readFileSync(stampFile, "utf8").trim() === value;
}

export function stamp(stampFile, value) {
  fs.mkdirSync(path.dirname(stampFile), { recursive: true });
  fs.writeFileSync(stampFile, `${value}\n`);
}
