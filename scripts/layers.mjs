// The folders of Python tests: which there are, what they need to themselves, and how long each took last.
import fs from "node:fs";
import path from "node:path";
import { ROOT, cacheFolder } from "./project.mjs";

export const TESTS = path.join(ROOT, "tests");
/** Seconds per layer as they were when somebody last committed them; a run on this machine knows better. */
const TIMES = {
  gate: [path.join(TESTS, "times.json"), path.join(cacheFolder(), "test-times.json")],
  long: [path.join(TESTS, "long-times.json"), path.join(cacheFolder(), "long-test-times.json")],
};
/** What counts for a layer that nobody has measured yet: it begins neither first nor last. */
const UNKNOWN_SECONDS = 60;

/** What is quick and says most: these begin first. */
const FIRST = ["rules"];
/**
 * Layers that begin with the VSIX, the wheelhouse and the bundle in dist/. They only read them, and find them fresh.
 */
const NEEDS_DIST = ["ui", "packaging", "demo"];
/** They load the machine on purpose and measure no time: they take what the others leave. */
const NICE = { soak: 10 };
/** Rules and pure functions: no services, no containers, no browser. `npm run test:quick` has these. */
export const PURE = ["rules", "configs", "language", "checks", "pickles"];

const read = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {});

const holdsTests = (folder) =>
  fs.readdirSync(folder, { recursive: true }).some((file) => /(^|[\\/])test_[^\\/]*\.py$/.test(file));

/** What a run of that depth knew before it began. */
const timesOf = (depth) => TIMES[depth] ?? TIMES.gate;

/**
 * Layers of a run of that depth as {name, needsDist, niceness, seconds}, in the order in which they should begin: the
 * longest first.
 */
export function layers(depth) {
  const [committed, measured] = timesOf(depth);
  const seconds = { ...read(committed), ...read(measured) };
  return fs
    .readdirSync(TESTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && holdsTests(path.join(TESTS, entry.name)))
    .map(({ name }) => ({
      name,
      needsDist: NEEDS_DIST.includes(name),
      niceness: NICE[name] ?? 0,
      seconds: seconds[name] ?? UNKNOWN_SECONDS,
    }))
    .sort(
      (one, other) =>
        FIRST.includes(other.name) - FIRST.includes(one.name) ||
        other.seconds - one.seconds ||
        one.name.localeCompare(other.name),
    );
}

/** Keeps what layers took in a run of that depth, for the order of the next one. */
export function keepSeconds(depth, seconds) {
  const [, file] = timesOf(depth);
  const rounded = Object.fromEntries(Object.entries(seconds).map(([name, each]) => [name, Math.round(each)]));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify({ ...read(file), ...rounded }, null, 2)}\n`);
}
