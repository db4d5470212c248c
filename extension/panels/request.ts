/** Panels that send a request to a service and show its answer; one for each service, kept across a window reload. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import type { Live } from "../state/live";
import type { Service } from "../protocol";
import type { Session } from "../session/session";
import { displayedAnswer } from "./answer";
import { html } from "./html";
import { pretty } from "./json";
import { typedKey, type FromPage, type PanelState, type Texts, type ToPage } from "./messages";

const { l10n } = vscode;

/** Seconds that a service may take to answer. */
const TIMEOUT = 300;

function texts(): Texts {
  const send = process.platform === "darwin" ? l10n.t("⌘ Enter sends") : l10n.t("Ctrl+Enter sends");
  return {
    title: l10n.t("Send Request"),
    method: l10n.t("Method"),
    send: l10n.t("Send"),
    cancel: l10n.t("Cancel"),
    body: l10n.t("Body (JSON)"),
    key: l10n.t("Key"),
    token: l10n.t("Token"),
    ownKey: l10n.t("the service's own; fill in another one to try it"),
    ownToken: l10n.t("a new one of the service; fill in another one to try it"),
    sample: l10n.t("Sample from Schema"),
    dataset: l10n.t("From Dataset…"),
    answer: l10n.t("Answer"),
    headers: l10n.t("Headers"),
    copy: l10n.t("Copy"),
    waiting: l10n.t("Waiting for the answer…"),
    cancelled: l10n.t("Cancelled. The service may still be working on it."),
    hint: send,
    none: l10n.t("Nothing sent yet"),
  };
}

/** A request body, and where it comes from. */
export interface Body {
  readonly body: string;
  readonly reason: string;
}

/** Where a panel has its facts from. */
interface PanelSources {
  readonly session: Session;
  readonly live: Live;
  /** Lets the person choose a row of a dataset. */
  readonly choose: () => Promise<Body | undefined>;
}

/** One open panel. */
class Panel implements vscode.Disposable {
  private sending: vscode.CancellationTokenSource | undefined;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    readonly view: vscode.WebviewPanel,
    private readonly state: PanelState,
    private readonly from: PanelSources,
    /** Filled in as soon as the page listens. */
    private waiting: Body | undefined,
    extension: vscode.Uri,
  ) {
    const dist = vscode.Uri.joinPath(extension, "dist");
    const media = vscode.Uri.joinPath(extension, "media");
    view.iconPath = {
      light: vscode.Uri.joinPath(media, "request-light.svg"),
      dark: vscode.Uri.joinPath(media, "request-dark.svg"),
    };
    view.webview.options = { enableScripts: true, localResourceRoots: [dist, media] };
    this.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message)),
      from.live.onDidChange(() => {
        this.showService();
      }),
    );
    view.webview.html = html({
      nonce: randomBytes(18).toString("base64"),
      source: view.webview.cspSource,
      script: view.webview.asWebviewUri(vscode.Uri.joinPath(dist, "request.js")).toString(),
      style: view.webview.asWebviewUri(vscode.Uri.joinPath(media, "request.css")).toString(),
      state,
      texts: texts(),
    });
  }

  dispose(): void {
    this.sending?.cancel();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Puts a body into the page. */
  fill({ body, reason }: Body): void {
    this.post({ kind: "sample", body: pretty(body), reason });
  }

  private post(message: ToPage): void {
    void this.view.webview.postMessage(message);
  }

  private showService(): void {
    const service = this.from.live.state.services.find(
      (one) => one.name === this.state.service && one.workspaceId === this.state.workspaceId,
    );
    this.post({
      kind: "service",
      uri: service?.scoringUri ?? "",
      state: service?.state ?? "",
      shows: service?.authentication ?? "",
    });
  }

  private async receive(message: FromPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.showService();
        if (this.waiting !== undefined) {
          this.fill(this.waiting);
          this.waiting = undefined;
        } else if (message.wantsSample) {
          await this.fillSample();
        }
        break;
      case "dataset":
        await this.fillRow();
        break;
      case "sample":
        await this.fillSample();
        break;
      case "send":
        await this.send(message.method, message.body, message.key);
        break;
      case "cancel":
        this.sending?.cancel();
        break;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        break;
    }
  }

  private async fillSample(): Promise<void> {
    try {
      this.fill(
        await this.from.session.request("scoredock/service/sample", {
          name: this.state.service,
          workspaceId: this.state.workspaceId,
        }),
      );
    } catch (error) {
      this.post({ kind: "error", message: failureOf(error).sentence });
    }
  }

  private async fillRow(): Promise<void> {
    try {
      const row = await this.from.choose();
      if (row !== undefined) {
        this.fill(row);
      }
    } catch (error) {
      this.post({ kind: "error", message: failureOf(error).sentence });
    }
  }

  private async send(method: "POST" | "GET", body: string, key: string): Promise<void> {
    this.sending?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.sending = source;
    try {
      const params = {
        name: this.state.service,
        workspaceId: this.state.workspaceId,
        method,
        body: method === "GET" ? "" : body,
        timeout: TIMEOUT,
        key: typedKey(key),
      };
      const answer = await this.from.session.request("scoredock/service/call", params, source.token);
      this.post({ kind: "answer", answer: displayedAnswer(answer) });
      if (answer.status === 200) {
        // Ticks the step of the walkthrough.
        void vscode.commands.executeCommand("setContext", "scoredock.step.answered", true);
      }
    } catch (error) {
      const failure = failureOf(error);
      this.post(failure.cancelled ? { kind: "cancelled" } : { kind: "error", message: failure.sentence });
    } finally {
      if (this.sending === source) {
        this.sending = undefined;
      }
      source.dispose();
    }
  }
}

export class RequestPanels implements PanelSources, vscode.WebviewPanelSerializer<PanelState>, vscode.Disposable {
  static readonly TYPE = "scoredock.request";
  private readonly panels = new Map<string, Panel>();
  private readonly registration = vscode.window.registerWebviewPanelSerializer(RequestPanels.TYPE, this);

  constructor(
    readonly session: Session,
    readonly live: Live,
    private readonly extension: vscode.Uri,
    readonly choose: () => Promise<Body | undefined>,
  ) {}

  /** Shows the panel of a service beside the code, or brings it to the front; with a body that is filled in. */
  open(service: Service, body?: Body): void {
    const known = this.panels.get(`${service.workspaceId}/${service.name}`);
    if (known !== undefined) {
      known.view.reveal();
      if (body !== undefined) {
        known.fill(body);
      }
      return;
    }
    // What is under way or was answered lives in the page, and must not go when another tab is in front.
    const options = { retainContextWhenHidden: true };
    const view = vscode.window.createWebviewPanel(
      RequestPanels.TYPE,
      l10n.t("Request: {0}", service.name),
      vscode.ViewColumn.Beside,
      options,
    );
    this.adopt(
      view,
      { service: service.name, workspaceId: service.workspaceId, method: "POST", body: "", touched: false },
      body,
    );
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    if (typeof state?.service !== "string" || typeof state.workspaceId !== "string") {
      view.dispose();
    } else {
      this.adopt(view, state);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    for (const panel of this.panels.values()) {
      panel.dispose();
    }
    this.panels.clear();
  }

  private adopt(view: vscode.WebviewPanel, state: PanelState, body?: Body): void {
    const key = `${state.workspaceId}/${state.service}`;
    const panel = new Panel(view, state, this, body, this.extension);
    this.panels.set(key, panel);
    view.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(key);
    });
  }
}
