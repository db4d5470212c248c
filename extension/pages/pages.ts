/**
 * The pages that are open: one for each thing, kept up to date, and kept across a reload of the window.
 *
 * A page that was opened by a click in a view gives its place to the next one, as a preview of a file does, until the
 * person works with it.
 */
import * as vscode from "vscode";

import { imageFileUris } from "../documents/imageFiles";
import { modelFileUri } from "../documents/modelFiles";
import { openAt, showFailure, showInformation, showWarning, commandButton } from "../editor/notifications";
import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";
import { failureOf } from "../text/errors";
import type { GivenPage } from "../text/html";
import { fillTab, PAGE_OPTIONS, PageMessages, setIcon } from "../webview/tab";
import { notice, type Act, type PageContent, type PageRef } from "./content";
import { frame } from "./frame";
import type { LimitsValues } from "./limitsForm";
import type { FromDetailsPage, PageMemory, PageTexts, ShownContent, ToDetailsPage } from "./messages";
import { failurePage, gonePage } from "./missing";
import type { TrafficValues } from "./trafficForm";
import type { Ask, Change, Draw, PageKinds } from "./sources";
import { createWebviewPanel } from "../window";
import { inRow } from "../text/visible";

const { l10n } = vscode;

/** Milliseconds after which times are shown anew. */
const PACE = 30_000;

function texts(): PageTexts {
  return {
    loading: l10n.t("Reading…"),
    actions: l10n.t("Actions"),
    more: l10n.t("More Actions…"),
    copy: l10n.t("Copy"),
    copied: l10n.t("Copied"),
  };
}

/** The workspace that a page belongs to; undefined for one that belongs to all. */
function workspaceOf(page: PageRef): string | undefined {
  return "workspaceId" in page && page.workspaceId !== "" ? page.workspaceId : undefined;
}

/** Of the tab: things have their own, what a command reported has one for all. */
function iconOf(kinds: PageKinds, page: PageRef): string {
  return kinds.of(page).icon ?? "page";
}

interface PageSources {
  readonly kinds: PageKinds;
  readonly ask: Ask;
  readonly live: Live;
  /** Shows a page that a link leads to. */
  readonly follow: (page: PageRef) => void;
}

async function revealFolder(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  try {
    await vscode.commands.executeCommand(
      vscode.workspace.getWorkspaceFolder(uri) === undefined ? "revealFileInOS" : "revealInExplorer",
      uri,
    );
  } catch {
    // A window in a browser has no file manager.
    await vscode.env.clipboard.writeText(path);
    showInformation(l10n.t("Copied the path {0}.", path));
  }
}

/** One open page. */
class PagePanel implements vscode.Disposable {
  private draw: Draw | undefined;
  /** What pressing something does, by its number; the same thing keeps its number. */
  private readonly acts: Act[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly subscriptions: vscode.Disposable[] = [];
  private reading: Promise<void> | undefined;
  private again = false;
  private listens = false;
  /** It has listened once. What is sent before that the editor keeps for it, so that it need not ask. */
  private began = false;
  private stale = false;
  private failed = false;
  private disposed = false;
  private readonly messages: PageMessages<ToDetailsPage>;
  private sent = "";
  /** Gives its place to the next page that is opened by a click in a view. */
  passing: boolean;

  constructor(
    readonly view: vscode.WebviewPanel,
    public page: PageRef,
    private readonly from: PageSources,
    private readonly extension: vscode.Uri,
    passing: boolean,
    isNew: boolean,
  ) {
    this.passing = passing;
    this.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromDetailsPage) => this.receive(message).catch(showFailure)),
      view.onDidChangeViewState(() => {
        // A page that was hidden is made anew and says when it listens.
        this.listens &&= view.visible;
      }),
    );
    view.title = inRow(from.kinds.titleOf(page));
    const state = { page, scroll: 0, opened: [] };
    this.messages = new PageMessages(view, isNew, (first) => {
      const draw = (given: GivenPage): string =>
        frame({ ...given, state, title: from.kinds.titleOf(page), texts: texts() });
      fillTab(view, extension, { code: "page", icon: iconOf(from.kinds, page) }, draw, first);
    });
    void this.read();
  }

  dispose(): void {
    this.disposed = true;
    this.messages.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Is now about another thing. */
  turnTo(page: PageRef): void {
    this.page = page;
    setIcon(this.view, this.extension, iconOf(this.from.kinds, page));
    this.draw = undefined;
    this.failed = false;
    void this.read();
  }

  /** Something changed that the page may show. */
  changed(change: Change): void {
    if (!this.failed && !this.from.kinds.follows(this.page, change)) {
      return;
    }
    if (this.listens) {
      void this.read();
    } else {
      this.stale = true;
    }
  }

  private get isLive(): boolean {
    return this.from.kinds.of(this.page).isLive === true;
  }

  /** Tells times anew; a run that is under way is looked at again. */
  tick(): void {
    if (this.listens && this.isLive) {
      void this.read();
    } else if (this.listens) {
      this.send();
    }
  }

  /** Reads what the page is about. A call while that is under way leads to one more after it. Never rejects. */
  async read(): Promise<void> {
    this.again = true;
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    while (this.again) {
      this.again = false;
      this.stale = false;
      const { page } = this;
      const draw = await this.readOnce(page);
      if (page === this.page) {
        this.draw = draw ?? this.draw;
        this.send();
      }
    }
  }

  /** Undefined when what is shown stays. */
  private async readOnce(page: PageRef): Promise<Draw | undefined> {
    const { kinds } = this.from;
    try {
      const draw = await kinds.read(page, this.from.ask, this.from.live.state, (early) => {
        if (page === this.page && this.draw === undefined) {
          this.draw = early;
          this.send();
        }
      });
      this.failed = false;
      return draw;
    } catch (error) {
      const failure = failureOf(error);
      this.failed = !kinds.isGone(failure);
      if (kinds.isGone(failure)) {
        return () => gonePage(kinds.titleOf(page), kinds.of(page).gone(page));
      }
      // A server that is started again will be asked again.
      return this.draw === undefined || !failure.cancelled
        ? () => failurePage(kinds.titleOf(page), failure)
        : undefined;
    }
  }

  private send(): void {
    if (this.draw === undefined || this.disposed) {
      return;
    }
    const content = this.inItsWorkspace(this.draw(Date.now() / 1000));
    this.view.title = inRow(content.title);
    const text = JSON.stringify(content, (key, value: unknown) =>
      key === "act" ? this.numberOf(value as Act) : value,
    );
    if ((this.began && !this.listens) || text === this.sent) {
      return;
    }
    this.sent = text;
    const message: ToDetailsPage = { kind: "content", content: JSON.parse(text) as ShownContent, page: this.page };
    this.messages.post(message);
  }

  private numberOf(act: Act): number {
    const key = JSON.stringify(act);
    const known = this.numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.numbers.set(key, this.acts.push(act) - 1);
    return this.acts.length - 1;
  }

  /** The workspace of the page when another one is active. */
  private otherWorkspace(): string | undefined {
    const own = workspaceOf(this.page);
    const active = activeWorkspace(this.from.live.state);
    return own === undefined || active === undefined || active.id === own ? undefined : own;
  }

  /** Commands work in the active workspace: a page of another one says so. */
  private inItsWorkspace(content: PageContent): PageContent {
    const own = this.otherWorkspace();
    if (own === undefined) {
      return content;
    }
    const name = this.from.live.state.workspaces.find(({ id }) => id === own)?.name ?? own;
    const sentence = l10n.t("This belongs to the workspace {0}, which is not the active one.", name);
    const change = {
      label: l10n.t("Switch to {0}", name),
      rank: "first",
      act: { kind: "command", command: "scoredock.switchWorkspace", arguments: [own] },
    } as const;
    return { ...content, actions: [], notices: [notice("warning", sentence, [change]), ...content.notices] };
  }

  private async receive(message: FromDetailsPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.listens = true;
        this.began = true;
        this.sent = "";
        this.send();
        if (this.stale) {
          await this.read();
        }
        break;
      case "act": {
        const act = this.acts[message.act];
        if (act !== undefined) {
          await this.perform(act, message.values);
        }
        break;
      }
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        break;
      case "keep":
        this.passing = false;
        break;
    }
  }

  private async perform(act: Act, values?: TrafficValues | LimitsValues): Promise<void> {
    switch (act.kind) {
      case "command":
        await this.run(act.command, values === undefined ? act.arguments : [...act.arguments, values]);
        break;
      case "file":
        await openAt(act.path, act.line);
        break;
      case "folder":
        await revealFolder(act.path);
        break;
      case "page":
        this.from.follow(act.page);
        break;
      case "difference": {
        const { first, second, file, workspaceId } = act;
        const [left, right] = [modelFileUri(first, file, workspaceId), modelFileUri(second, file, workspaceId)];
        const title = l10n.t("{0} ({1} ↔ {2})", file, first, second);
        await vscode.commands.executeCommand("vscode.diff", left, right, title);
        break;
      }
      case "imageDifference": {
        const { first, second, path, workspaceId } = act;
        const [left, right] = imageFileUris({ first, second, path, workspaceId });
        await vscode.commands.executeCommand(
          "vscode.diff",
          left,
          right,
          l10n.t("{0} ({1} ↔ {2})", path, first, second),
        );
        break;
      }
      case "readAgain":
        await this.read();
        break;
      case "close":
        this.view.dispose();
        break;
    }
  }

  private async run(command: string, list: readonly unknown[]): Promise<void> {
    const own = this.otherWorkspace();
    if (own !== undefined && command !== "scoredock.switchWorkspace") {
      showWarning(l10n.t("This page belongs to the workspace {0}. Switch to it first.", own), [
        commandButton(l10n.t("Switch"), "scoredock.switchWorkspace", own),
      ]);
      return;
    }
    await vscode.commands.executeCommand(command, ...list);
    if (this.isLive) {
      await this.read();
    }
  }
}

export class Pages implements vscode.WebviewPanelSerializer<PageMemory>, vscode.Disposable {
  static readonly TYPE = "scoredock.page";
  private readonly panels = new Set<PagePanel>();
  private readonly subscriptions: vscode.Disposable[];
  private readonly clock: NodeJS.Timeout;
  private readonly from: PageSources;

  constructor(
    private readonly kinds: PageKinds,
    ask: Ask,
    live: Live,
    private readonly extension: vscode.Uri,
  ) {
    const follow = (page: PageRef): void => this.open(page);
    this.from = { kinds, ask, live, follow };
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(Pages.TYPE, this),
      live.onDidChange(() => {
        this.changed("services");
        this.changed("workspaces");
      }),
      live.onRegistry((happened) => {
        for (const change of (["models", "assets", "jobs", "rules", "events", "audit"] as const).filter(
          (each) => happened[each],
        )) {
          this.changed(change);
        }
      }),
    ];
    this.clock = setInterval(() => {
      for (const panel of this.panels) {
        panel.tick();
      }
    }, PACE);
  }

  /** Shows the page of a thing, or brings it to the front. A `passing` one leaves the keyboard where it is. */
  open(page: PageRef, passing = false): void {
    const key = this.kinds.keyOf(page);
    const known = [...this.panels].find((panel) => this.kinds.keyOf(panel.page) === key);
    if (known !== undefined) {
      // A row that is chosen once more, as by a double click: now one wants to work with its page.
      const inFront = known.view.active;
      known.view.reveal(undefined, passing && !known.view.visible);
      known.passing &&= passing && !inFront;
      if (JSON.stringify(known.page) !== JSON.stringify(page)) {
        known.turnTo(page);
      }
      return;
    }
    const place = passing ? [...this.panels].find((panel) => panel.passing && panel.view.visible) : undefined;
    if (place !== undefined) {
      place.turnTo(page);
      place.view.reveal(undefined, true);
      return;
    }
    const where = { viewColumn: vscode.ViewColumn.Active, preserveFocus: passing };
    const view = createWebviewPanel(Pages.TYPE, this.kinds.titleOf(page), where, PAGE_OPTIONS);
    this.adopt(view, page, passing, true);
  }

  /** Something changed that pages may show. */
  changed(change: Change): void {
    for (const panel of this.panels) {
      panel.changed(change);
    }
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel, memory: PageMemory | undefined): Promise<void> {
    if (this.kinds.isPageRef(memory?.page)) {
      this.adopt(view, memory.page, false, false);
    } else {
      view.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    clearInterval(this.clock);
    vscode.Disposable.from(...this.subscriptions, ...this.panels).dispose();
    this.panels.clear();
  }

  private adopt(view: vscode.WebviewPanel, page: PageRef, passing: boolean, isNew: boolean): void {
    const panel = new PagePanel(view, page, this.from, this.extension, passing, isNew);
    this.panels.add(panel);
    view.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(panel);
    });
  }
}
