/**
 * The tests of `.http` files in the Testing view: found, run once or after each change, against a service for the run
 * or one that runs.
 */
import * as path from "node:path";
import * as vscode from "vscode";

import { failureOf } from "../../text/errors";
import { baseName } from "../../text/format";
import { hasDebugger } from "../../debug/listening";
import { requireTrust } from "../../editor/notifications";
import { allowedVariables, askForVariables } from "../../editor/requestVariables";
import type { RequestFile, Service, TestResult, TestRun, TestRunParams, TestSelection } from "../../protocol";
import type { Session } from "../../session/session";
import type { Live } from "../../state/live";
import type { RequestEnvironment } from "../../state/requestEnvironment";
import { debugTests } from "./debugging";
import { complaintsOf, outputOf, testId, testsOf } from "./testItems";
import { inLines, inRow } from "../../text/visible";

const { l10n } = vscode;

const PATTERN = "**/*.{http,rest}";
const IGNORED = "**/{node_modules,.venv,venv,site-packages}/**";
const MOST_FILES = 500;
/** Of quiet before files are looked at again, and before tests run again. */
const QUIET = 300;
/** Files beside a script that are part of what is tested. */
const TESTED = /\.(?:http|rest|py|json|ya?ml|txt|toml)$/i;

/** Which service the tests of a run are sent to. */
type Target = "temporary" | "running" | "debugged";

/** A run that goes on until it is switched off. */
interface Watch {
  readonly request: vscode.TestRunRequest;
  readonly target: Target;
  /** What runs just now, which a later change ends. */
  current?: { readonly cancel: vscode.CancellationTokenSource; readonly over: Promise<void> };
}

/** Cancelled as soon as one of these is. */
function either(...tokens: readonly vscode.CancellationToken[]): vscode.CancellationTokenSource {
  const source = new vscode.CancellationTokenSource();
  for (const token of tokens) {
    token.onCancellationRequested(() => source.cancel());
  }
  return source;
}

/** What is deployed for a file; empty where its place tells that. */
function deployedFor(file: RequestFile): string {
  return file.deploys === "" || file.deploys === path.dirname(file.path) ? "" : baseName(file.deploys);
}

/** A file with its tests. */
function fileItem(controller: vscode.TestController, file: RequestFile): vscode.TestItem {
  const uri = vscode.Uri.file(file.path);
  const item = controller.createTestItem(file.path, inRow(vscode.workspace.asRelativePath(uri)), uri);
  // A screen reader says it in place of the name, so only what the name does not tell.
  item.description = inRow(deployedFor(file));
  item.children.replace(
    testsOf(file).map((test) => {
      const child = controller.createTestItem(test.id, inRow(test.name), uri);
      child.range = new vscode.Range(test.line, 0, test.line, 0);
      return child;
    }),
  );
  return item;
}

export class ServiceTests implements vscode.Disposable {
  private controller: vscode.TestController | undefined;
  private files = new Map<string, RequestFile>();
  private readonly faults = vscode.languages.createDiagnosticCollection("scoredock-requests");
  private readonly watches = new Set<Watch>();
  /** Questions about variables that were answered with no. */
  private readonly declined = new Set<string>();
  private readonly subscriptions: { dispose(): unknown }[];
  private looking: NodeJS.Timeout | undefined;
  /** Files that were typed in since the last look; undefined for all. */
  private toLookAt: ReadonlySet<string> | undefined;
  private again: NodeJS.Timeout | undefined;
  /** Revisions as they were last seen, by service. */
  private revisions = new Map<string, string>();

  constructor(
    private readonly session: Session,
    private readonly live: Live,
    private readonly environment: RequestEnvironment,
  ) {
    const watcher = vscode.workspace.createFileSystemWatcher(PATTERN);
    const look = (): void => this.lookLater();
    this.subscriptions = [
      this.faults,
      watcher,
      watcher.onDidCreate(look),
      watcher.onDidChange(look),
      watcher.onDidDelete(look),
      vscode.workspace.onDidChangeWorkspaceFolders(look),
      session.onDidChangeStatus((status) => {
        if (status === "running") {
          look();
        }
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme === "file" && /\.(?:http|rest)$/i.test(document.fileName)) {
          this.lookLater(document.fileName);
        }
      }),
      vscode.workspace.onDidSaveTextDocument(({ fileName }) => this.saved(fileName)),
      live.onDidChange((state) => this.served(state.services)),
    ];
    look();
  }

  dispose(): void {
    clearTimeout(this.looking);
    clearTimeout(this.again);
    this.controller?.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Soon, for one file that is typed in, or for all. */
  private lookLater(file?: string): void {
    this.toLookAt = file === undefined || this.toLookAt === undefined ? undefined : new Set([...this.toLookAt, file]);
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      const only = this.toLookAt;
      this.toLookAt = new Set();
      void this.look(only);
    }, QUIET);
  }

  /** Finds the tests. The view gets a controller with the first of them: it is not shown to those who have none. */
  private async look(only?: ReadonlySet<string>): Promise<void> {
    if (this.session.currentStatus !== "running") {
      return;
    }
    const paths =
      only === undefined
        ? (await vscode.workspace.findFiles(PATTERN, IGNORED, MOST_FILES)).map((uri) => uri.fsPath)
        : [...only];
    const read = await Promise.allSettled(
      paths.map((path) => this.session.request("scoredock/test/list", { paths: [path] })),
    );
    // A file that has just gone has no tests.
    const found = read.flatMap((each) => (each.status === "fulfilled" ? each.value.files : []));
    const others = only === undefined ? [] : [...this.files.values()].filter((file) => !only.has(file.path));
    const files = [...others, ...found].sort((one, other) => one.path.localeCompare(other.path));
    this.files = new Map(files.map((file) => [file.path, file]));
    this.showFaults();
    if (files.some((file) => testsOf(file).length > 0) || this.controller !== undefined) {
      const controller = (this.controller ??= this.create());
      controller.items.replace(
        files.filter((file) => testsOf(file).length > 0).map((file) => fileItem(controller, file)),
      );
    }
  }

  private showFaults(): void {
    this.faults.clear();
    for (const file of this.files.values()) {
      const found = file.faults.map(({ line, character, endLine, endCharacter, message }) => {
        const range = new vscode.Range(line, character, endLine, endCharacter);
        const shown = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
        shown.source = "scoredock";
        return shown;
      });
      this.faults.set(vscode.Uri.file(file.path), found);
    }
  }

  private create(): vscode.TestController {
    const controller = vscode.tests.createTestController("scoredock.tests", "Scoredock");
    controller.refreshHandler = () => this.look();
    const { Run, Debug } = vscode.TestRunProfileKind;
    const profile = (label: string, kind: vscode.TestRunProfileKind, target: Target, isDefault: boolean): void => {
      controller.createRunProfile(
        label,
        kind,
        (request, token) => this.run(request, token, target),
        isDefault,
        undefined,
        kind === Run,
      );
    };
    profile(l10n.t("Run in a Temporary Service"), Run, "temporary", true);
    profile(l10n.t("Run against the Running Service"), Run, "running", false);
    profile(l10n.t("Debug in a Temporary Service"), Debug, "debugged", true);
    return controller;
  }

  // -------------------------------------------------------------------------------------------- after a change

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken, target: Target): Promise<void> {
    if (request.continuous === true) {
      const watch: Watch = { request, target };
      this.watches.add(watch);
      token.onCancellationRequested(() => {
        this.watches.delete(watch);
        watch.current?.cancel.cancel();
      });
      return;
    }
    if (target !== "debugged" || hasDebugger()) {
      await this.runOnce(request, token, target);
    }
  }

  private saved(file: string): void {
    if (!TESTED.test(file)) {
      return;
    }
    this.runLater((watch) => watch.target === "temporary" && this.concerned(watch, file));
  }

  /** Whether a file lies in the folder of what one of the watched files tests, or below it. */
  private concerned({ request }: Watch, file: string): boolean {
    return this.selections(request).some((selection) => {
      const deploys = this.files.get(selection.path)?.deploys ?? "";
      const folder = /\.[a-z]+$/i.test(deploys) ? path.dirname(deploys) : deploys;
      return folder !== "" && !path.relative(folder, file).startsWith("..");
    });
  }

  /** A service that serves other files than before has its tests run again. */
  private served(services: readonly Service[]): void {
    const now = new Map(
      services
        .filter((service) => service.state === "Healthy")
        .map((service) => [service.name, `${service.revision} ${service.updated}`]),
    );
    const changed = [...now].filter(([name, revision]) => (this.revisions.get(name) ?? revision) !== revision);
    this.revisions = new Map([...this.revisions, ...now]);
    if (changed.length > 0) {
      const names = new Set(changed.map(([name]) => name));
      this.runLater(
        (watch) =>
          watch.target === "running" &&
          this.selections(watch.request).some((each) => this.serviceOf(each.path, names) !== undefined),
      );
    }
  }

  private runLater(concerned: (watch: Watch) => boolean): void {
    const watches = [...this.watches].filter(concerned);
    if (watches.length > 0) {
      clearTimeout(this.again);
      this.again = setTimeout(() => {
        for (const watch of watches) {
          this.runAnew(watch);
        }
      }, QUIET);
    }
  }

  /** Once what runs has ended: results of two runs at a time would count together. */
  private runAnew(watch: Watch): void {
    const { include, exclude, profile } = watch.request;
    const former = watch.current;
    former?.cancel.cancel();
    const cancel = new vscode.CancellationTokenSource();
    const run = async (): Promise<void> => {
      await former?.over;
      if (!cancel.token.isCancellationRequested) {
        // One of its own: the editor adds up the runs of one request.
        const request = new vscode.TestRunRequest(include, exclude, profile, true);
        await this.runOnce(request, cancel.token, watch.target);
      }
    };
    watch.current = { cancel, over: run() };
  }

  // -------------------------------------------------------------------------------------------- one run

  private async runOnce(
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    target: Target,
  ): Promise<void> {
    requireTrust();
    const run = this.controller?.createTestRun(request);
    if (run === undefined) {
      return;
    }
    const cancel = either(token, run.token);
    const items = this.itemsOf(this.selections(request));
    for (const item of items.values()) {
      run.started(item);
    }
    const show = (results: readonly TestResult[]): void => {
      for (const result of results) {
        this.show(run, items.get(testId(result.path, result.name)), result);
      }
    };
    let chosen: readonly TestSelection[] = [];
    try {
      chosen = await this.withVariables(this.selections(request), target, request.continuous === true);
      if (target !== "running") {
        this.tell(run, chosen, l10n.t("deploying a temporary service"));
      }
      if (target === "debugged") {
        await debugTests({ server: this.session, environment: this.environment.name, run }, chosen, cancel.token, show);
      } else {
        for (const params of this.paramsOf(chosen, target)) {
          show((await this.ask(params, run, cancel.token)).results);
        }
      }
    } catch (error) {
      const failure = failureOf(error);
      for (const item of items.values()) {
        if (failure.cancelled) {
          run.skipped(item);
        } else {
          run.errored(item, new vscode.TestMessage(inRow(failure.sentence)));
        }
      }
    } finally {
      cancel.dispose();
      this.tell(run, chosen, "");
      run.end();
    }
  }

  /** Sends the tests; while a service is deployed for them the view tells each step. */
  private async ask(params: TestRunParams, run: vscode.TestRun, token: vscode.CancellationToken): Promise<TestRun> {
    if (params.service !== "") {
      return this.session.request("scoredock/test/run", params, token);
    }
    let before = "";
    return this.session.requestWithProgress(
      "scoredock/test/run",
      params,
      ({ message }) => {
        if (message !== "" && message !== before) {
          before = message;
          this.tell(run, params.files, l10n.t("temporary service: {0}", message));
        }
      },
      token,
    );
  }

  /** Says beside the files what is done for them, and in the output of the run; empty for nothing more. */
  private tell(run: vscode.TestRun, files: readonly TestSelection[], text: string): void {
    for (const { path: file } of files) {
      const item = this.controller?.items.get(file);
      const known = this.files.get(file);
      if (item !== undefined) {
        item.description = inRow(text === "" && known !== undefined ? deployedFor(known) : text);
      }
    }
    if (text !== "") {
      run.appendOutput(`${inRow(text)}\r\n`);
    }
  }

  /**
   * The files with the variables that each may send. Who said no is asked again by the next run, but not after each
   * save.
   */
  private async withVariables(
    files: readonly TestSelection[],
    target: Target,
    isContinuous: boolean,
  ): Promise<readonly TestSelection[]> {
    const done: TestSelection[] = [];
    for (const { path: file, names } of files) {
      const selection = (): TestSelection => ({
        path: file,
        names: names ?? [],
        allowedVariables: allowedVariables(this.environment, file),
      });
      const params = { files: [selection()], environment: this.environment.name };
      const { names: missing } = await this.session.request("scoredock/test/variables", params);
      const key = JSON.stringify([file, ...missing]);
      if (missing.length > 0 && !(isContinuous && this.declined.has(key))) {
        const running = target === "running" ? this.serviceOf(file) : undefined;
        const receiver = running ?? l10n.t("the service that tests of {0} start", baseName(file));
        if (!(await askForVariables(this.environment, file, missing, receiver))) {
          this.declined.add(key);
        }
      }
      done.push(selection());
    }
    return done;
  }

  /** One request for all that is deployed for it, or one for each service that runs. */
  private paramsOf(files: readonly TestSelection[], target: Target): TestRunParams[] {
    const rest = { variables: {}, environment: this.environment.name, timeout: 60, workspaceId: "" };
    if (target === "temporary") {
      return [{ files, service: "", ...rest }];
    }
    return files.map((file) => {
      const service = this.serviceOf(file.path);
      if (service === undefined) {
        throw new Error(
          l10n.t("No service that runs was deployed from the script of {0}. Deploy it first.", baseName(file.path)),
        );
      }
      return { files: [file], service, ...rest };
    });
  }

  /** The service of a file that answers, among those named. */
  private serviceOf(file: string, among?: ReadonlySet<string>): string | undefined {
    const answering = new Set(
      this.live.state.services.filter(({ state }) => state === "Healthy").map(({ name }) => name),
    );
    const services = this.files.get(file)?.services ?? [];
    return services.find((name) => answering.has(name) && (among?.has(name) ?? true));
  }

  private selections(request: vscode.TestRunRequest): readonly TestSelection[] {
    const left = new Set((request.exclude ?? []).map((item) => item.id));
    const found = new Map<string, string[]>();
    const add = (item: vscode.TestItem): void => {
      if (left.has(item.id)) {
        return;
      }
      if (item.children.size > 0) {
        item.children.forEach(add);
      } else if (item.uri !== undefined && item.parent !== undefined) {
        const names = found.get(item.uri.fsPath) ?? [];
        found.set(item.uri.fsPath, [...names, item.label]);
      }
    };
    if (request.include === undefined) {
      this.controller?.items.forEach(add);
    } else {
      request.include.forEach(add);
    }
    return [...found].map(([file, names]) => ({ path: file, names }));
  }

  private itemsOf(selections: readonly TestSelection[]): Map<string, vscode.TestItem> {
    const found = new Map<string, vscode.TestItem>();
    for (const { path: file, names } of selections) {
      for (const name of names ?? []) {
        const item = this.controller?.items.get(file)?.children.get(testId(file, name));
        if (item !== undefined) {
          found.set(item.id, item);
        }
      }
    }
    return found;
  }

  private show(run: vscode.TestRun, item: vscode.TestItem | undefined, result: TestResult): void {
    run.appendOutput(outputOf(result), undefined, item);
    if (item === undefined) {
      return;
    }
    const messages = complaintsOf(result).map(({ message, path: file, line, texts }) => {
      const shown =
        texts === undefined
          ? new vscode.TestMessage(inLines(message))
          : vscode.TestMessage.diff(inLines(message), texts.expected, texts.actual);
      shown.location = new vscode.Location(vscode.Uri.file(file), new vscode.Position(line, 0));
      return shown;
    });
    if (result.state === "passed") {
      run.passed(item, result.milliseconds);
    } else if (result.state === "failed") {
      run.failed(item, messages, result.milliseconds);
    } else {
      run.errored(item, messages, result.milliseconds);
    }
  }
}
