/**
 * Composition root of what runs once the extension is used: builds the session, the state, the views and the commands,
 * and connects them. `main.ts` starts it.
 */
import * as vscode from "vscode";
import * as l10n from "@vscode/l10n";

import type { App } from "./app";
import { BuildLogs } from "./logs/buildLogs";
import { registerCommands } from "./commands";
import { CONTRIBUTIONS } from "./contrib/table";
import { chooseBody } from "./commands/assets/assets";
import { registryCredentials } from "./commands/docker/registries";
import { register } from "./commands/models/registerModel";
import { continueWhereLeft } from "./commands/guide/projects";
import { currentFolder } from "./commands/interaction/target";
import { configurationProvider, debugging } from "./debug/debugConfigurations";
import { Details } from "./documents/details";
import { MigratedFiles } from "./documents/migratedFiles";
import { DoctorPage } from "./guide/doctor";
import { Documentation } from "./guide/documentation";
import { Steps } from "./guide/steps";
import { FileDiagnostics, TryDiagnostics } from "./editor/diagnostics";
import { forgetLaunch, knownLaunch, launch, reviewLaunch } from "./session/launch";
import { Live } from "./state/live";
import { Memory } from "./state/memory";
import { logLinks } from "./logs/logLinks";
import { LogPages } from "./logPage/logPages";
import { ServiceLogs } from "./logs/serviceLogs";
import { imageFiles } from "./documents/imageFiles";
import { modelFiles } from "./documents/modelFiles";
import { CORE_PAGES } from "./pages/coreKinds";
import { Pages } from "./pages/pages";
import { PageKinds } from "./pages/sources";
import { MetricsPages } from "./metrics/metrics";
import { recentRequests } from "./metrics/recent";
import { RequestPanels } from "./panels/request";
import { RequestEnvironment } from "./state/requestEnvironment";
import type { Notice } from "./protocol";
import { chosenPythons } from "./python/pythonExtension";
import { type ServerProcess, startServer } from "./session/serverProcess";
import { Session } from "./session/session";
import { activeWorkspace, type ViewState } from "./state/state";
import { scriptKeys } from "./editor/scripts";
import { folderButtons } from "./editor/otherFolders";
import { languageStatus, reloadMessages, statusBar } from "./editor/status";
import { showFailure, showWarning, commandButton } from "./editor/notifications";
import { ModelDrop } from "./views/modelDrop";
import { dockerLine, whenEnvironmentsChange } from "./views/dockerLine";
import { Lists } from "./views/lists";
import { ModelsView } from "./views/modelsView";
import type { Row } from "./views/rows";
import { taskProvider, TaskProvider } from "./tasks/taskProvider";
import { Tree } from "./views/tree";
import { CORE_LISTS } from "./views/coreLists";
import type { Entry, ListId } from "./views/listId";
import { ListKinds } from "./views/listKinds";
import { showEnvironments } from "./views/environmentsView";
import { showList } from "./views/listView";
import { showServices } from "./views/servicesView";
import { showWorkspaces } from "./views/workspacesView";
import { createOutputChannel } from "./window";

/** Kept for `stop`, which comes without arguments. */
let session: Session | undefined;

/** Open folders, the one that is worked in first. */
function folders(): string[] {
  const open = (vscode.workspace.workspaceFolders ?? [])
    .map((folder) => folder.uri)
    .filter((uri) => uri.scheme === "file");
  const worked = currentFolder();
  return open.map((uri) => uri.fsPath).sort((one, other) => Number(other === worked) - Number(one === worked));
}

function context(key: string, value: unknown): void {
  void vscode.commands.executeCommand("setContext", `scoredock.${key}`, value);
}

/** Context keys that the manifest's `when` clauses read. */
function contextKeys(of: Session, live: Live): vscode.Disposable {
  context("server", of.currentStatus);
  return vscode.Disposable.from(
    of.onDidChangeStatus((status) => {
      context("server", status);
      if (status === "failed") {
        context("running", false);
      }
    }),
    live.onDidChange((state) => {
      context("running", state.loaded && of.currentStatus !== "failed");
      context("hasModels", (activeWorkspace(state)?.models ?? 0) > 0);
      context("problem", state.problem !== "");
    }),
  );
}

/** Lists anew when other folders are open, or the person goes on working in another one. */
function followFolders(live: Live): vscode.Disposable {
  let known = folders().join("\n");
  const look = (): void => {
    const now = folders().join("\n");
    if (now !== known) {
      known = now;
      void live.refresh();
    }
  };
  const { window, workspace } = vscode;
  return vscode.Disposable.from(
    workspace.onDidChangeWorkspaceFolders(look),
    window.onDidChangeActiveTextEditor(look),
    window.onDidChangeActiveNotebookEditor(look),
  );
}

function showNotices(notices: readonly Notice[], state: ViewState): void {
  const interrupted = notices.filter((notice) => notice.code === "service-interrupted");
  if (interrupted.length > 0) {
    const names = interrupted.map((notice) => notice.service).join(", ");
    const start = commandButton(vscode.l10n.t("Start"), "scoredock.startAllServices");
    showWarning(vscode.l10n.t("Stopped by a restart of the machine or Docker: {0}.", names), [start]);
  }
  for (const notice of notices.filter((each) => !interrupted.includes(each))) {
    showWarning(notice.message, [
      commandButton(vscode.l10n.t("Open Log"), "scoredock.openLog", notice.service),
      ...folderButtons(
        state.services.find(({ name }) => name === notice.service),
        state,
      ),
    ]);
  }
}

interface Views {
  readonly lists: Lists;
  readonly models: ModelsView;
  readonly trees: App["trees"];
  readonly all: vscode.Disposable;
  /** Shows what is remembered. */
  readonly begin: () => void;
}

/** Milliseconds after a change in which lists come that go with it, and more changes. */
const REST = 2000;

/** Keeps what the side bar shows for the next window. */
function keepSideBar(memory: Memory<ListId, Entry>, live: Live, lists: Lists): vscode.Disposable {
  let waiting: NodeJS.Timeout | undefined;
  const changed = (): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      if (live.state.loaded) {
        void memory.keep(live.state, lists.known());
      }
    }, REST);
  };
  return vscode.Disposable.from(...[live.onDidChange(changed), lists.onDidChange(changed), lists.onDidOpen(changed)], {
    dispose: () => clearTimeout(waiting),
  });
}

function versionOf({ extension }: vscode.ExtensionContext): string {
  return (extension.packageJSON as { version: string }).version;
}

function views(extension: vscode.ExtensionContext, of: Session, live: Live, built: () => App): Views {
  const memory = new Memory<ListId, Entry>(extension.workspaceState, versionOf(extension));
  const remembered = memory.recall();
  const contributed = CONTRIBUTIONS.flatMap((each) => (each.lists === undefined ? [] : [each.lists]));
  const lists = new Lists(
    new ListKinds(CORE_LISTS, ...contributed),
    (method, params) => of.request(method, params),
    { folders, trusts: () => vscode.workspace.isTrusted },
    remembered?.lists ?? [],
  );
  const [models, jobs, environments, workspaces] = [0, 1, 2, 3].map(() => new Tree(lists)) as [Tree, Tree, Tree, Tree];
  const services = new Tree(lists, (subject) =>
    subject.kind === "service"
      ? recentRequests(
          (params) => of.request("scoredock/service/history", params),
          subject.service.name,
          subject.service.workspaceId,
        )
      : undefined,
  );
  const drop = new ModelDrop((paths, name) => {
    register(built(), paths, name).catch(showFailure);
  });
  const view = (id: string, treeDataProvider: Tree, more: object = {}): vscode.TreeView<Row> =>
    vscode.window.createTreeView(`scoredock.${id}`, {
      treeDataProvider,
      canSelectMany: true,
      showCollapseAll: true,
      ...more,
    });
  const modelsView = view("models", models, { dragAndDropController: drop });
  const servicesView = view("services", services, { canSelectMany: false });
  const jobsView = view("jobs", jobs, { canSelectMany: false, showCollapseAll: false });
  const environmentsView = view("environments", environments);
  const workspacesView = view("workspaces", workspaces, { canSelectMany: false, showCollapseAll: false });
  // The views are shown once their rows have somewhere to come from: an editor says so of those that have not.
  context("activated", true);
  const filtered = new ModelsView(models, modelsView, lists, live, extension.workspaceState);
  const trees = new Map(
    Object.entries({
      models: { tree: models, view: modelsView },
      services: { tree: services, view: servicesView },
      jobs: { tree: jobs, view: jobsView },
      environments: { tree: environments, view: environmentsView },
      workspaces: { tree: workspaces, view: workspacesView },
    }),
  );
  const all = vscode.Disposable.from(
    ...[lists, models, services, jobs, environments, workspaces, filtered],
    ...[modelsView, servicesView, jobsView, environmentsView, workspacesView],
    ...[models.follow(modelsView), environments.follow(environmentsView), workspaces.follow(workspacesView)],
    vscode.workspace.onDidGrantWorkspaceTrust(() => void lists.again(({ kind }) => kind === "computes")),
    showServices(services, lists, live),
    showList("jobs", jobs, lists, live),
    showEnvironments(environments, live),
    showWorkspaces(workspaces, lists, workspacesView, modelsView, live, extension.workspaceState),
    dockerLine(servicesView, live, of),
    whenEnvironmentsChange(live, () => {
      void lists.again((list) => list.kind === "assets" && list.asset !== "dataset");
      built().pages.changed("assets");
    }),
    live.onRegistry((change) => void lists.follow(change)),
    keepSideBar(memory, live, lists),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void lists.followFolders()),
  );
  const begin = (): void => {
    if (remembered !== undefined) {
      live.remember(remembered.facts);
    }
  };
  return { lists, models: filtered, trees, all, begin };
}

/** The server's process where it is known at once how it is started. */
function earlyServer(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel): ServerProcess | undefined {
  const how = knownLaunch(extension, log);
  return how === undefined ? undefined : startServer(how, log);
}

/** What an early start has left out is done when the first lists are there; one that failed is not tried again. */
function reviewEarlyStart(
  extension: vscode.ExtensionContext,
  of: Session,
  live: Live,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const listed = live.onDidChange((state) => {
    if (state.loaded) {
      watching.dispose();
      reviewLaunch(extension, log).catch((error: unknown) => {
        log.warn(`The choice of Python could not be looked at again: ${String(error)}`);
      });
    }
  });
  const failed = of.onDidChangeStatus((status) => {
    if (status === "failed") {
      watching.dispose();
      void forgetLaunch(extension);
    }
  });
  const watching = vscode.Disposable.from(listed, failed);
  return watching;
}

/** What the editor may have asked for before all this was there. */
export interface Providers {
  readonly debugging: vscode.DebugConfigurationProvider;
  readonly tasks: vscode.TaskProvider;
}

/** `reason` is why, for the log. */
export function start(extension: vscode.ExtensionContext, reason: string): Providers {
  l10n.config({ contents: vscode.l10n.bundle ?? {} });
  const log = createOutputChannel("Scoredock", { log: true });
  log.info(`Scoredock starts: ${reason}`);
  // Before anything else: what a person sees waits for it longest.
  const early = earlyServer(extension, log);
  const made = new Session(early, () => launch(extension, log), versionOf(extension), log, showFailure);
  session = made;
  const live = new Live(made, log, folders);
  const logs = new ServiceLogs(made, live, extension, log);
  const logPages = new LogPages(made, live, extension.extensionUri);
  const buildLogs = new BuildLogs(made, log);
  const environment = new RequestEnvironment(extension.workspaceState);
  const [repetitions] = CONTRIBUTIONS.flatMap((each) => each.repetitions?.(made) ?? []);
  const choose = (): ReturnType<typeof chooseBody> => chooseBody(app);
  const requests = new RequestPanels(made, live, extension.extensionUri, environment, choose, repetitions);
  const metrics = new MetricsPages(made, live, extension.extensionUri);
  const details = new Details((code) => made.request("scoredock/document/explain", { code }));
  const migratedFiles = new MigratedFiles();
  const kinds = new PageKinds(CORE_PAGES, ...CONTRIBUTIONS.map((each) => each.pages));
  const pages = new Pages(kinds, (method, params) => made.request(method, params), live, extension.extensionUri);
  const fileDiagnostics = new FileDiagnostics((paths) => made.request("scoredock/document/check", { paths }));
  const tryDiagnostics = new TryDiagnostics(live);
  const doctor = new DoctorPage(made, extension);
  const documentation = new Documentation(extension.extensionUri);
  const steps = new Steps(extension.globalState, live, requests.onDidSucceed);
  const shown = views(extension, made, live, () => app);
  const { lists, models, trees } = shown;
  const app: App = {
    context: extension,
    session: made,
    live,
    lists,
    models,
    logs,
    logPages,
    buildLogs,
    requests,
    metrics,
    details,
    migratedFiles,
    pages,
    doctor,
    documentation,
    steps,
    fileDiagnostics,
    tryDiagnostics,
    log,
    trees,
    imageActions: CONTRIBUTIONS.flatMap((each) => each.imageActions ?? []),
    modelRegistries: CONTRIBUTIONS.flatMap((each) => each.modelRegistries ?? []),
    chosenPythons: (file) => chosenPythons(log, file),
    folders,
  };
  const providers = { debugging: configurationProvider(live), tasks: new TaskProvider(made, folders) };
  extension.subscriptions.push(
    ...[
      log,
      made,
      live,
      logs,
      logPages,
      buildLogs,
      requests,
      details,
      migratedFiles,
      pages,
      fileDiagnostics,
      tryDiagnostics,
      shown.all,
    ],
    ...[doctor, documentation, steps, metrics],
    registerCommands(
      app,
      CONTRIBUTIONS.map(({ commands }) => commands),
    ),
    environment,
    ...CONTRIBUTIONS.flatMap(({ testing }) => testing?.(made, live, environment) ?? []),
    modelFiles(made),
    imageFiles(made, () => registryCredentials(app)),
    contextKeys(made, live),
    ...(early === undefined ? [] : [reviewEarlyStart(extension, made, live, log)]),
    followFolders(live),
    debugging(providers.debugging),
    taskProvider(providers.tasks),
    statusBar(live, made),
    scriptKeys(live),
    logLinks(),
    reloadMessages(live),
    languageStatus(made),
    live.onNotices((notices) => showNotices(notices, live.state)),
    live.onFailure((error) => {
      showFailure(error, [{ title: vscode.l10n.t("Try Again"), act: () => live.refresh() }]);
    }),
  );
  shown.begin();
  // Not awaited: the editor must not wait for a server that may have to be installed first.
  void made.restart();
  continueWhereLeft(extension).catch(showFailure);
  return providers;
}

/** Ends the server. */
export async function stop(): Promise<void> {
  await session?.stop();
}
