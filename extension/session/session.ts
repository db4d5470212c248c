/**
 * Owns the language client: start, coalesced restart, recovery from a crash, typed requests. Nothing else knows LSP.
 */
import type { ChildProcess } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import type * as Client from "vscode-languageclient/node";
import type {
  LanguageClient,
  LanguageClientOptions,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

import { serverStartFault, tooManyRestarts } from "../text/errors";
import type { Launch } from "./launch";
import { type ClientNotifications, PROTOCOL_DIGEST, type Requests, type ServerNotifications } from "../protocol";
import { PromptAnswers } from "./promptAnswers";
import { Restarts } from "./restarts";
import { SELECTOR, watchers } from "./selector";
import { endServer, type ServerProcess, startServer } from "./serverProcess";
import { onSettings, settingValues } from "./settings";
import { onlyTrusted } from "./trust";

type Library = typeof Client;

export type ServerStatus = "starting" | "running" | "failed";

/** One step of a long request. `percentage` from 0 to 100, undefined when nobody knows. */
export interface ProgressStep {
  readonly message: string;
  readonly percentage: number | undefined;
}

/** Parameters of the requests that report progress. */
type ProgressMethod = {
  [M in keyof Requests]: "workDoneToken" extends keyof Requests[M]["params"] ? M : never;
}[keyof Requests];

/** Never cancelled. */
const NEVER = new vscode.CancellationTokenSource().token;
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 3_000;

function stepOf(value: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd): ProgressStep {
  const title = value.kind === "begin" ? value.title : "";
  return { message: value.message ?? title, percentage: value.kind === "end" ? undefined : value.percentage };
}

/** Loaded when the server is started: it is most of the program, and activation must not wait for it. */
async function loadClient(): Promise<Library> {
  // Here `import` loads at once, as `require` does: only in a later turn of the event loop is the activation over.
  await setImmediate();
  return import("vscode-languageclient/node");
}

export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private server: ServerProcess | undefined;
  private running = new Promise<LanguageClient>(() => undefined);
  private status: ServerStatus = "starting";
  private tokens = 0;
  private disposed = false;
  private readonly restarts = new Restarts(() => this.cycle());
  private readonly handlers = new Map<string, (params: unknown) => void>();
  private readonly changed = new vscode.EventEmitter<ServerStatus>();
  private readonly lenses = new PromptAnswers<vscode.CodeLens[] | null | undefined>();
  private readonly watched = watchers();
  private readonly subscriptions: { dispose(): unknown }[] = [this.changed, ...this.watched];

  readonly onDidChangeStatus = this.changed.event;

  constructor(
    /** A process that was started already: the first one. */
    private early: ServerProcess | undefined,
    private readonly launch: () => Promise<Launch>,
    private readonly version: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly gaveUp: (fault: unknown) => void,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.lenses.forget(uri.toString())),
      onSettings(
        () => void this.restart(),
        () =>
          void this.client
            ?.sendNotification("workspace/didChangeConfiguration", { settings: settingValues() })
            .catch(() => undefined),
      ),
    );
  }

  get currentStatus(): ServerStatus {
    return this.status;
  }

  /** Starts or restarts; calls while one is under way are answered by one more afterwards. Never rejects. */
  async restart(): Promise<void> {
    this.restarts.forget();
    await this.restarts.request();
  }

  /**
   * Sends a request as soon as the server runs. Rejects with the server's error, or LocalFault when it does not run.
   */
  async request<M extends keyof Requests>(
    method: M,
    params: Requests[M]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Requests[M]["result"]> {
    const client = await this.running;
    return client.sendRequest<Requests[M]["result"]>(method, params, token ?? NEVER);
  }

  /** As `request`, and reports the steps of the work. */
  async requestWithProgress<M extends ProgressMethod>(
    method: M,
    params: Requests[M]["params"],
    report: (step: ProgressStep) => void,
    token: vscode.CancellationToken,
  ): Promise<Requests[M]["result"]> {
    const client = await this.running;
    const { WorkDoneProgress } = await loadClient();
    this.tokens += 1;
    const workDoneToken = `scoredock-${process.pid}-${this.tokens}`;
    const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => report(stepOf(value)));
    try {
      return await client.sendRequest<Requests[M]["result"]>(method, { ...params, workDoneToken }, token);
    } finally {
      listening.dispose();
    }
  }

  /** Sends a notification; it is dropped when no server runs. */
  notify<M extends keyof ClientNotifications>(method: M, params: ClientNotifications[M]): void {
    this.client?.sendNotification(method, params).catch((error: unknown) => {
      this.log.warn(`${method} could not be sent: ${String(error)}`);
    });
  }

  /** The one handler of a push, from now on; it stays across restarts. */
  on<M extends keyof ServerNotifications>(method: M, handler: (params: ServerNotifications[M]) => void): void {
    this.handlers.set(method, handler as (params: unknown) => void);
    this.client?.onNotification(method, handler);
  }

  dispose(): void {
    this.disposed = true;
    this.restarts.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Ends the server politely; the extension host waits for this when the window closes. */
  async stop(): Promise<void> {
    const { client, server } = this;
    this.client = undefined;
    this.server = undefined;
    try {
      if (client?.isRunning() === true) {
        await client.dispose(STOP_TIMEOUT);
      }
    } catch (error) {
      this.log.warn(`The server did not stop politely: ${String(error)}`);
    } finally {
      endServer(server);
    }
  }

  private set(status: ServerStatus): void {
    if (this.status !== status || status === "running") {
      this.status = status;
      this.changed.fire(status);
    }
  }

  /** One stop and start. Throws never: a failure becomes the status, and what requests are answered with. */
  private async cycle(): Promise<void> {
    this.set("starting");
    const starting = this.stop().then(() => this.begin());
    this.running = starting;
    try {
      await starting;
      if (!this.disposed) {
        this.set("running");
      }
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      if (!this.disposed) {
        this.set("failed");
        this.gaveUp(error);
      }
    }
  }

  private async process(): Promise<ServerProcess> {
    const { early } = this;
    this.early = undefined;
    this.server = early ?? startServer(await this.launch(), this.log);
    return this.server;
  }

  private async begin(): Promise<LanguageClient> {
    const [library, server] = await Promise.all([loadClient(), this.process()]);
    const started = async (): Promise<ChildProcess> => {
      await server.started;
      return server.child;
    };
    const refresh = (document: vscode.TextDocument): void => {
      const lenses = client.getFeature(library.CodeLensRequest.method).getProvider(document);
      lenses?.onDidChangeCodeLensEmitter.fire();
    };
    const options = { ...this.options(library), middleware: this.promptLenses(refresh) };
    const client = new library.LanguageClient("scoredock", "Scoredock", started, options);
    // Failures of the connection are shown once, by this session; the client itself only logs them.
    client.error = (message, data: unknown): void => this.log.error(message, ...(data === undefined ? [] : [data]));
    for (const [method, handler] of this.handlers) {
      client.onNotification(method, handler);
    }
    const giveUp = (): void => {
      this.log.error(`The server did not answer within ${START_TIMEOUT / 1000} s.`);
      endServer(server);
    };
    const timer = server.debugged ? undefined : setTimeout(giveUp, START_TIMEOUT);
    try {
      await client.start();
    } catch (error) {
      endServer(server);
      throw serverStartFault(error, server.lastWords());
    } finally {
      clearTimeout(timer);
    }
    this.client = client;
    return client;
  }

  /** The lines above functions come at once and are asked for again when they are others by then. */
  private promptLenses(refresh: (document: vscode.TextDocument) => void): Client.Middleware {
    const { lenses } = this;
    return {
      provideCodeLenses: (document, token, next) =>
        lenses.answer(document.uri.toString(), async () => next(document, token), {
          givenUp: () => token.isCancellationRequested,
          again: () => refresh(document),
        }),
    };
  }

  private options({ CloseAction, ErrorAction, RevealOutputChannelOn }: Library): LanguageClientOptions {
    return {
      documentSelector: SELECTOR,
      synchronize: { fileEvents: this.watched },
      outputChannel: this.log,
      // What the process says is read from its first word on, before there is a client.
      stdioOptions: { stdout: () => undefined, stderr: () => undefined },
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticCollectionName: "scoredock",
      initializationOptions: { settings: settingValues(), protocol: PROTOCOL_DIGEST, version: this.version },
      initializationFailedHandler: () => false,
      markdown: {
        isTrusted: { enabledCommands: ["scoredock.explainRule", "scoredock.showModel"] },
        supportHtml: false,
      },
      middleware: { provideCodeLenses: onlyTrusted },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.closed();
          return { action: CloseAction.DoNotRestart, handled: true, message: "The connection to the server ended." };
        },
      },
    };
  }

  /** The connection ended although nobody asked for it. */
  private closed(): void {
    if (this.disposed || this.client === undefined) {
      return;
    }
    this.client = undefined;
    if (this.restarts.crashed(Date.now())) {
      this.log.warn("The server ended unexpectedly and is started again.");
      void this.restarts.request();
    } else {
      const fault = tooManyRestarts(Restarts.LIMIT, Restarts.WINDOW / 60_000);
      this.running = Promise.reject(fault);
      this.running.catch(() => undefined);
      this.set("failed");
      this.gaveUp(fault);
    }
  }
}
