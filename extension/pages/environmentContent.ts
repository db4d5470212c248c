/** The page of one environment: how it is written, what is built of it, and what that holds. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Environment, EnvironmentBuild, EnvironmentDetails } from "../protocol";
import type { Subject } from "../views/node";
import { environmentFlags } from "../views/environmentNodes";
import {
  type Block,
  block,
  button,
  type Cell,
  chips,
  code,
  column,
  command,
  content,
  copyable,
  digest,
  fields,
  link,
  list,
  notice,
  type PageAction,
  type PageContent,
  pageLinks,
  type PageRef,
  row,
  section,
  size,
  table,
  text,
  time,
  type Tone,
} from "./content";
import { joined } from "../text/joined";

const TONES: Readonly<Record<EnvironmentBuild["state"], Tone>> = {
  NotBuilt: "plain",
  Building: "busy",
  Failed: "bad",
  Ready: "good",
};

function subject(environment: Environment): Subject {
  const { asset } = environment;
  return asset === null ? { kind: "environment", environment } : { kind: "asset", asset, environment };
}

/** Those that its builds allow. */
function actions(environment: Environment): readonly PageAction[] {
  const flags = new Set(environmentFlags(environment).split(" "));
  const it = row(subject(environment));
  const idle = !flags.has("building");
  const offers: readonly (readonly [applies: boolean, label: string, command: string])[] = [
    [flags.has("buildable") && idle, l10n.t("Build"), "buildEnvironment"],
    [flags.has("buildable") && idle, l10n.t("Build Docker Image"), "buildEnvironmentImage"],
    [flags.has("buildLog"), l10n.t("Open Build Log"), "openBuildLog"],
    [flags.has("buildable"), l10n.t("Show Locked Packages"), "lockEnvironment"],
    [flags.has("cloneable"), l10n.t("Clone…"), "cloneEnvironment"],
    [flags.has("removable"), l10n.t("Remove Build…"), "removeBuiltEnvironment"],
  ];
  const ready = environment.builds.some(({ state }) => state === "Ready");
  return [
    ...offers
      .filter(([applies]) => applies)
      .map(([, label, name]) => command(label, name, it, name === "buildEnvironment" && !ready ? "first" : "other")),
    ...(environment.asset === null ? [] : [command(l10n.t("Delete"), "deleteAsset", it, "danger")]),
  ];
}

function facts({ environment, folder, variables }: EnvironmentDetails, service: ToPage, now: number): readonly Block[] {
  const { asset } = environment;
  const it = row(subject(environment));
  const edit = (value: Cell, name: string): Cell =>
    asset === null ? [] : [...value, ...button(l10n.t("Edit…"), name, it)];
  const registered: Cell =
    asset === null
      ? []
      : [...time(asset.created, now), ...text(asset.createdBy === "" ? "" : l10n.t("by {0}", asset.createdBy))];
  return fields([
    [l10n.t("Contents"), text(environment.summary)],
    [l10n.t("Description"), edit(text(asset?.description ?? ""), "editAssetDescription")],
    [l10n.t("Tags"), edit(chips(asset?.tags ?? {}), "editAssetTags")],
    [l10n.t("Registered"), registered],
    [l10n.t("Used by"), pageLinks(asset?.usedBy ?? [], service)],
    [l10n.t("Folder"), link(folder, { kind: "folder", path: folder }, l10n.t("Show {0} in the file manager", folder))],
    [l10n.t("Variables"), Object.entries(variables).flatMap(([name, value]) => code(`${name}=${value}`))],
  ]);
}

type ToPage = (name: string) => PageRef;

function buildBlocks(build: EnvironmentBuild, service: ToPage, now: number): readonly Block[] {
  const reason = joined([build.message, build.fix], " ");
  return [
    ...(reason === "" ? [] : [notice("bad", reason)]),
    ...fields([
      [l10n.t("State"), [{ kind: "state", text: build.text, tone: TONES[build.state] }]],
      [l10n.t("Image"), copyable(build.reference)],
      [l10n.t("Python"), text(build.python)],
      [l10n.t("Packages"), text(build.packages === null ? "" : String(build.packages))],
      [l10n.t("Size"), size(build.size)],
      [l10n.t("Built"), time(build.created, now)],
      [l10n.t("Key"), digest(build.key)],
      [l10n.t("Used by"), pageLinks(build.usedBy, service)],
    ]),
  ];
}

function packages({ packages: all }: EnvironmentDetails): readonly Block[] {
  const conda = all.some(({ source }) => source === "conda");
  const columns = [column(l10n.t("Name"), "long"), column(l10n.t("Version"), "long")];
  return table(
    conda ? [...columns, column(l10n.t("From")), column(l10n.t("Channel"), "long")] : columns,
    all.map(({ name, version, source, channel }) =>
      conda ? [code(name), code(version), text(source), text(channel)] : [code(name), code(version)],
    ),
  );
}

/** The page; parts without content are left out. `now` in seconds. */
export function environmentContent(details: EnvironmentDetails, workspaceId: string, now: number): PageContent {
  const { environment } = details;
  const service: ToPage = (name) => ({ kind: "service", name, workspaceId });
  return content({
    title: environment.origin === "service" ? environment.name : environment.id,
    kind: l10n.t("Environment"),
    states: environment.builds
      .filter(({ state }) => state !== "NotBuilt" || environment.builds.length === 1)
      .map((build) => ({ text: build.text, tone: TONES[build.state] })),
    actions: actions(environment),
    sections: [
      ...section(l10n.t("Overview"), [
        ...facts(details, service, now),
        ...list(details.notes.map((note) => text(note))),
      ]),
      ...environment.builds.flatMap((build) =>
        section(
          build.form === "image" ? l10n.t("Docker Image") : l10n.t("For Processes"),
          buildBlocks(build, service, now),
        ),
      ),
      ...section(l10n.t("Definition"), block(details.text, l10n.t("Definition"))),
      ...section(l10n.t("Installed Packages"), packages(details)),
      ...section(l10n.t("Lock"), block(details.lock, l10n.t("Lock")), true),
      ...section(l10n.t("Conda Lock"), block(details.condaLock, l10n.t("Conda lock")), true),
    ],
  });
}
