/** The page of one model version: everything that the registry knows of it. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { AliasChange, Model, ModelDetails, ModelTensor, PickleReport, ResourceConfiguration } from "../protocol";
import { files } from "../text/format";
import { needsConsent, pickleWords } from "../views/modelNodes";
import {
  button,
  chips,
  code,
  column,
  command,
  content,
  contributedPage,
  digest,
  fields,
  link,
  list,
  names,
  notice,
  type PageAction,
  type PageContent,
  type PageRef,
  paragraph,
  type Cell,
  row,
  section,
  size,
  table,
  text,
  time,
  type Block,
  pageLinks,
  pageLink,
  registrationText,
} from "./content";
import { joinWords } from "../text/joinWords";

/** Files of a version that are listed; the rest is counted. */
const FILES = 500;

/** What a version needs by default, in words. */
export function resourceWords(resources: ResourceConfiguration): string {
  const { cpu, memoryInGB, gpu } = resources;
  const parts = [
    cpu === null || cpu === undefined ? "" : l10n.t("{0} CPU", cpu),
    memoryInGB === null || memoryInGB === undefined ? "" : l10n.t("{0} GB memory", memoryInGB),
    gpu === null || gpu === undefined ? "" : l10n.t("{0} GPU", gpu),
  ];
  return joinWords(parts, ", ");
}

function version(model: Model): ReturnType<typeof row> {
  return row({ kind: "version", model });
}

function states(model: Model): PageContent["states"] {
  const words = pickleWords(model.pickle);
  const alarming = needsConsent(model.pickle);
  return [
    ...(model.deleted === null ? [] : [{ text: l10n.t("In the trash"), tone: "bad" as const }]),
    ...(model.usedBy.length === 0 ? [] : [{ text: l10n.t("In use"), tone: "good" as const }]),
    ...(words === "" ? [] : [{ text: words, tone: alarming ? ("bad" as const) : ("warning" as const) }]),
  ];
}

function actions(details: ModelDetails): readonly PageAction[] {
  const { model } = details;
  const it = version(model);
  if (model.deleted !== null) {
    return [
      command(l10n.t("Restore"), "restoreDeleted", it, "first"),
      command(l10n.t("Delete Permanently…"), "purgeDeleted", it, "danger"),
    ];
  }
  return [
    command(l10n.t("Deploy"), "deploy", it, "first"),
    ...(model.framework === "" ? [] : [command(l10n.t("Deploy without Code"), "deployWithoutCode", it)]),
    command(l10n.t("Compare…"), "compareModels", it),
    ...(model.pickle === "none" ? [] : [command(l10n.t("Carry Over…"), "carryOver", it)]),
    command(l10n.t("Download Files…"), "downloadModel", it),
    command(l10n.t("Export as Archive…"), "exportModel", it),
    command(l10n.t("Push to a Registry…"), "pushModel", it),
    command(l10n.t("Show Lineage"), "showLineage", `model:${model.id}`),
    command(l10n.t("Delete"), "deleteModel", it, "danger"),
  ];
}

function sourceCell(source: ModelDetails["source"]): Cell {
  if (source === null) {
    return [];
  }
  const dirty =
    source.dirty === null
      ? ""
      : source.dirty
        ? l10n.t("with uncommitted changes")
        : l10n.t("without uncommitted changes");
  return [...digest(source.commit), ...text(source.branch), ...text(dirty)];
}

/** A value with the button that changes it; what is deleted is not changed. */
function changeable(model: Model, value: Cell, label: string, name: string): Cell {
  return model.deleted === null ? [...value, ...button(label, name, version(model))] : value;
}

function labels(details: ModelDetails): readonly Block[] {
  const { model } = details;
  const resources = resourceWords(details.resources);
  const removal = model.aliases.length === 0 ? [] : button(l10n.t("Remove…"), "removeModelAlias", version(model));
  return fields([
    [l10n.t("Description"), changeable(model, text(model.description), l10n.t("Edit…"), "editModelDescription")],
    [
      l10n.t("Aliases"),
      [
        ...changeable(model, names(model.aliases), l10n.t("Set…"), "setModelAlias"),
        ...(model.deleted === null ? removal : []),
      ],
    ],
    [l10n.t("Tags"), changeable(model, chips(model.tags), l10n.t("Edit…"), "editModelTags")],
    [l10n.t("Properties"), changeable(model, chips(model.properties), l10n.t("Add…"), "addModelProperties")],
    [l10n.t("Resources"), changeable(model, text(resources), l10n.t("Set…"), "editModelResources")],
    [l10n.t("Sample input"), changeable(model, code(details.sampleInputDataset), l10n.t("Set…"), "setModelSample")],
    [l10n.t("Sample output"), code(details.sampleOutputDataset)],
    [l10n.t("Datasets"), details.datasets.flatMap(({ scenario, dataset }) => [...text(scenario), ...code(dataset)])],
  ]);
}

/** Its name, which leads to its page where the store is known, and its id. */
function runCell({ model, runName, runStore }: ModelDetails, workspaceId: string): Cell {
  const page = contributedPage("run", { store: runStore, id: model.runId, workspaceId });
  const words = runName === "" ? model.runId : runName;
  return [
    ...(runStore === "" ? text(words) : pageLink(words, page, model.runId)),
    ...(runName === "" ? [] : digest(model.runId)),
  ];
}

function facts(details: ModelDetails, workspaceId: string, now: number): readonly Block[] {
  const { model } = details;
  const framework = joinWords([model.framework, model.frameworkVersion], " ");
  const service = (name: string): PageRef => ({ kind: "service", name, workspaceId });
  const image = (id: string): PageRef => ({ kind: "image", id, workspaceId });
  return fields([
    [l10n.t("Framework"), [...text(framework), ...text(details.recognised)]],
    [l10n.t("Registered"), registrationText(model, now)],
    [l10n.t("Size"), [...size(model.size), ...text(files(model.fileCount))]],
    [l10n.t("Content digest"), digest(model.digest)],
    [l10n.t("Used by"), pageLinks(model.usedBy, service)],
    [l10n.t("Images"), pageLinks(details.images, image)],
    [l10n.t("Experiment"), text(model.experiment)],
    [l10n.t("Run"), runCell(details, workspaceId)],
    [l10n.t("Tracking store"), code(details.runStore)],
    [l10n.t("Git commit"), sourceCell(details.source)],
    [l10n.t("Deleted"), time(model.deleted, now)],
  ]);
}

function pickleSentence({ state, unknown }: PickleReport): string {
  switch (state) {
    case "bad":
      return l10n.t("The pickles contain known-bad names. They were read without being loaded.");
    case "code":
      return l10n.t(
        "The model contains Python code, which runs when it is loaded. It was found without loading the model.",
      );
    case "unknown":
      return unknown.length > 0
        ? l10n.t("The pickles contain unknown names. They were read without being loaded.")
        : l10n.t(
            "Not every pickle could be read to the end, so there may be unknown names. They were read without being loaded.",
          );
    case "unread":
      return l10n.t("An earlier release registered this version. Its pickles have not been checked yet.");
    case "known":
      return l10n.t("The pickles contain only known names. They were read without being loaded.");
    case "none":
      return "";
  }
}

/** What somebody has to decide before this version is deployed. */
function consent({ model, pickle }: ModelDetails): PageContent["notices"] {
  if (!needsConsent(model.pickle) || model.deleted !== null) {
    return [];
  }
  const sentence = pickleSentence(pickle);
  return pickle.consent === ""
    ? [
        notice("bad", l10n.t("{0} It can be deployed only after you allow it.", sentence), [
          command(l10n.t("Allow Deployment…"), "allowModel", version(model)),
        ]),
      ]
    : [
        notice("warning", `${sentence} ${l10n.t("Deployment allowed: {0}", pickle.consent)}`, [
          command(l10n.t("Withdraw Permission to Deploy"), "withdrawModelConsent", version(model)),
        ]),
      ];
}

function pickles(report: PickleReport): readonly Block[] {
  const group = (title: string, found: readonly string[]): readonly Block[] =>
    found.length === 0 ? [] : [...paragraph(title), ...list(found.map(code))];
  return report.state === "none"
    ? []
    : [
        ...paragraph(pickleSentence(report)),
        ...group(l10n.t("Known-bad names, which run commands or access files or the network:"), report.bad),
        ...group(l10n.t("Python code outside of pickles:"), report.code),
        ...group(l10n.t("Unknown names:"), report.unknown),
        ...list(report.notes.map((note) => text(note))),
      ];
}

function tensors(all: readonly ModelTensor[]): readonly Block[] {
  return table(
    [column(l10n.t("Name"), "long"), column(l10n.t("Type")), column(l10n.t("Shape"))],
    all.map(({ name, type, shape }) => [code(name), code(type), code(shape)]),
  );
}

function fileTable(details: ModelDetails): readonly Block[] {
  const { model } = details;
  const shown = details.files.slice(0, FILES);
  const rows = shown.map((file): readonly Cell[] => {
    const open = {
      kind: "command",
      command: "scoredock.openModelFile",
      arguments: [row({ kind: "file", model, file })],
    } as const;
    return file.path.endsWith("/")
      ? [code(file.path), text(l10n.t("empty folder")), []]
      : [link(file.path, open), size(file.size), digest(file.sha256)];
  });
  const more = model.fileCount - shown.length;
  return [
    ...table([column(l10n.t("File"), "long"), column(l10n.t("Size"), "figure"), column("SHA-256")], rows),
    ...(more > 0 && details.files.length >= FILES
      ? paragraph(l10n.t("{0} more are listed in the Models view.", more))
      : []),
  ];
}

function timeline(shown: Model, versions: readonly Model[], workspaceId: string, now: number): readonly Block[] {
  if (versions.length < 2) {
    return [];
  }
  const service = (name: string): PageRef => ({ kind: "service", name, workspaceId });
  const rows = versions.map((one): readonly Cell[] => [
    [
      ...(one.id === shown.id
        ? text(l10n.t("v{0} (this one)", one.version))
        : pageLink(`v${one.version}`, { kind: "model", id: one.id, workspaceId })),
      ...names(one.aliases),
      ...chips(one.tags),
    ],
    time(one.created, now),
    size(one.size),
    pageLinks(one.usedBy, service),
  ]);
  return table(
    [
      column(l10n.t("Version"), "long"),
      column(l10n.t("Registered")),
      column(l10n.t("Size"), "figure"),
      column(l10n.t("Used by"), "long"),
    ],
    rows,
  );
}

function aliasHistory(history: readonly AliasChange[], now: number): readonly Block[] {
  const words = (number: number | null): string => (number === null ? "–" : `v${number}`);
  return table(
    [column(l10n.t("Alias"), "long"), column(l10n.t("Version")), column(l10n.t("When")), column(l10n.t("By"))],
    history.map(({ alias, version: at, previous, changed, changedBy }) => [
      code(alias),
      text(`${words(previous)} → ${words(at)}`),
      time(changed, now),
      text(changedBy),
    ]),
  );
}

/** The page; parts without content are left out. `now` in seconds. */
export function modelContent(details: ModelDetails, workspaceId: string, now: number): PageContent {
  const { model } = details;
  return content({
    title: model.id,
    kind: l10n.t("Model version"),
    states: states(model),
    actions: actions(details),
    notices: consent(details),
    sections: [
      ...section(l10n.t("Overview"), facts(details, workspaceId, now)),
      ...section(l10n.t("Labels and Defaults"), labels(details)),
      ...section(l10n.t("Pickle Names"), pickles(details.pickle)),
      ...section(l10n.t("Inputs"), tensors(details.inputs)),
      ...section(l10n.t("Outputs"), tensors(details.outputs)),
      ...section(l10n.t("Files"), fileTable(details)),
      ...section(l10n.t("Versions of {0}", model.name), timeline(model, details.versions, workspaceId, now)),
      ...section(l10n.t("Alias History"), aliasHistory(details.aliasHistory, now)),
    ],
  });
}
