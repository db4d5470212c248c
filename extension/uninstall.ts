/**
 * What VS Code runs with Node when the extension has been uninstalled, after its next start, with no window of ours and
 * no Python: whatever the machine still starts for a data folder is named where people will meet it, in the folder.
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as l10n from "@vscode/l10n";

/** In a data folder; its launcher (`unattended/launcher.py`) writes and shows it as well. */
const NOTE = "LEFT-AFTER-UNINSTALL.txt";

/** Something that the machine starts, the data folder that it is for, and the command that takes it away. */
interface Leftover {
  readonly what: string;
  readonly home: string;
  readonly command: string;
}

/** What a program of the machine prints; nothing where there is none, or it has nothing. */
function outputOf(program: string, ...words: string[]): string {
  try {
    return execFileSync(program, words, { encoding: "utf8", timeout: 10_000, stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

const inQuotes = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;

function cronLines(): Leftover[] {
  return outputOf("crontab", "-l")
    .split("\n")
    .flatMap((line) => {
      const mark = /# scoredock (?:rules )?\S+(?: [0-9a-f]{12})?\s*$/.exec(line);
      if (mark === null || line.trimStart().startsWith("#")) return [];
      const home = /'SCOREDOCK_HOME=((?:[^']|'"'"')*)'|SCOREDOCK_HOME=(\S+)/.exec(line.replaceAll("\\%", "%"));
      return {
        what: line,
        home: home?.[1]?.replaceAll(`'"'"'`, "'") ?? home?.[2] ?? "",
        command: `crontab -l | grep -vF ${inQuotes(mark[0].trimEnd())} | crontab -`,
      };
    });
}

/** One of the environment that has a value. */
function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

function userUnits(): Leftover[] {
  const folder = path.join(variable("XDG_CONFIG_HOME") ?? path.join(os.homedir(), ".config"), "systemd", "user");
  const names = fs.existsSync(folder)
    ? fs.readdirSync(folder).filter((name) => /^scoredock-.*\.service$/.test(name))
    : [];
  return names.flatMap((name) => {
    const file = path.join(folder, name);
    const text = fs.lstatSync(file).isFile() ? fs.readFileSync(file, "utf8") : "";
    if (!text.startsWith("# Written by `scoredock")) return [];
    const home = /^Environment="?SCOREDOCK_HOME=(.*?)"?$/m.exec(text)?.[1] ?? "";
    return {
      what: file,
      home: home.replace(/\\(.)/g, "$1").replaceAll("%%", "%").replaceAll("$$", "$"),
      command: `systemctl --user disable --now ${name}; rm ${inQuotes(file)}`,
    };
  });
}

function windowsTasks(): Leftover[] {
  const names = [...outputOf("schtasks", "/Query", "/FO", "CSV", "/NH").matchAll(/^"\\(Scoredock\\[^"]+)"/gm)];
  return names.map(([, name = ""]) => ({ what: name, home: "", command: `schtasks /Delete /F /TN "${name}"` }));
}

/** Where the data folder is when nothing says otherwise, as `data_folder.py` has it. */
function usualHome(): string {
  const home = os.homedir();
  const own = variable("SCOREDOCK_HOME");
  if (own !== undefined) return path.resolve(own);
  if (process.platform === "win32") return path.join(variable("LOCALAPPDATA") ?? home, "scoredock");
  if (process.platform === "darwin") return path.join(home, "Library", "Application Support", "scoredock");
  return path.join(variable("XDG_DATA_HOME") ?? path.join(home, ".local", "share"), "scoredock");
}

function noteOf(all: readonly Leftover[]): string {
  return [
    l10n.t("The extension Scoredock was uninstalled. This machine still starts for it:"),
    ...all.flatMap(({ what, command }) => ["", `  ${what}`, l10n.t("  To take it away: {0}", command)]),
    "",
    l10n.t(
      "Leave it if you still use Scoredock from a terminal. Services that run go on, and models stay where they are.",
    ),
    "",
  ].join("\n");
}

/** In the language of the account, as nobody tells that of the editor here. */
function speak(): void {
  const locale = variable("LC_ALL") ?? variable("LC_MESSAGES") ?? variable("LANG") ?? "";
  const language = /^zh[_-](TW|HK|MO|Hant)/i.test(locale) ? "zh-tw" : /^zh/i.test(locale) ? "zh-cn" : "";
  const file = path.join(__dirname, "..", "l10n", `bundle.l10n.${language}.json`);
  if (language !== "" && fs.existsSync(file)) l10n.config({ contents: fs.readFileSync(file, "utf8") });
}

function main(): void {
  speak();
  const all = process.platform === "win32" ? windowsTasks() : [...cronLines(), ...userUnits()];
  if (all.length === 0) return;
  process.stdout.write(noteOf(all));
  for (const home of new Set(all.map((each) => each.home || usualHome()))) {
    const own = all.filter((each) => (each.home || usualHome()) === home);
    // A data folder that was deleted is not made again.
    if (fs.existsSync(home)) fs.writeFileSync(path.join(home, NOTE), noteOf(own), { mode: 0o600 });
  }
}

main();
