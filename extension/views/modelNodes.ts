/** Rows of the Models view: a name, its versions with the newest first, and the files of each version. */
import * as l10n from "@vscode/l10n";

import type { Model, ModelFile } from "../protocol";
import type { State } from "../state";
import { ago, bytes, dateTime, tags, versions } from "../text";
import { card, type Node } from "./node";

function kind(model: Model): string {
  const framework = [model.framework, model.frameworkVersion].filter((part) => part !== "").join(" ");
  if (framework !== "") {
    return framework;
  }
  return model.isFolder ? l10n.t("folder") : "";
}

function fileNode(model: Model, file: ModelFile): Node {
  return {
    id: `model/${model.id}/${file.path}`,
    label: file.path,
    description: bytes(file.size),
    icon: { id: "file" },
    flags: "file",
    spoken: l10n.t("File {0}, {1}", file.path, bytes(file.size)),
    tooltip: card(file.path, [
      [l10n.t("Size"), bytes(file.size)],
      ["SHA-256", file.sha256],
    ]),
    subject: { kind: "file", model, file },
  };
}

function versionNode(model: Model, now: number): Node {
  const used = model.usedBy.length > 0;
  const notes = [ago(model.created, now), tags(model.tags), used ? l10n.t("in use") : ""].filter((part) => part !== "");
  return {
    id: `model/${model.id}`,
    label: `v${model.version}`,
    description: notes.join(" · "),
    icon: used ? { id: "package", color: "charts.green" } : { id: "package" },
    flags: used ? "version used" : "version",
    spoken: l10n.t("Version {0} of {1}, {2}", model.version, model.name, notes.join(", ")),
    tooltip: card(model.id, [
      [l10n.t("Description"), model.description],
      [l10n.t("Framework"), kind(model)],
      [l10n.t("Tags"), tags(model.tags)],
      [l10n.t("Properties"), tags(model.properties)],
      [l10n.t("Registered"), dateTime(model.created)],
      [l10n.t("By"), model.createdBy],
      [l10n.t("Size"), bytes(model.size)],
      [l10n.t("Used by"), model.usedBy.join(", ")],
    ]),
    subject: { kind: "version", model },
    children: () => model.files.map((file) => fileNode(model, file)),
  };
}

function groupNode(name: string, models: readonly Model[], newest: Model, now: number): Node {
  const notes = [`v${newest.version}`, kind(newest)].filter((part) => part !== "");
  return {
    id: `model/${name}`,
    label: name,
    description: notes.join(" · "),
    icon: { id: newest.isFolder ? "folder-library" : "symbol-misc" },
    flags: "group",
    spoken: l10n.t("Model {0}, {1}, newest {2}", name, versions(models.length), notes.join(", ")),
    tooltip: card(name, [
      [l10n.t("Versions"), String(models.length)],
      [l10n.t("Newest"), `${newest.id}, ${ago(newest.created, now)}`],
      [l10n.t("Description"), newest.description],
    ]),
    subject: { kind: "group", name, versions: models },
    children: () => models.map((model) => versionNode(model, now)),
  };
}

/** Models grouped by name, in alphabetical order. `now` in seconds. */
export function modelNodes(state: State, now: number): readonly Node[] {
  const groups = new Map<string, Model[]>();
  for (const model of state.models) {
    const group = groups.get(model.name);
    if (group === undefined) {
      groups.set(model.name, [model]);
    } else {
      group.push(model);
    }
  }
  const nodes: Node[] = [];
  for (const name of [...groups.keys()].sort((one, other) => one.localeCompare(other))) {
    const models = (groups.get(name) ?? []).sort((one, other) => other.version - one.version);
    const newest = models[0];
    if (newest !== undefined) {
      nodes.push(groupNode(name, models, newest, now));
    }
  }
  return nodes;
}
