/** Rows of environments: what is registered, and what became of building it. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { Asset, Environment, EnvironmentBuild } from "../protocol";
import { ago, dateTime, few, shortTags, tags, versions } from "../text/format";
import { ERROR_ICON, nodesByName, reasonNode, usedWords, PROGRESS_ICON } from "./buildNodes";
import { card, type Icon, type Node } from "./node";
import { joinWords, applying } from "../text/joinWords";

const PLAIN = "server-environment";

function environmentIcon(builds: readonly EnvironmentBuild[]): Icon {
  const states = new Set(builds.map(({ state }) => state));
  if (states.has("Building")) {
    return PROGRESS_ICON;
  }
  if (states.has("Failed") || states.has("Interrupted")) {
    return ERROR_ICON;
  }
  return states.has("Ready") ? { id: PLAIN, color: "charts.green" } : { id: PLAIN };
}

/** What can be done with an environment, as flags for the menus. */
export function environmentFlags({ builds, origin }: Environment): string {
  const own = origin !== "service";
  return applying({
    made: !own,
    asset: own,
    one: own,
    buildable: own,
    cloneable: own,
    building: builds.some(({ state }) => state === "Building"),
    buildLog: own && builds.some(({ state }) => state !== "NotBuilt"),
    removable: builds.some(({ state, usedBy, jobs }) => state === "Ready" && usedBy.length + jobs.length === 0),
  });
}

function environmentCard(environment: Environment): string {
  const { asset } = environment;
  return card(asset === null ? environment.name : environment.id, [
    [l10n.t("Description"), asset?.description ?? ""],
    [l10n.t("Contents"), environment.summary],
    ...environment.builds.flatMap((build): readonly (readonly [string, string])[] => [
      [build.form === "image" ? l10n.t("Docker image") : l10n.t("For processes"), build.text],
      [l10n.t("Reason"), build.message],
      [l10n.t("Image"), build.reference],
      [l10n.t("Python"), build.python],
      [l10n.t("Built"), build.created === null ? "" : dateTime(build.created)],
    ]),
    [l10n.t("Tags"), asset === null ? "" : tags(asset.tags)],
    [l10n.t("Registered"), asset === null ? "" : dateTime(asset.created)],
    [l10n.t("By"), asset?.createdBy ?? ""],
    [l10n.t("Used by"), few(environment.usedBy)],
  ]);
}

function environmentNode(environment: Environment, label: string, now: number): Node {
  const { asset, builds } = environment;
  const id = `environment/${environment.id}`;
  const inUse = (asset?.usedBy.length ?? 0) > 0 ? l10n.t("in use") : "";
  const description = joinWords([
    environment.text,
    environment.summary,
    ...(asset === null ? [usedWords(environment.usedBy)] : [ago(asset.created, now), shortTags(asset.tags), inUse]),
  ]);
  const failures = builds.filter(({ message }) => message !== "");
  return {
    id,
    label,
    description,
    icon: environmentIcon(builds),
    flags: environmentFlags(environment),
    spoken:
      asset === null
        ? l10n.t("Environment {0}, made for a service, {1}", environment.name, description)
        : l10n.t("Environment {0}, {1}", environment.id, description),
    tooltip: environmentCard(environment),
    subject: asset === null ? { kind: "environment", environment } : { kind: "asset", asset, environment },
    click: { kind: "run", command: "scoredock.inspectEnvironment", title: l10n.t("Show Details") },
    ...(failures.length === 0
      ? {}
      : { children: () => failures.map((build) => reasonNode(`${id}/${build.form}`, build.message, build.fix)) }),
  };
}

interface RegisteredEnvironment {
  readonly environment: Environment;
  readonly asset: Asset;
}

function nameNode(
  { environment, asset }: RegisteredEnvironment,
  all: readonly RegisteredEnvironment[],
  children: () => readonly Node[],
): Node {
  const description = joinWords([`v${asset.version}`, environment.text, asset.summary]);
  return {
    id: `assetName/environment/${asset.name}`,
    label: asset.name,
    description,
    icon: environmentIcon(environment.builds),
    flags: "asset name buildable cloneable",
    spoken: l10n.t("Environment {0}, {1}", asset.name, `${versions(all.length)}, ${description}`),
    tooltip: environmentCard(environment),
    subject: { kind: "assetName", assets: all.map((one) => one.asset) },
    click: { kind: "run", command: "scoredock.inspectEnvironment", title: l10n.t("Show Details") },
    children,
  };
}

/** Registered environments by name, then those that only services asked for. */
export function environmentNodes(environments: readonly Environment[], now: number): readonly Node[] {
  const registered = environments.flatMap((environment): readonly RegisteredEnvironment[] =>
    environment.asset === null ? [] : [{ environment, asset: environment.asset }],
  );
  const others = environments.filter(({ asset }) => asset === null);
  return [
    ...nodesByName(
      registered,
      ({ asset }) => asset,
      ({ environment }, label) => environmentNode(environment, label, now),
      nameNode,
    ),
    ...others.map((environment) => environmentNode(environment, environment.name, now)),
  ];
}
