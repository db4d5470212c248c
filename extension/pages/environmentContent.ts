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
  contributedPage,
  copyable,
  digest,
  fields,
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
  allowedFlags,
  withMain,
  registrationText,
  folderLink,
} from "./content";
import { joinWords } from "../text/joinWords";

const TONES: Readonly<Record<EnvironmentBuild["state"], Tone>> = {
  NotBuilt: "plain",
  Building: "busy",
  Failed: "bad",
  Interrupted: "bad",
  Ready: "good",
};

function subject(environment: Environment): Subject {
  const { asset } = environment;
  return asset === null ? { kind: "environment", environment } : { kind: "asset", asset, environment };
}

/** Those that its builds allow. */
function actions(environment: Environment): readonly PageAction[] {
  const flags = environmentFlags(environment);
  const it = row(subject(environment));
  const ready = environment.builds.some(({ state }) => state === "Ready");
  const builds = allowedFlags(flags, it, [
    ["buildable", l10n.t("Build"), "buildEnvironment"],
    ["buildable", l10n.t("Build Docker Image"), "buildEnvironmentImage"],
  ]);
  return [
    ...(flags.includes("building") ? [] : ready ? builds : withMain(builds, "buildEnvironment")),
    ...allowedFlags(flags, it, [
      ["buildLog", l10n.t("Open Build Log"), "openBuildLog"],
      ["buildable", l10n.t("Show Locked Packages"), "lockEnvironment"],
      ["cloneable", l10n.t("Clone…"), "cloneEnvironment"],
      ["removable", l10n.t("Remove Build…"), "removeBuiltEnvironment"],
    ]),
    ...(environment.asset === null
      ? []
      : [
          command(l10n.t("Show Lineage"), "showLineage", `environment:${environment.asset.id}`),
          command(l10n.t("Delete"), "deleteAsset", it, "danger"),
        ]),
  ];
}

function facts({ environment, folder, variables }: EnvironmentDetails, service: ToPage, now: number): readonly Block[] {
  const { asset } = environment;
  const it = row(subject(environment));
  const edit = (value: Cell, name: string): Cell =>
    asset === null ? [] : [...value, ...button(l10n.t("Edit…"), name, it)];
  return fields([
    [l10n.t("Contents"), text(environment.summary)],
    [l10n.t("Description"), edit(text(asset?.description ?? ""), "editAssetDescription")],
    [l10n.t("Tags"), edit(chips(asset?.tags ?? {}), "editAssetTags")],
    [l10n.t("Registered"), asset === null ? [] : registrationText(asset, now)],
    [l10n.t("Used by"), pageLinks(asset?.usedBy ?? [], service)],
    [l10n.t("Folder"), folderLink(folder)],
    [l10n.t("Variables"), Object.entries(variables).flatMap(([name, value]) => code(`${name}=${value}`))],
  ]);
}

type ToPage = (name: string) => PageRef;

function buildBlocks(build: EnvironmentBuild, service: ToPage, job: ToPage, now: number): readonly Block[] {
  const reason = joinWords([build.message, build.fix], " ");
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
      [l10n.t("Used by"), [...pageLinks(build.usedBy, service), ...pageLinks(build.jobs, job)]],
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
  const job: ToPage = (name) => contributedPage("job", { name, workspaceId });
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
          buildBlocks(build, service, job, now),
        ),
      ),
      ...section(l10n.t("Definition"), block(details.text, l10n.t("Definition"))),
      ...section(l10n.t("Installed Packages"), packages(details)),
      ...section(l10n.t("Lock"), block(details.lock, l10n.t("Lock")), true),
      ...section(l10n.t("Conda Lock"), block(details.condaLock, l10n.t("Conda lock")), true),
    ],
  });
}
