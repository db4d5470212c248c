/**
 * Pages of logs: each shows one service, or several in the order of time, filtered by the server.
 *
 * A page keeps its rows while its tab is hidden, and what it shows across a reload of the window.
 */
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";

import { openAt, showFailure, showInformation } from "../editor/notifications";
import type { LogCursor, LogEvents, LogPage } from "../protocol";
import type { Session } from "../session/session";
import type { Live } from "../state/live";
import { failureOf } from "../text/errors";
import type { GivenPage } from "../text/html";
import { fillTab, PAGE_OPTIONS, PageMessages, passKeyboardOn } from "../webview/tab";
import { frame } from "./frame";
import {
  EVERYTHING,
  FIRST_ROUND,
  USUAL,
  type Filter,
  type FromLogPage,
  type LogPageState,
  type ToLogPage,
} from "./messages";
import type { LogGap } from "./rows";
import { texts } from "./texts";
import { createWebviewPanel, showQuickPick } from "../window";
import { inRow } from "../text/visible";

const { l10n } = vscode;

/** Events of the first part, which is to be there at once, and of those that are read when they are scrolled to. */
const FIRST = 500;
const MORE = 4_000;

interface PageSources {
  readonly session: Session;
  readonly live: Live;
  readonly remember: (watch: string, panel: LogPanel) => void;
  readonly forget: (watch: string) => void;
}

class LogPanel implements vscode.Disposable {
  /** What is shown: the newest state that the server took. */
  private shown: LogPageState;
  private watch = "";
  private round = 0;
  /** Counts what is read for the page: only the newest reading is shown and followed. */
  private reading = 0;
  /** What the page is going to ask first. It is read and sent before: the editor keeps messages while a page loads. */
  private expected: LogPageState | undefined;
  private gone: readonly string[] = [];
  private readonly listening: vscode.Disposable;
  private readonly messages: PageMessages<ToLogPage>;

  constructor(
    readonly view: vscode.WebviewPanel,
    state: LogPageState,
    private readonly from: PageSources,
    extension: vscode.Uri,
    isNew: boolean,
  ) {
    this.shown = state;
    this.listening = view.webview.onDidReceiveMessage((message: FromLogPage) => {
      this.receive(message).catch(showFailure);
    });
    view.title = inRow(titleOf(state.services));
    this.messages = new PageMessages(view, isNew, (first) => {
      const draw = (given: GivenPage): string =>
        frame({ ...given, title: titleOf(state.services), state, texts: texts() });
      fillTab(view, extension, { code: "log", icon: "log" }, draw, first);
    });
    this.expected = state;
    void this.show(FIRST_ROUND, state);
  }

  get state(): LogPageState {
    return this.shown;
  }

  dispose(): void {
    this.messages.dispose();
    this.listening.dispose();
    this.reading += 1;
    this.unwatch();
  }

  /** Other services or another filter, as somebody else wants. */
  change(services: readonly string[] | undefined, filter: Partial<Filter>): void {
    this.messages.post({ kind: "change", ...(services === undefined ? {} : { services }), filter });
  }

  /** Reads again: the server was started anew. */
  again(): void {
    this.watch = "";
    this.messages.post({ kind: "again" });
  }

  /** Reads again where a service is back that was gone. */
  look(): void {
    const names = new Set(this.from.live.state.services.map(({ name }) => name));
    if (this.gone.some((name) => names.has(name))) {
      this.gone = [];
      this.messages.post({ kind: "again" });
    }
  }

  /** New events of its watch. */
  take({ id, begunAnew, ...batch }: LogEvents): void {
    if (begunAnew) {
      this.unwatch();
      this.messages.post({ kind: "again" });
      return;
    }
    this.gone = [...this.gone, ...batch.gone];
    this.messages.post({ kind: "new", round: this.round, watch: id, ...batch });
  }

  private async receive(message: FromLogPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        break;
      case "hasKeyboard":
        passKeyboardOn(this.view);
        break;
      case "show":
        if (!isDeepStrictEqual(this.expected, message.state)) {
          await this.show(message.round, message.state);
        }
        this.expected = undefined;
        break;
      case "earlier":
        await this.earlier(message.round, message.before);
        break;
      case "gap":
        await this.earlier(message.round, message.gap.to, message.gap);
        break;
      case "drawn":
        this.from.session.notify("scoredock/log/acknowledge", { id: message.watch, sequence: message.batch });
        break;
      case "open":
        await openAt(message.file, message.line);
        break;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        break;
      case "choose":
        await this.choose();
        break;
      case "fullLog":
        await vscode.commands.executeCommand("scoredock.openFullLog", message.service);
        break;
      case "keep":
        this.shown = { ...this.shown, follow: message.state.follow };
        break;
    }
  }

  private async show(round: number, state: LogPageState): Promise<void> {
    this.round = round;
    this.reading += 1;
    const { reading } = this;
    try {
      const part = await this.part(state, []);
      if (reading !== this.reading) {
        return;
      }
      this.unwatch();
      this.shown = state;
      this.gone = part.gone;
      this.view.title = inRow(titleOf(state.services));
      this.messages.post({ kind: "page", round, part });
      await this.follow(reading, part.newest);
    } catch (error) {
      this.refuse(round, error);
    }
  }

  private async follow(reading: number, after: readonly LogCursor[]): Promise<void> {
    const { services, filter, workspaceId } = this.shown;
    if (filter.previous) {
      return; // a run that has ended
    }
    const asked = { services: [...services], filter, after: [...after], workspaceId };
    const { id } = await this.from.session.request("scoredock/log/watch", asked);
    if (reading === this.reading) {
      this.watch = id;
      this.from.remember(id, this);
    } else {
      this.end(id);
    }
  }

  /** With a gap what was left out there. */
  private async earlier(round: number, before: readonly LogCursor[], gap?: LogGap): Promise<void> {
    try {
      const part = await this.part(this.shown, before, gap);
      this.messages.post({ kind: gap === undefined ? "earlier" : "gap", round, part });
    } catch (error) {
      this.refuse(round, error);
    }
  }

  private async part(state: LogPageState, before: readonly LogCursor[], gap?: LogGap): Promise<LogPage> {
    return this.from.session.request("scoredock/log/page", {
      services: [...state.services],
      filter: state.filter,
      before: [...before],
      first: [...(gap?.from ?? [])],
      last: [...(gap?.last ?? [])],
      limit: before.length === 0 ? FIRST : MORE,
      workspaceId: state.workspaceId,
    });
  }

  private refuse(round: number, error: unknown): void {
    const { sentence, details } = failureOf(error);
    const { field } = details;
    this.messages.post({ kind: "refused", round, field: typeof field === "string" ? field : "", message: sentence });
  }

  private unwatch(): void {
    if (this.watch !== "") {
      this.end(this.watch);
      this.watch = "";
    }
  }

  private end(watch: string): void {
    this.from.forget(watch);
    this.from.session.request("scoredock/log/unwatch", { id: watch }).catch(() => undefined);
  }

  private async choose(): Promise<void> {
    const names = [...new Set([...this.shown.services, ...this.from.live.state.services.map(({ name }) => name)])];
    const items = names.map((label) => ({ label, picked: this.shown.services.includes(label) }));
    const chosen = await showQuickPick(items, {
      canPickMany: true,
      title: l10n.t("Services"),
      placeHolder: l10n.t("Lines of several services are shown in the order of time"),
    });
    if (chosen !== undefined && chosen.length > 0) {
      this.change(
        chosen.map(({ label }) => label),
        {},
      );
    } else if (chosen !== undefined) {
      showInformation(l10n.t("Choose at least one service."));
    }
  }
}

function titleOf(services: readonly string[]): string {
  return l10n.t("Log of {0}", services.join(", "));
}

function isState(value: unknown): value is LogPageState {
  const state = value as Partial<LogPageState> | null | undefined;
  return Array.isArray(state?.services) && typeof state.filter === "object";
}

/** Batches of watches whose id is not known yet, as one can overtake the answer that names it. */
const MOST_EARLY = 20;

export class LogPages implements vscode.WebviewPanelSerializer<LogPageState>, vscode.Disposable {
  static readonly TYPE = "scoredock.log";
  private readonly panels = new Set<LogPanel>();
  private readonly watches = new Map<string, LogPanel>();
  private readonly early: LogEvents[] = [];
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly session: Session,
    private readonly live: Live,
    private readonly extension: vscode.Uri,
  ) {
    session.on("scoredock/log/events", (batch) => this.take(batch));
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(LogPages.TYPE, this),
      session.onDidChangeStatus((status) => {
        if (status === "running") {
          this.watches.clear();
          this.panels.forEach((panel) => panel.again());
        }
      }),
      live.onDidChange(() => {
        this.panels.forEach((panel) => panel.look());
      }),
    ];
  }

  /** Shows the log of a service; with a request id what was written for that request. */
  open(service: string, workspaceId: string, requestId = ""): void {
    const known = [...this.panels].find(
      ({ state }) => state.workspaceId === workspaceId && state.services.includes(service),
    );
    if (known !== undefined) {
      known.view.reveal();
      if (requestId !== "") {
        known.change(undefined, { ...EVERYTHING, requestId });
      }
      return;
    }
    const filter = requestId === "" ? USUAL : { ...EVERYTHING, requestId };
    const view = createWebviewPanel(LogPages.TYPE, titleOf([service]), vscode.ViewColumn.Active, {
      ...PAGE_OPTIONS,
      // What was read and where one was stays while another tab is in front.
      retainContextWhenHidden: true,
    });
    this.adopt(view, { services: [service], workspaceId, filter, follow: true }, true);
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel, state: LogPageState | undefined): Promise<void> {
    if (isState(state)) {
      this.adopt(view, { ...state, filter: { ...EVERYTHING, ...state.filter } }, false);
    } else {
      view.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, ...this.panels).dispose();
    this.panels.clear();
  }

  private take(batch: LogEvents): void {
    const panel = this.watches.get(batch.id);
    if (panel !== undefined) {
      panel.take(batch);
      return;
    }
    this.early.push(batch);
    this.early.splice(0, this.early.length - MOST_EARLY);
  }

  private adopt(view: vscode.WebviewPanel, state: LogPageState, isNew: boolean): void {
    const from: PageSources = {
      session: this.session,
      live: this.live,
      remember: (watch, of) => {
        this.watches.set(watch, of);
        for (const batch of this.early.splice(0)) {
          this.take(batch);
        }
      },
      forget: (watch) => this.watches.delete(watch),
    };
    const panel = new LogPanel(view, state, from, this.extension, isNew);
    this.panels.add(panel);
    view.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(panel);
    });
  }
}
