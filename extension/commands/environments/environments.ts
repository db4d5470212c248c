/** Verbs of environments: build, inspect, lock, clone, remove what was built, clean up what nothing uses. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Environment, EnvironmentBuild, EnvironmentForm, UnusedEnvironment } from "../../protocol";
import type { Subject } from "../../views/node";
import { bytes, dateTime } from "../../text/format";
import { confirm, showInformation, showFailure } from "../../editor/notifications";
import { longRequest, requestInView } from "../interaction/progress";
import { registerClone } from "../assets/registerAssets";
import { registryCredentials } from "../docker/registries";
import { subjectOf, here } from "../interaction/target";
import { joinWords } from "../../text/joinWords";
import { onThing, type ThingCommand, requireTrustFor, type ThingAction } from "../interaction/onThing";
import { showQuickPick } from "../../window";

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
  return (await showQuickPick(items, { title, matchOnDescription: true, placeHolder: l10n.t("Environment") }))?.id;
}

function onEnvironment(title: string, act: ThingAction<string>): ThingCommand {
  return onThing((app, argument) => idOf(app, argument, title), act);
}

async function build(app: App, id: string, form: EnvironmentForm): Promise<void> {
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
    const title = l10n.t("Building {0}", id);
    const { builds } = await longRequest(app, title, "scoredock/environment/build", params, { stepped });
    const size = builds.find((one) => one.form === form)?.size ?? null;
    const message = size === null ? l10n.t("{0} is built.", id) : l10n.t("{0} is built ({1}).", id, bytes(size));
    showInformation(message, [openLog]);
  } catch (error) {
    showFailure(error, [openLog]);
  } finally {
    refreshEnvironments(app);
  }
}

export const buildEnvironment = requireTrustFor(onEnvironment(l10n.t("Build"), (app, id) => build(app, id, "process")));

export const buildEnvironmentImage = requireTrustFor(
  onEnvironment(l10n.t("Build Docker Image"), (app, id) => build(app, id, "image")),
);

export const inspectEnvironment = onEnvironment(l10n.t("Show Details"), (app, id, argument) => {
  app.pages.open({ kind: "environment", id, ...here(app) }, subjectOf(argument) !== undefined);
});

export const lockEnvironment = requireTrustFor(
  onEnvironment(l10n.t("Show Locked Packages"), async (app, id) => {
    const stepped = (): void => refreshEnvironments(app);
    const params = { id, ...here(app) };
    const title = l10n.t("Locking {0}", id);
    const found = await longRequest(app, title, "scoredock/environment/lock", params, { stepped });
    refreshEnvironments(app);
    await app.details.showText(`locks/${found.id}`, joinWords([found.text, found.condaText], "\n"), "pip-requirements");
  }),
);

export const cloneEnvironment = onEnvironment(l10n.t("Clone"), registerClone);

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
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Form of the environment") }))?.form;
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
    const params = { key, form, ...here(app) };
    freed += (await requestInView(app, "environments", "scoredock/environment/remove", params)).bytes;
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
  const from = here(app);
  const method = "scoredock/environment/clean";
  const unused = await requestInView(app, "environments", method, { registered: true, dryRun: true, ...from });
  if (unused.removed.length === 0) {
    showInformation(l10n.t("Services use every environment that is built; there is nothing to remove."));
    return;
  }
  const all = bytes(unused.bytes);
  const chosen = await showQuickPick(unused.removed.map(unusedItem), {
    title: l10n.t("Remove Unused Builds"),
    placeHolder: l10n.t("Built environments that no service uses, {0} in total; select those to remove", all),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  if (chosen === undefined || chosen.length === 0) {
    return;
  }
  const keys = chosen.map((item) => item.unused.key);
  const done = await longRequest(app, l10n.t("Removing unused builds"), method, { keys, ...from });
  refreshEnvironments(app);
  const freed = bytes(done.bytes);
  showInformation(
    done.removed.length === 1
      ? l10n.t("Removed 1 environment; {0} freed.", freed)
      : l10n.t("Removed {0} environments; {1} freed.", done.removed.length, freed),
  );
}
