// Finds the Python that the project's own virtual environment is made with.
import { spawnSync } from "node:child_process";
import { Refusal } from "./steps.mjs";

const OLDEST = [3, 10];
const CANDIDATES = [
  ["python3.14"],
  ["python3.13"],
  ["python3.12"],
  ["python3.11"],
  ["python3.10"],
  ["python3"],
  ["python"],
  ["py", "-3"],
];
// Debian splits venv into a package of its own: `import venv` works without it, `import ensurepip` does not.
const PROBE = `
import json, sys
try:
    import ensurepip, venv
    usable = True
except ImportError:
    usable = False
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable, "venv": usable,
                  "cpython": sys.implementation.name == "cpython"}))
`;

/** What a candidate says of itself, or why it is none. */
function probe(argv) {
  const [program, ...args] = argv;
  const result = spawnSync(program, [...args, "-I", "-c", PROBE], {
    encoding: "utf8",
    timeout: 20_000,
    windowsHide: true,
  });
  if (result.error?.code === "ENOENT") return { reason: "not there" };
  // A pyenv shim of a version that is not selected, or the Windows Store's placeholder, is there but ends with an
  // error.
  if (result.status !== 0) return { reason: "does not run" };
  try {
    return JSON.parse(result.stdout.trim().split("\n").at(-1));
  } catch {
    return { reason: "gives no version" };
  }
}

function fault(found) {
  if (found.reason) return found.reason;
  const version = found.version.join(".");
  const [major, minor] = found.version;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return `${version}, older than ${OLDEST.join(".")}`;
  if (!found.cpython) return `${version}, not CPython`;
  if (!found.venv) return `${version}, without venv`;
  return "";
}

/** {executable, version} of the first usable Python; refuses with the places looked at. */
export function findPython(candidates = CANDIDATES) {
  const places = [];
  const own = process.env.SCOREDOCK_PYTHON;
  for (const argv of own ? [[own]] : candidates) {
    const found = probe(argv);
    const why = fault(found);
    if (!why) return { executable: found.executable, version: found.version.join(".") };
    places.push(`${argv.join(" ")} (${why})`);
  }
  throw new Refusal(
    `No CPython ${OLDEST.join(".")} or newer with the venv module was found: looked at ${places.join(", ")}; ` +
      `install one (on Debian: apt-get install python3-venv) and run the same command again.`,
  );
}

/** Does this interpreter run, and is it new enough? Its version, or null. */
export function versionOf(executable) {
  const found = probe([executable]);
  if (!found.version) return null;
  const tooOld = found.version[0] < OLDEST[0] || (found.version[0] === OLDEST[0] && found.version[1] < OLDEST[1]);
  return tooOld ? null : found.version.join(".");
}
