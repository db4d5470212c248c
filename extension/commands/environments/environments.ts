/** Verbs of environments: build, inspect, lock, clone, remove what was built, clean up what nothing uses. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Environment, EnvironmentBuild, EnvironmentForm, UnusedEnvironment } from "../../protocol";
import type { Subject } from "../../views/node";
import { bytes, dateTime } from "../../text/format";
import { confirm, showInformation, requireTrust, showFailure } from "../../editor/notifications";
import { longRequest, requestInView } from "../interaction/progress";
import { registerClone } from "../assets/registerAssets";
import { registryCredentials } from "../docker/registries";
import { subjectOf, workspaceId, here } from "../interaction/target";
import { filled } from "../../text/joined";

const { l10n } = vscode;

/** Asks for the lists of environments and images again. */
function refreshEnvironments(app: App): void {
  void app.lists.again((list) => list.kind === "assets" && list.asset !== "dataset");
  app.pages.changed("assets");
}

/** The environment that a row of assets or environments means; of a name its newest version. */
function idOfRow(subject: Extract<Subject, { kind: "asset" | "assetName" | "environment" }>): string | undefined {
  switch (subject.kind) {
    case "asset":
      return subject.asset.id;
    case "assetName":
      return subject.assets[0]?.id;
    case "environment":
      return subject.environment.id;
  }
}

/** The environment that a row or a button means, or what the person picks: registered ones and ready-made ones. */
async function idOf(app: App, argument: unknown, title: string): Promise<string | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset" || subject?.kind === "assetName" || subject?.kind === "environment") {
    return idOfRow(subject);
  }
  if (typeof argument === "string" && argument !== "") {
    return argument;
  }
  const [{ environments }, curated] = await Promise.all([
    app.session.request("scoredock/environment/list", { ...here(app) }),
    app.session.request("scoredock/environment/curated", {}),
  ]);
  const items = [
    ...environments
      .filter(({ origin }) => origin === "registered")
      .map(({ id, summary }) => ({ label: id, description: summary, id })),
    ...curated.environments.map(({ name, summary }) => ({ label: name, description: summary, id: name })),
  ];
  return (
    await vscode.window.showQuickPick(items, { title, matchOnDescription: true, placeHolder: l10n.t("Environment") })
  )?.id;
}

async function build(app: App, argument: unknown, form: EnvironmentForm): Promise<void> {
  requireTrust();
  const id = await idOf(app, argument, form === "image" ? l10n.t("Build Docker Image") : l10n.t("Build"));
  if (id === undefined) {
    return;
  }
  const built = { kind: "environment", id, form, ...here(app) } as const;
  const openLog = { title: l10n.t("Open Build Log"), act: () => app.buildLogs.show(built) };
  const credentials = form === "image" ? await registryCredentials(app) : [];
  let begun = false;
  const stepped = (): void => {
    refreshEnvironments(app);
    if (!begun) {
      begun = true;
      app.buildLogs.follow(built);
    }
  };
  try {
    const params = { id, form, registryCredentials: credentials, workspaceId: built.workspaceId };
    const { builds } = await longRequest(
      app,
      l10n.t("Building {0}", id),
      "scoredock/environment/build",
      params,
      undefined,
      stepped,
    );
    const size = builds.find((one) => one.form === form)?.size ?? null;
    showInformation(size === null ? l10n.t("{0} is built.", id) : l10n.t("{0} is built ({1}).", id, bytes(size)), [
      openLog,
    ]);
  } catch (error) {
    showFailure(error, [openLog]);
  } finally {
    refreshEnvironments(app);
  }
}

export async function buildEnvironment(app: App, argument: unknown): Promise<void> {
  await build(app, argument, "process");
}

export async function buildEnvironmentImage(app: App, argument: unknown): Promise<void> {
  await build(app, argument, "image");
}

export async function inspectEnvironment(app: App, argument: unknown): Promise<void> {
  const id = await idOf(app, argument, l10n.t("Show Details"));
  if (id !== undefined) {
    app.pages.open({ kind: "environment", id, ...here(app) }, subjectOf(argument) !== undefined);
  }
}

export async function lockEnvironment(app: App, argument: unknown): Promise<void> {
  requireTrust();
  const id = await idOf(app, argument, l10n.t("Show Locked Packages"));
  if (id === undefined) {
    return;
  }
  const found = await longRequest(
    app,
    l10n.t("Locking {0}", id),
    "scoredock/environment/lock",
    { id, ...here(app) },
    undefined,
    () => {
      refreshEnvironments(app);
    },
  );
  refreshEnvironments(app);
  const parts = filled([found.text, found.condaText]);
  await app.details.showText(`locks/${found.id}`, parts.join("\n"), "pip-requirements");
}

export async function cloneEnvironment(app: App, argument: unknown): Promise<void> {
  const id = await idOf(app, argument, l10n.t("Clone"));
  if (id !== undefined) {
    await registerClone(app, id);
  }
}

/**
 * Environment rows have one log per form; the form that was built last is not known here, so the person chooses where
 * both exist.
 */
async function formOf(builds: readonly EnvironmentBuild[], title: string): Promise<EnvironmentForm | undefined> {
  const forms = builds.filter(({ state }) => state !== "NotBuilt").map(({ form }) => form);
  if (forms.length < 2) {
    return forms[0] ?? "process";
  }
  const items = [
    { label: l10n.t("For processes"), form: "process" as const },
    { label: l10n.t("Docker image"), form: "image" as const },
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder: l10n.t("Form of the environment") }))?.form;
}

export async function openBuildLog(app: App, argument: unknown): Promise<void> {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset" && subject.asset.kind === "image") {
    await app.buildLogs.show({ kind: "image", id: subject.asset.id, form: "process", ...here(app) });
    return;
  }
  const id = await idOf(app, argument, l10n.t("Open Build Log"));
  if (id === undefined) {
    return;
  }
  const environment = subject?.kind === "asset" ? subject.environment : undefined;
  const builds =
    environment?.builds ??
    (await app.session.request("scoredock/environment/show", { id, ...here(app) })).environment.builds;
  const form = await formOf(builds, l10n.t("Build log of {0}", id));
  if (form !== undefined) {
    await app.buildLogs.show({ kind: "environment", id, form, ...here(app) });
  }
}

function formWords(form: EnvironmentForm): string {
  return form === "image" ? l10n.t("Docker image") : l10n.t("for processes");
}

function buildWords({ form, size }: EnvironmentBuild): string {
  return size === null ? formWords(form) : `${formWords(form)}, ${bytes(size)}`;
}

export async function removeBuiltEnvironment(app: App, argument: unknown): Promise<void> {
  const subject = subjectOf(argument);
  const environment = subject?.kind === "environment" || subject?.kind === "asset" ? subject.environment : undefined;
  const builds = environment?.builds.filter(({ state, usedBy }) => state === "Ready" && usedBy.length === 0) ?? [];
  if (environment === undefined || builds.length === 0) {
    await cleanEnvironments(app);
    return;
  }
  await removeBuilds(app, environment, builds);
}

async function removeBuilds(app: App, environment: Environment, builds: readonly EnvironmentBuild[]): Promise<void> {
  const what = builds.map(buildWords).join("; ");
  const detail =
    environment.asset === null
      ? what
      : l10n.t("{0}. {1} stays registered and can be built again.", what, environment.id);
  if (!(await confirm(l10n.t("Remove what was built of {0}?", environment.name), detail, l10n.t("Remove")))) {
    return;
  }
  let freed = 0;
  for (const { key, form } of builds) {
    freed += (await requestInView(app, "environments", "scoredock/environment/remove", { key, form, ...here(app) }))
      .bytes;
  }
  refreshEnvironments(app);
  showInformation(l10n.t("{0} freed.", bytes(freed)));
}

function unusedItem(unused: UnusedEnvironment): vscode.QuickPickItem & { readonly unused: UnusedEnvironment } {
  const { name, form, size, created, registered } = unused;
  return {
    label: name,
    description: [bytes(size), formWords(form), l10n.t("built {0}", dateTime(created))].join(" · "),
    ...(registered.length === 0
      ? {}
      : { detail: l10n.t("Registered as {0}; it can be built again.", registered.join(", ")) }),
    picked: registered.length === 0,
    unused,
  };
}

/** Asks which of the builds that no service needs are to go, and tells what was freed. */
export async function cleanEnvironments(app: App): Promise<void> {
  const from = workspaceId(app);
  const { removed: unused, bytes: all } = await requestInView(app, "environments", "scoredock/environment/clean", {
    registered: true,
    dryRun: true,
    workspaceId: from,
  });
  if (unused.length === 0) {
    showInformation(l10n.t("Services use every environment that is built; there is nothing to remove."));
    return;
  }
  const chosen = await vscode.window.showQuickPick(unused.map(unusedItem), {
    title: l10n.t("Remove Unused Builds"),
    placeHolder: l10n.t("Built environments that no service uses, {0} in total; select those to remove", bytes(all)),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  if (chosen === undefined || chosen.length === 0) {
    return;
  }
  const keys = chosen.map((item) => item.unused.key);
  const { removed, bytes: freed } = await longRequest(
    app,
    l10n.t("Removing unused builds"),
    "scoredock/environment/clean",
    {
      keys,
      workspaceId: from,
    },
  );
  refreshEnvironments(app);
  showInformation(
    removed.length === 1
      ? l10n.t("Removed 1 environment; {0} freed.", bytes(freed))
      : l10n.t("Removed {0} environments; {1} freed.", removed.length, bytes(freed)),
  );
}
