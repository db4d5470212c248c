/** Markdown page of one environment: how it is written, what is built of it, and what that holds. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import { code, section } from "./modelPage";
import type { EnvironmentBuild, EnvironmentDetails } from "../protocol";
import { table } from "./reports";
import { bytes, dateTime, tags } from "../text/format";
import { buildWords } from "../views/environmentNodes";
import { fenceAround, oneLine, plain } from "../views/node";

type Row = readonly [name: string, value: string];

function factTable(rows: readonly Row[]): string {
  return table(
    ["", ""],
    rows.filter(([, value]) => value !== ""),
    true,
  );
}

function facts({ environment, folder, variables }: EnvironmentDetails): string {
  const { asset } = environment;
  return factTable([
    [l10n.t("Id"), code(environment.id)],
    [l10n.t("Holds"), plain(environment.summary)],
    [l10n.t("Tags"), asset === null ? "" : plain(tags(asset.tags))],
    [l10n.t("Registered"), asset === null ? "" : dateTime(asset.created)],
    [l10n.t("By"), plain(asset?.createdBy ?? "")],
    [l10n.t("Used by"), (asset?.usedBy ?? []).map(code).join(" ")],
    [l10n.t("Folder"), code(folder)],
    [
      l10n.t("Variables"),
      Object.entries(variables)
        .map(([name, value]) => code(`${name}=${value}`))
        .join(" "),
    ],
  ]);
}

function buildSection(build: EnvironmentBuild): string {
  const rows = factTable([
    [l10n.t("State"), plain(buildWords(build))],
    [l10n.t("Reason"), plain([build.message, build.fix].filter((part) => part !== "").join(" "))],
    [l10n.t("Image"), code(build.reference)],
    [l10n.t("Python"), plain(build.python)],
    [l10n.t("Packages"), build.packages === null ? "" : String(build.packages)],
    [l10n.t("Size"), build.size === null ? "" : bytes(build.size)],
    [l10n.t("Built"), build.created === null ? "" : dateTime(build.created)],
    [l10n.t("Key"), code(build.key)],
    [l10n.t("Used by"), build.usedBy.map(code).join(" ")],
  ]);
  return section(build.form === "image" ? l10n.t("Docker Image") : l10n.t("For Processes"), rows);
}

function packages({ packages: all }: EnvironmentDetails): string {
  const conda = all.some(({ source }) => source === "conda");
  const head = conda
    ? [l10n.t("Package"), l10n.t("Version"), l10n.t("From"), l10n.t("Channel")]
    : [l10n.t("Package"), l10n.t("Version")];
  const rows = all.map(({ name, version, source, channel }) =>
    conda ? [code(name), code(version), source, plain(channel)] : [code(name), code(version)],
  );
  return rows.length === 0 ? "" : table(head, rows, true);
}

function block(text: string, language: string): string {
  const fence = fenceAround(text, 3);
  return text === "" ? "" : `${fence}${language}\n${text.replace(/\n*$/, "")}\n${fence}`;
}

/** The page; parts without content are left out. */
export function environmentPage(details: EnvironmentDetails): string {
  const { environment, notes } = details;
  return [
    `# ${plain(oneLine(environment.origin === "service" ? environment.name : environment.id))}`,
    plain(environment.asset?.description ?? ""),
    facts(details),
    notes.map((note) => `- ${plain(note)}`).join("\n"),
    ...environment.builds.map(buildSection),
    section(l10n.t("As It Is Written"), block(details.text, details.language)),
    section(l10n.t("Installed Packages"), packages(details)),
    section(l10n.t("Lock"), block(details.lock, "text")),
    section(l10n.t("Conda Lock"), block(details.condaLock, "text")),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
