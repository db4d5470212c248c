/** Panels that send a request to a service and show its answer; one for each service, kept across a window reload. */
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import { baseName } from "../text/format";
import { fillTab, PAGE_OPTIONS, passKeyboardOn } from "../webview/tab";
import { stateText } from "../text/serviceState";
import type { Live } from "../state/live";
import type { RequestEnvironment } from "../state/requestEnvironment";
import { activeWorkspace } from "../state/state";
import type { RequestAnswer, ResponseReceived, Service, ServiceSample } from "../protocol";
import type { Session } from "../session/session";
import { type Repetition, type Repetitions, Streams, through } from "./calls";
import { chooseEnvironment, environmentsAround } from "./environments";
import { Exchange, expectationOf, framesOf } from "./exchange";
import { html } from "./html";
import { pretty } from "./json";
import { routeAndQuery, SCORE, type FromPage, type PanelBody, type PanelState, type ToPage } from "./messages";
import { chooseRequest, chooseSent, writeRequest, type ServiceName } from "./requestFiles";
import { texts } from "./texts";
import { createWebviewPanel, showOpenDialog, showQuickPick, showWarningMessage } from "../window";

const { l10n } = vscode;

async function chosenFile(): Promise<vscode.Uri | undefined> {
  const chosen = await showOpenDialog({ title: l10n.t("File to Send"), openLabel: l10n.t("Use") });
  return chosen?.[0];
}

/** A request body, and where it comes from. */
export type Body = Pick<PanelBody, "body" | "reason"> & Partial<PanelBody>;

/** One that is filled in, and perhaps sent at once. */
interface ProposedRequest {
  readonly body: Body;
  readonly send: boolean;
}

/** Where a panel has its facts from. */
interface PanelSources {
  readonly session: Session;
  readonly streams: Streams<ResponseReceived>;
  /** Undefined where nobody sends a request many times. */
  readonly repetitions: Repetitions | undefined;
  readonly live: Live;
  readonly environment: RequestEnvironment;
  /** Lets the person choose a row of a dataset. */
  readonly choose: () => Promise<Body | undefined>;
  readonly succeeded: vscode.EventEmitter<void>;
}

/** One open panel. */
class Panel implements vscode.Disposable {
  /** The first sample, while it is asked for. */
  private firstBody: Promise<Body> | undefined;
  /** Whether a page is loading that needs no answer to "ready": the editor keeps messages while a page loads. */
  private begun = true;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly exchange: Exchange;
  private readonly load: Repetition | undefined;
  private disposed = false;

  constructor(
    readonly view: vscode.WebviewPanel,
    private readonly state: PanelState,
    private readonly from: PanelSources,
    /** Filled in as soon as the page listens. */
    private waiting: ProposedRequest | undefined,
    extension: vscode.Uri,
  ) {
    const post = (message: ToPage): void => this.post(message);
    this.exchange = new Exchange(from.session, from.streams, through(state), post, () => from.succeeded.fire());
    this.load = from.repetitions?.(through(state), post);
    this.subscriptions.push(
      view.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message)),
      from.live.onDidChange(() => this.showService()),
      from.environment.onDidChange(() => void this.showEnvironment()),
    );
    fillTab(view, extension, { code: "request", icon: "request" }, (given) =>
      html({ ...given, state, texts: texts(), repeats: this.load !== undefined }),
    );
    void this.begin(!state.touched);
  }

  dispose(): void {
    this.disposed = true;
    this.exchange.cancel();
    this.load?.stop();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Puts a body into the page. */
  fill({ body, send }: ProposedRequest, asked = true): void {
    const request: PanelBody = {
      method: "POST",
      contentType: "application/json",
      encoding: "text",
      fileField: "",
      target: SCORE,
      headers: "",
      parts: [],
      follows: true,
      ...body,
    };
    if (/^multipart\/form-data/i.test(request.contentType)) {
      void this.fillForm(request, send, asked);
    } else {
      this.post({
        kind: "sample",
        send,
        asked,
        request: request.encoding === "text" ? { ...request, body: pretty(request.body) } : request,
      });
    }
  }

  /** A form as its parts; one that cannot be taken apart stays the bytes that it is. */
  private async fillForm(request: PanelBody, send: boolean, asked: boolean): Promise<void> {
    const { body, encoding, contentType } = request;
    const { parts } =
      request.parts.length > 0
        ? request
        : await this.from.session
            .request("scoredock/request/parts", { body, encoding, contentType })
            .catch(() => ({ parts: [] }));
    const form = { ...request, parts, body: "", encoding: "text" as const };
    this.post({ kind: "sample", send, asked, request: parts.length > 0 ? form : request });
  }

  /** The panel may have been closed while something was asked for it. */
  private post(message: ToPage): void {
    if (!this.disposed) {
      void this.view.webview.postMessage(message);
    }
  }

  private showService(): void {
    const { services, endpoints } = this.from.live.state;
    const service = services.find(
      (one) => one.name === this.state.service && one.workspaceId === this.state.workspaceId,
    );
    const endpoint = endpoints.find(({ name }) => name === this.state.endpoint);
    const shown = this.state.endpoint === undefined ? service : endpoint;
    this.post({
      kind: "service",
      uri: shown?.scoringUri ?? "",
      look: shown?.status.look ?? "bad",
      stateName: shown === undefined ? this.goneText : stateText(shown),
      shows: service?.authentication ?? "",
    });
  }

  /** Of a service that is not in the list of its workspace; the services of others are not known. */
  private get goneText(): string {
    return activeWorkspace(this.from.live.state)?.id === this.state.workspaceId ? l10n.t("Deleted") : "";
  }

  /** Around the script of the service. */
  private get script(): string {
    const { services } = this.from.live.state;
    return (
      services.find(({ name, workspaceId }) => name === this.state.service && workspaceId === this.state.workspaceId)
        ?.entryScript ?? ""
    );
  }

  /** Shown where there are some; who has none is not asked. */
  private async showEnvironment(): Promise<void> {
    const { environment, session } = this.from;
    const names = this.script === "" ? [] : await environmentsAround(session, this.script).catch(() => []);
    const label = environment.name === "" ? l10n.t("No Environment") : l10n.t("Environment: {0}", environment.name);
    this.post({ kind: "environment", label: names.length === 0 ? "" : label });
  }

  private async chooseEnvironment(): Promise<undefined> {
    await chooseEnvironment(this.from.session, this.from.environment, this.script);
    return undefined;
  }

  /** What a page begins with. */
  private async begin(wantsSample: boolean): Promise<void> {
    this.showService();
    void this.showEnvironment();
    if (this.waiting !== undefined) {
      this.fill(this.waiting);
      this.waiting = undefined;
    } else if (wantsSample) {
      await this.orSay(() => this.firstSample(), false);
    }
  }

  private async receive(message: FromPage): Promise<void> {
    switch (message.kind) {
      case "ready":
        if (!this.begun) {
          await this.begin(message.wantsSample);
        }
        this.begun = false; // the tab may be moved to another window, which loads its page anew
        break;
      case "hasKeyboard":
        passKeyboardOn(this.view);
        break;
      case "open":
        await this.orSay(() => chooseRequest(this.from.session, this.from.environment, this.service));
        break;
      case "partFile":
        await this.orSay(() => this.partFile(message.index));
        break;
      case "environment":
        await this.orSay(() => this.chooseEnvironment());
        break;
      case "history":
        await this.orSay(() => chooseSent(this.from.session, this.service));
        break;
      case "save":
        await this.write(message.request, null);
        break;
      case "record":
        await this.record();
        break;
      case "load":
        await this.load?.start(message.request, message.key, message.settings);
        break;
      case "propose":
        await this.orSay(() => this.propose(message.before, message.target));
        break;
      case "form":
        await this.orSay(() => this.form(message.body, message.target));
        break;
      case "stopLoad":
        this.load?.stop();
        break;
      case "saveAnswer":
        await this.orSay(() => this.exchange.save().then(() => undefined));
        break;
      case "dataset":
        await this.orSay(this.from.choose);
        break;
      case "sample":
        await this.orSay(() => this.chosenSample());
        break;
      case "file":
        await this.orSay(() => this.file(message.fileField));
        break;
      case "send":
        await this.send(await this.withSample(message.request), message.key, message.fault);
        break;
      case "line":
        await this.goToLine(message.frame);
        break;
      case "cancel":
        this.exchange.cancel();
        break;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        break;
    }
  }

  /** Fills in what comes; a failure is said in the page. */
  private async orSay(body: () => Promise<Body | undefined>, asked = true): Promise<void> {
    try {
      const found = await body();
      if (found !== undefined) {
        this.fill({ body: found, send: false }, asked);
      }
    } catch (error) {
      this.post({ kind: "error", message: failureOf(error).sentence });
    }
  }

  private get service(): ServiceName {
    return { name: this.state.service, workspaceId: this.state.workspaceId };
  }

  /** What may stand at the caret; a service that is away has nothing to say of it. */
  private async propose(before: string, target: string): Promise<undefined> {
    const params = { ...this.service, before, route: routeAndQuery(target).route };
    const proposals = await this.from.session.request("scoredock/request/complete", params).catch(() => undefined);
    if (proposals !== undefined) {
      this.post({ kind: "proposals", before, proposals });
    }
    return undefined;
  }

  private async form(body: string, target: string): Promise<undefined> {
    const params = { ...this.service, body, route: routeAndQuery(target).route };
    this.post({ kind: "form", form: await this.from.session.request("scoredock/request/form", params) });
    return undefined;
  }

  private async write(request: PanelBody, answer: RequestAnswer | null): Promise<void> {
    try {
      await writeRequest(this.from.session, this.service, request, answer);
    } catch (error) {
      this.post({ kind: "error", message: failureOf(error).sentence });
    }
  }

  private async record(): Promise<void> {
    const { answered } = this.exchange;
    if (answered !== undefined) {
      await this.write(answered.request, expectationOf(answered));
    }
  }

  private sample(): Promise<ServiceSample> {
    const { service, workspaceId } = this.state;
    return this.from.session.request("scoredock/service/sample", { name: service, workspaceId });
  }

  /** The sample that a new panel begins with. */
  private async firstSample(): Promise<Body> {
    const asked = this.sample();
    this.firstBody = asked;
    try {
      return await asked;
    } finally {
      this.firstBody = undefined;
    }
  }

  /** Who presses Send before the first sample is there sends that, rather than nothing. */
  private async withSample(request: PanelBody): Promise<PanelBody> {
    if (request.body !== "" || request.parts.length > 0 || request.method === "GET" || this.firstBody === undefined) {
      return request;
    }
    try {
      return { ...request, ...(await this.firstBody) };
    } catch {
      return request; // said in the page
    }
  }

  /** The one there is, or the one that the person chooses. */
  private async chosenSample(): Promise<Body | undefined> {
    const { others, ...first } = await this.sample();
    if (others.length === 0) {
      return first;
    }
    const items = [first, ...others].map((body) => ({
      label: body.reason,
      detail: body.encoding === "text" ? body.body.replace(/\s+/g, " ").slice(0, 120) : body.contentType,
      body,
    }));
    const chosen = await showQuickPick(items, {
      title: l10n.t("Sample request for {0}", this.state.service),
      placeHolder: l10n.t("Which request to fill in"),
    });
    return chosen?.body;
  }

  private async file(fileField: string): Promise<Body | undefined> {
    const path = (await chosenFile())?.fsPath;
    return path === undefined
      ? undefined
      : this.from.session.request("scoredock/service/fileBody", { path, fileField });
  }

  private async partFile(index: number): Promise<undefined> {
    const chosen = await chosenFile();
    if (chosen !== undefined) {
      this.post({ kind: "partFile", index, path: chosen.fsPath, fileName: baseName(chosen.fsPath) });
    }
    return undefined;
  }

  private async goToLine(index: number): Promise<void> {
    const frame = framesOf(this.exchange.answered)[index];
    if (frame !== undefined) {
      const column = vscode.window.visibleTextEditors.find((editor) => editor.viewColumn !== this.view.viewColumn);
      const line = new vscode.Position(Math.max(0, frame.line - 1), 0);
      await vscode.window.showTextDocument(vscode.Uri.file(frame.file), {
        selection: new vscode.Range(line, line),
        viewColumn: column?.viewColumn ?? vscode.ViewColumn.One,
      });
    }
  }

  /** Asks before what is not JSON is sent to a script that takes JSON. */
  private async mayBeSent(fault: string): Promise<boolean> {
    if (fault === "") {
      return true;
    }
    const send = l10n.t("Send Anyway");
    const detail = l10n.t("{0}. The script will probably respond with an error.", fault);
    const asked = l10n.t("The body is not valid JSON. Send it anyway?");
    return (await showWarningMessage(asked, { modal: true, detail }, send)) === send;
  }

  private async send(request: PanelBody, key: string, fault: string): Promise<void> {
    if (!(await this.mayBeSent(fault))) {
      this.post({ kind: "kept" });
      return;
    }
    await this.exchange.send(request, key);
  }
}

/** A service, or an endpoint by one of its versions, whose sample and key are used. */
interface RequestTarget extends Pick<Service, "name" | "workspaceId"> {
  readonly endpoint?: string;
}

function keyOf({ service, workspaceId, endpoint }: Pick<PanelState, "service" | "workspaceId" | "endpoint">): string {
  return endpoint === undefined ? `${workspaceId}/${service}` : `${workspaceId}//${endpoint}`;
}

export class RequestPanels implements PanelSources, vscode.WebviewPanelSerializer<PanelState>, vscode.Disposable {
  static readonly TYPE = "scoredock.request";
  readonly streams: Streams<ResponseReceived>;
  readonly succeeded = new vscode.EventEmitter<void>();
  /** A request was answered with a status of 200. */
  readonly onDidSucceed = this.succeeded.event;
  private readonly panels = new Map<string, Panel>();
  private readonly registration = vscode.window.registerWebviewPanelSerializer(RequestPanels.TYPE, this);

  constructor(
    readonly session: Session,
    readonly live: Live,
    private readonly extension: vscode.Uri,
    readonly environment: RequestEnvironment,
    readonly choose: () => Promise<Body | undefined>,
    readonly repetitions: Repetitions | undefined,
  ) {
    this.streams = new Streams((take) => session.on("scoredock/response/received", take));
  }

  /** Shows the panel of a service beside the code, or brings it to the front; with a body that is filled in. */
  open(service: RequestTarget, body?: Body, send = false): void {
    const { name, workspaceId, endpoint } = service;
    const known = this.panels.get(
      keyOf({ service: name, workspaceId, ...(endpoint === undefined ? {} : { endpoint }) }),
    );
    const filled = body === undefined ? undefined : { body, send };
    if (known !== undefined) {
      known.view.reveal(undefined, send);
      if (filled !== undefined) {
        known.fill(filled);
      }
      return;
    }
    // What is under way or was answered lives in the page, and must not go when another tab is in front.
    const options = { ...PAGE_OPTIONS, retainContextWhenHidden: true };
    const view = createWebviewPanel(
      RequestPanels.TYPE,
      l10n.t("Request: {0}", endpoint ?? name),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: send },
      options,
    );
    this.adopt(
      view,
      {
        service: name,
        workspaceId,
        ...(endpoint === undefined ? {} : { endpoint }),
        method: "POST",
        body: "",
        touched: false,
      },
      filled,
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
    this.succeeded.dispose();
    for (const panel of this.panels.values()) {
      panel.dispose();
    }
    this.panels.clear();
  }

  private adopt(view: vscode.WebviewPanel, state: PanelState, filled?: ProposedRequest): void {
    const key = keyOf(state);
    const panel = new Panel(view, state, this, filled, this.extension);
    this.panels.set(key, panel);
    view.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(key);
    });
  }
}
