/** Markdown page of one model version: everything that the registry knows of it. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { AliasChange, Model, ModelDetails, ModelTensor, PickleReport, ResourceConfiguration } from "../protocol";
import { table } from "./reports";
import { bytes, dateTime, files, tags } from "../text/format";
import { fenceAround, oneLine, plain } from "../views/node";

/** Files of a version that are listed; the rest is counted. */
const FILES = 500;

/** Text from outside in a cell, so that it is shown and copied as it is. */
export function code(text: string): string {
  if (text === "") {
    return "";
  }
  const line = oneLine(text);
  const fence = fenceAround(line, 1);
  // A blank at both ends is taken away again where it is shown.
  const pad = /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

export function section(title: string, body: string): string {
  return body === "" ? "" : `## ${title}\n\n${body}`;
}

/** What a version needs by default, in words. */
export function resourceWords(resources: ResourceConfiguration): string {
  const { cpu, memoryInGB, gpu } = resources;
  const parts = [
    cpu === null || cpu === undefined ? "" : l10n.t("{0} CPU", cpu),
    memoryInGB === null || memoryInGB === undefined ? "" : l10n.t("{0} GB memory", memoryInGB),
    gpu === null || gpu === undefined ? "" : l10n.t("{0} GPU", gpu),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function sourceWords(source: ModelDetails["source"]): string {
  if (source === null) {
    return "";
  }
  const dirty =
    source.dirty === null ? "" : source.dirty ? l10n.t("with changes that were not committed") : l10n.t("as committed");
  return [code(source.commit), plain(source.branch), dirty].filter((part) => part !== "").join(" · ");
}

function facts(details: ModelDetails): string {
  const { model } = details;
  const framework = [model.framework, model.frameworkVersion].filter((part) => part !== "").join(" ");
  const run = [code(model.runId), plain(details.runName)].filter((part) => part !== "").join(" · ");
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t("Id"), code(model.id)],
    [l10n.t("Aliases"), model.aliases.map(code).join(" ")],
    [l10n.t("Framework"), plain(framework)],
    [l10n.t("Recognised"), plain(details.recognised)],
    [l10n.t("Tags"), plain(tags(model.tags))],
    [l10n.t("Properties"), plain(tags(model.properties))],
    [l10n.t("Registered"), dateTime(model.created)],
    [l10n.t("By"), plain(model.createdBy)],
    [l10n.t("Size"), `${bytes(model.size)}, ${files(model.fileCount)}`],
    [l10n.t("Content digest"), code(model.digest)],
    [l10n.t("Used by"), model.usedBy.map(code).join(" ")],
    [l10n.t("Images"), details.images.map(code).join(" ")],
    [l10n.t("Experiment"), plain(model.experiment)],
    [l10n.t("Run"), run],
    [l10n.t("Tracking store"), code(details.runStore)],
    [l10n.t("Git commit"), sourceWords(details.source)],
    [l10n.t("Resources"), resourceWords(details.resources)],
    [l10n.t("Sample input"), code(details.sampleInputDataset)],
    [l10n.t("Sample output"), code(details.sampleOutputDataset)],
    [
      l10n.t("Datasets"),
      details.datasets.map(({ scenario, dataset }) => `${plain(scenario)} ${code(dataset)}`).join(", "),
    ],
    [l10n.t("Deleted"), model.deleted === null ? "" : dateTime(model.deleted)],
  ];
  return table(
    ["", ""],
    rows.filter(([, value]) => value !== ""),
    true,
  );
}

function pickleSentence({ state, unknown }: PickleReport): string {
  switch (state) {
    case "bad":
      return l10n.t("The pickles hold known-bad names. They were read without loading them.");
    case "code":
      return l10n.t(
        "The model brings Python code along, which runs when it is loaded. It was found without loading it.",
      );
    case "unknown":
      return unknown.length > 0
        ? l10n.t("The pickles hold unknown names. They were read without loading them.")
        : l10n.t(
            "Not every pickle could be read to its end, so that it may hold unknown names. They were read without loading them.",
          );
    case "unread":
      return l10n.t("An earlier release registered this version. Its pickles were not looked into yet.");
    case "known":
      return l10n.t("The pickles hold only names from the list of known ones. They were read without loading them.");
    case "none":
      return "";
  }
}

function pickles(report: PickleReport): string {
  if (report.state === "none") {
    return "";
  }
  const list = (title: string, names: readonly string[]): string =>
    names.length === 0 ? "" : `**${title}**\n\n${names.map((name) => `- ${code(name)}`).join("\n")}`;
  return [
    pickleSentence(report),
    list(l10n.t("Known-bad names, which run commands or reach files and network"), report.bad),
    list(l10n.t("Python code outside of pickles"), report.code),
    list(l10n.t("Names on no list"), report.unknown),
    report.notes.map((note) => `- ${plain(note)}`).join("\n"),
    report.consent === "" ? "" : l10n.t("Deployment allowed: {0}", plain(report.consent)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function tensors(list: readonly ModelTensor[]): string {
  return list.length === 0
    ? ""
    : table(
        [l10n.t("Name"), l10n.t("Type"), l10n.t("Shape")],
        list.map(({ name, type, shape }) => [code(name), code(type), code(shape)]),
        true,
      );
}

function timeline(shown: Model, versions: readonly Model[]): string {
  if (versions.length < 2) {
    return "";
  }
  const rows = versions.map((model) => {
    const id = model.id === shown.id ? `**${code(model.id)}**` : code(model.id);
    return [
      id,
      dateTime(model.created),
      bytes(model.size),
      model.aliases.map(code).join(" "),
      plain(tags(model.tags)),
      model.usedBy.map(code).join(" "),
    ];
  });
  return table(
    [l10n.t("Version"), l10n.t("Registered"), l10n.t("Size"), l10n.t("Aliases"), l10n.t("Tags"), l10n.t("Used by")],
    rows,
    true,
  );
}

function aliasHistory(history: readonly AliasChange[]): string {
  const version = (number: number | null): string => (number === null ? "–" : `v${number}`);
  const rows = history.map(({ alias, version: now, previous, changed, changedBy }) => [
    code(alias),
    `${version(previous)} → ${version(now)}`,
    dateTime(changed),
    plain(changedBy),
  ]);
  return rows.length === 0 ? "" : table([l10n.t("Alias"), l10n.t("Version"), l10n.t("When"), l10n.t("By")], rows, true);
}

function fileTable(details: ModelDetails): string {
  const rows = details.files
    .slice(0, FILES)
    .map((file) => [
      code(file.path),
      file.path.endsWith("/") ? l10n.t("empty folder") : bytes(file.size),
      code(file.sha256),
    ]);
  const more = details.model.fileCount - rows.length;
  const rest = more > 0 && details.files.length >= FILES ? l10n.t("{0} more are listed in the Models view.", more) : "";
  return [table([l10n.t("File"), l10n.t("Size"), "SHA-256"], rows, true), rest]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The page; parts without content are left out. */
export function modelPage(details: ModelDetails): string {
  const { model } = details;
  return [
    `# ${plain(oneLine(model.id))}`,
    plain(model.description),
    facts(details),
    section(l10n.t("Pickle Names"), pickles(details.pickle)),
    section(l10n.t("Inputs"), tensors(details.inputs)),
    section(l10n.t("Outputs"), tensors(details.outputs)),
    section(l10n.t("Files"), fileTable(details)),
    section(l10n.t("Versions"), timeline(model, details.versions)),
    section(l10n.t("Alias History"), aliasHistory(details.aliasHistory)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
