/** Rows of the Models view: groups, their versions, the files of each version. */
import * as l10n from "@vscode/l10n";

import type { Page } from "../state/pages";
import type { Model, ModelFile, ModelGroup, PickleState } from "../protocol";
import { ago, bytes, dateTime, few, files, tags, versions } from "../text/format";
import { card, endNodes, type Icon, type Node } from "./node";
import type { Entry, ListId } from "./listId";
import { withText, joinWords, applying } from "../text/joinWords";

/** What the pickles of a version hold, in words; empty where there is nothing to say. Never that it is safe. */
export function pickleWords(state: PickleState): string {
  switch (state) {
    case "bad":
      return l10n.t("known-bad names");
    case "code":
      return l10n.t("contains Python code");
    case "unknown":
      return l10n.t("unknown names");
    case "unread":
      return l10n.t("pickles not checked yet");
    case "known":
    case "none":
      return "";
  }
}

/** Whether somebody has to allow the version before it is deployed. */
export function needsConsent(state: PickleState): boolean {
  return state === "bad" || state === "code";
}

/** Framework with its version, else what is there in its place. */
export function frameworkOf(model: Model): string {
  const framework = joinWords([model.framework, model.frameworkVersion], " ");
  if (framework !== "") {
    return framework;
  }
  return model.isFolder ? l10n.t("folder") : "";
}

export function versionIcon(model: Model): Icon {
  switch (model.pickle) {
    case "bad":
    case "code":
      return { id: "error", color: "problemsErrorIcon.foreground" };
    case "unknown":
    case "unread":
      return { id: "warning", color: "problemsWarningIcon.foreground" };
    case "known":
    case "none":
      return model.usedBy.length > 0 ? { id: "package", color: "charts.green" } : { id: "package" };
  }
}

/** The facts of a version as a tooltip. */
export function versionCard(model: Model): string {
  return card(model.id, [
    [l10n.t("Description"), model.description],
    [l10n.t("Aliases"), model.aliases.join(", ")],
    [l10n.t("Framework"), [model.framework, model.frameworkVersion].join(" ").trim()],
    [l10n.t("Tags"), tags(model.tags)],
    [l10n.t("Properties"), tags(model.properties)],
    [l10n.t("Pickle"), pickleWords(model.pickle)],
    [l10n.t("Registered"), dateTime(model.created)],
    [l10n.t("By"), model.createdBy],
    [l10n.t("Experiment"), model.experiment],
    [l10n.t("Run"), model.runId],
    [l10n.t("Size"), `${bytes(model.size)}, ${files(model.fileCount)}`],
    [l10n.t("Used by"), few(model.usedBy)],
    [l10n.t("Deleted"), model.deleted === null ? "" : dateTime(model.deleted)],
  ]);
}

function fileNode(model: Model, file: ModelFile): Node {
  const isFolder = file.path.endsWith("/");
  const title = l10n.t("Open");
  return {
    id: `file/${model.id}/${file.path}`,
    label: file.path,
    description: isFolder ? l10n.t("empty folder") : bytes(file.size),
    icon: { id: isFolder ? "folder" : "file" },
    flags: isFolder ? "folder" : "file",
    spoken: isFolder ? l10n.t("Empty folder {0}", file.path) : l10n.t("File {0}, {1}", file.path, bytes(file.size)),
    tooltip: card(file.path, [
      [l10n.t("Size"), isFolder ? "" : bytes(file.size)],
      ["SHA-256", file.sha256],
    ]),
    subject: { kind: "file", model, file },
    ...(isFolder ? {} : { click: { kind: "run", command: "scoredock.openModelFile", title } as const }),
  };
}

/** What can be done with a name: what can be done with its newest version, which is meant. */
function nameFlags({ newest, versions: count }: ModelGroup): string {
  return applying({ group: true, aliased: newest.aliases.length > 0, several: count > 1 });
}

function flagsOf({ usedBy, pickle, aliases }: Model): string {
  const [used, aliased] = [usedBy.length > 0, aliases.length > 0];
  return applying({ version: true, used, consent: needsConsent(pickle), aliased });
}

/** A version below its name, or with its name where several names stand together. */
function versionNode(model: Model, place: Extract<ListId, { kind: "versions" }>, now: number): Node {
  const byName = (place.query.groupBy ?? "name") === "name";
  const used = model.usedBy.length > 0 ? l10n.t("in use") : "";
  // What alarms comes first: the end of a row may be cut off.
  const notes = withText([
    pickleWords(model.pickle),
    ago(model.created, now),
    ...model.aliases,
    tags(model.tags),
    used,
  ]);
  return {
    id: `version/${place.group}/${model.id}`,
    label: byName ? `v${model.version}` : model.id,
    description: notes.join(" · "),
    icon: versionIcon(model),
    flags: flagsOf(model),
    spoken: l10n.t("Version {0} of {1}, {2}", model.version, model.name, notes.join(", ")),
    tooltip: versionCard(model),
    subject: { kind: "version", model },
    click: { kind: "run", command: "scoredock.showModel", title: l10n.t("Show Details") },
    list: { kind: "files", workspaceId: place.workspaceId, model, key: [place.workspaceId, model.id] },
  };
}

function nameNode(group: ModelGroup, place: Extract<ListId, { kind: "groups" }>, now: number): Node {
  const { key, newest } = group;
  const notes = withText([`v${newest.version}`, pickleWords(newest.pickle), frameworkOf(newest), ...newest.aliases]);
  const plainIcon: Icon = { id: newest.isFolder ? "folder-library" : "symbol-misc" };
  const alarming = needsConsent(newest.pickle) || newest.pickle === "unknown" || newest.pickle === "unread";
  return {
    id: `group/${key}`,
    label: key,
    description: notes.join(" · "),
    icon: alarming ? versionIcon(newest) : plainIcon,
    flags: nameFlags(group),
    spoken: l10n.t("Model {0}, {1}, newest {2}", key, versions(group.versions), notes.join(", ")),
    tooltip: card(key, [
      [l10n.t("Versions"), String(group.versions)],
      [l10n.t("Newest"), `${newest.id}, ${ago(newest.created, now)}`],
      [l10n.t("Aliases"), newest.aliases.join(", ")],
      [l10n.t("Pickle"), pickleWords(newest.pickle)],
      [l10n.t("Description"), newest.description],
    ]),
    subject: { kind: "group", group },
    click: { kind: "run", command: "scoredock.showModel", title: l10n.t("Show Details") },
    list: { kind: "versions", workspaceId: place.workspaceId, query: place.query, group: key },
  };
}

/** A value of a tag, or a framework, with the versions that have it. */
function valueNode(group: ModelGroup, place: Extract<ListId, { kind: "groups" }>): Node {
  const byTag = place.query.groupBy === "tag";
  const none = byTag ? l10n.t("without {0}", place.query.groupTag ?? "") : l10n.t("no framework");
  const label = group.key === "" ? none : group.key;
  return {
    id: `group/${group.key}`,
    label,
    description: versions(group.versions),
    icon: { id: byTag ? "tag" : "layers" },
    flags: "value",
    spoken: `${label}, ${versions(group.versions)}`,
    tooltip: card(label, [[l10n.t("Versions"), String(group.versions)]]),
    subject: { kind: "group", group },
    list: { kind: "versions", workspaceId: place.workspaceId, query: place.query, group: group.key },
  };
}

/** A version on its own, where versions of all models stand together. */
export function loneVersionNode(model: Model, workspaceId: string, now: number): Node {
  return versionNode(model, { kind: "versions", workspaceId, query: { groupBy: "framework" }, group: "" }, now);
}

/** The rows of a list of models. `now` in seconds. */
export function modelNodes(list: ListId, page: Page<Entry>, now: number): readonly Node[] {
  const nodes = page.rows.flatMap((entry): readonly Node[] => {
    if (entry.kind === "group" && list.kind === "groups") {
      return [
        (list.query.groupBy ?? "name") === "name" ? nameNode(entry.group, list, now) : valueNode(entry.group, list),
      ];
    }
    if (entry.kind === "version" && list.kind === "versions") {
      return [versionNode(entry.model, list, now)];
    }
    return entry.kind === "file" && list.kind === "files" ? [fileNode(list.model, entry.file)] : [];
  });
  return [...nodes, ...endNodes(list, page)];
}
