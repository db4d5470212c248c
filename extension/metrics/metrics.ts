/** Pages with the metrics of services; one for each service or choice of services, kept across a window reload. */
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";

import { showFailure, showInformation, commandButton } from "../editor/notifications";
import type { Session } from "../session/session";
import type { Live } from "../state/live";
import { failureOf } from "../text/errors";
import type { GivenPage } from "../text/html";
import { fillTab, PAGE_OPTIONS, PageMessages } from "../webview/tab";
import { frame } from "./frame";
import type { FromMetricsPage, MetricsState, ToMetricsPage } from "./messages";
import { texts } from "./texts";
import { createWebviewPanel, showQuickPick, showSaveDialog } from "../window";
import { inRow } from "../text/visible";

const { l10n } = vscode;

/** Seconds that are shown first. */
const FIRST_RANGE = 600;
/** Points of a line: as many as a chart has room for. */
const CELLS = 300;
const CSV_CELLS = 1000;

function titleOf(names: readonly string[]): string {
  return l10n.t("Metrics of {0}", names.join(", "));
}

type Question = Pick<MetricsState, "seconds" | "revision">;

/** One open page. */
class MetricsPanel implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly messages: PageMessages<ToMetricsPage>;
  private disposed = false;
  /** What the page is going to ask first. It is read and sent before: the editor keeps messages while a page loads. */
  private expected: Question | undefined;

  constructor(
    readonly view: vscode.WebviewPanel,
    public state: MetricsState,
    private readonly session: Session,
    private readonly live: Live,
    extension: vscode.Uri,
    isNew: boolean,
  ) {
    view.title = inRow(titleOf(state.names));
    this.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromMetricsPage) => this.receive(message).catch(showFailure)),
      view.onDidChangeViewState(() => {
        // A page that was hidden is made anew, and nothing was kept for it.
        this.expected = view.visible ? this.expected : undefined;
      }),
    );
    this.messages = new PageMessages(view, isNew, (first) => {
      const draw = (given: GivenPage): string => frame({ ...given, state, texts: texts() });
      fillTab(view, extension, { code: "metrics", icon: "metrics" }, draw, first);
    });
    const { seconds, revision } = state;
    this.expected = { seconds, revision };
    void this.answer(this.expected);
  }

  dispose(): void {
    this.disposed = true;
    this.messages.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private async receive(message: FromMetricsPage): Promise<void> {
    switch (message.kind) {
      case "ask": {
        const { seconds, revision } = message;
        const isExpected = isDeepStrictEqual(this.expected, { seconds, revision });
        this.expected = undefined;
        if (!isExpected) {
          await this.answer({ seconds, revision });
        }
        break;
      }
      case "export":
        await this.write(message.seconds, message.revision);
        break;
      case "compare":
        await this.compare();
        break;
    }
  }

  private async answer({ seconds, revision }: Question): Promise<void> {
    const { names, workspaceId } = this.state;
    try {
      const params = { names: [...names], workspaceId, seconds, revision, cells: CELLS };
      this.messages.post({ kind: "history", history: await this.session.request("scoredock/service/history", params) });
    } catch (error) {
      const failure = failureOf(error);
      const gone = failure.code === "service-not-found";
      this.messages.post({ kind: "failure", gone, sentence: failure.sentence });
    }
  }

  private async write(seconds: number, revision: number): Promise<void> {
    const { names, workspaceId } = this.state;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const name = `${names.join("-")}-metrics.csv`;
    const target = await showSaveDialog({
      title: l10n.t("Export Metrics"),
      filters: { CSV: ["csv"] },
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (target === undefined) {
      return;
    }
    const params = { names: [...names], workspaceId, seconds, revision, cells: CSV_CELLS, csv: true };
    const { csv } = await this.session.request("scoredock/service/history", params);
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(csv));
    showInformation(l10n.t("Exported the metrics to {0}.", vscode.workspace.asRelativePath(target)), [
      commandButton(l10n.t("Open"), "vscode.open", target),
    ]);
  }

  private async compare(): Promise<void> {
    const { names, workspaceId } = this.state;
    const known = this.live.state.services.filter((one) => one.workspaceId === workspaceId).map(({ name }) => name);
    const items = known.sort().map((label) => ({ label, picked: names.includes(label) }));
    const picked = await showQuickPick(items, {
      canPickMany: true,
      title: l10n.t("Compare Metrics"),
      placeHolder: l10n.t("Choose the services that are shown together"),
    });
    if (picked === undefined || picked.length === 0 || this.disposed) {
      return;
    }
    const chosen = picked.map(({ label }) => label);
    this.state = { ...this.state, names: chosen, revision: 0 };
    this.view.title = inRow(titleOf(chosen));
    this.messages.post({ kind: "names", names: chosen });
  }
}

function isState(value: unknown): value is MetricsState {
  const state = value as Partial<MetricsState> | undefined;
  return Array.isArray(state?.names) && state.names.length > 0 && typeof state.workspaceId === "string";
}

export class MetricsPages implements vscode.WebviewPanelSerializer<MetricsState>, vscode.Disposable {
  static readonly TYPE = "scoredock.metrics";
  private readonly panels = new Set<MetricsPanel>();
  private readonly registration = vscode.window.registerWebviewPanelSerializer(MetricsPages.TYPE, this);

  constructor(
    private readonly session: Session,
    private readonly live: Live,
    private readonly extension: vscode.Uri,
  ) {}

  /** Shows the page of a service or of several beside each other, or brings it to the front. */
  open(names: readonly string[], workspaceId: string): void {
    const key = JSON.stringify([workspaceId, names]);
    const known = [...this.panels].find(({ state }) => JSON.stringify([state.workspaceId, state.names]) === key);
    if (known !== undefined) {
      known.view.reveal();
      return;
    }
    const column = vscode.ViewColumn.Active;
    const view = createWebviewPanel(MetricsPages.TYPE, titleOf(names), column, PAGE_OPTIONS);
    this.adopt(view, { names, workspaceId, seconds: FIRST_RANGE, revision: 0, paused: false }, true);
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel, state: unknown): Promise<void> {
    if (isState(state)) {
      this.adopt(view, state, false);
    } else {
      view.dispose();
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    for (const panel of this.panels) {
      panel.dispose();
    }
    this.panels.clear();
  }

  private adopt(view: vscode.WebviewPanel, state: MetricsState, isNew: boolean): void {
    const panel = new MetricsPanel(view, state, this.session, this.live, this.extension, isNew);
    this.panels.add(panel);
    view.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(panel);
    });
  }
}
