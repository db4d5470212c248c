/** One panel's requests: sent one at a time, their responses shown as they come, and kept. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";

import type { Frame, RequestAnswer, ResponseReceived, ServiceResponse } from "../protocol";
import type { Session } from "../session/session";
import { failureOf } from "../text/errors";
import { bytes } from "../text/format";
import { displayedAnswer, statusLine } from "./answer";
import { callParams, type CallTarget, type Streams } from "./calls";
import { routeAndQuery, type PanelBody, type ToPage } from "./messages";
import { showInformationMessage, showSaveDialog } from "../window";

const { l10n } = vscode;

/** A request with its response. */
export interface ReceivedResponse {
  readonly request: PanelBody;
  readonly response: ServiceResponse;
}

/** The response as what is expected from now on. */
export function expectationOf({ response }: ReceivedResponse): RequestAnswer {
  return {
    status: response.status,
    body: response.text,
    contentType: response.headers["content-type"] ?? "",
    isText: response.base64 === "",
  };
}

/** Frames of what was raised, innermost first. */
export function framesOf(answered: ReceivedResponse | undefined): readonly Frame[] {
  return [...(answered?.response.failure?.frames ?? [])].reverse();
}

export class Exchange {
  private sending: vscode.CancellationTokenSource | undefined;
  /** The newest request that was answered. */
  answered: ReceivedResponse | undefined;

  constructor(
    private readonly session: Session,
    private readonly streams: Streams<ResponseReceived>,
    private readonly target: CallTarget,
    private readonly post: (message: ToPage) => void,
    private readonly succeeded: () => void,
  ) {}

  cancel(): void {
    this.sending?.cancel();
  }

  async send(request: PanelBody, key: string): Promise<void> {
    this.cancel();
    const source = new vscode.CancellationTokenSource();
    this.sending = source;
    const stream = this.streams.listen(({ status, text, size }) => {
      if (this.sending === source) {
        const summary = l10n.t("{0} · receiving, {1} so far…", statusLine(status), bytes(size));
        this.post({ kind: "part", summary, text });
      }
    });
    try {
      const params = { ...callParams(this.target, request, key), stream: stream.name };
      const response = await this.session.request("scoredock/service/send", params, source.token);
      this.answered = { request, response };
      this.post({ kind: "answer", answer: displayedAnswer(response) });
      this.noteSuccess(this.answered);
    } catch (error) {
      const failure = failureOf(error);
      this.post(failure.cancelled ? { kind: "cancelled" } : { kind: "error", message: failure.sentence });
    } finally {
      stream.dispose();
      if (this.sending === source) {
        this.sending = undefined;
      }
      source.dispose();
    }
  }

  /** Writes the body of the newest response to a file that the person chooses. */
  async save(): Promise<void> {
    const { answered } = this;
    if (answered === undefined) {
      return;
    }
    const { file, fileName, text, base64 } = answered.response;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const target = await showSaveDialog({
      title: l10n.t("Save Response"),
      defaultUri: vscode.Uri.file(join(folder, basename(fileName))),
    });
    if (target === undefined) {
      return;
    }
    if (file === "") {
      await vscode.workspace.fs.writeFile(target, base64 === "" ? Buffer.from(text) : Buffer.from(base64, "base64"));
    } else {
      await vscode.workspace.fs.copy(vscode.Uri.file(file), target, { overwrite: true });
    }
    const open = l10n.t("Open File");
    const saved = l10n.t("The response was saved as {0} in {1}.", basename(target.fsPath), dirname(target.fsPath));
    void showInformationMessage(saved, {}, open).then(async (pressed) => {
      if (pressed === open) {
        await vscode.commands.executeCommand("vscode.open", target);
      }
    });
  }

  private noteSuccess(answered: ReceivedResponse): void {
    if (answered.response.status === 200) {
      this.succeeded();
    }
    if (answered.response.logLines.length === 0) {
      void this.showLog(answered);
    }
  }

  /** The log hears of a request a moment later than its caller; what was asked since has lines of its own. */
  private async showLog(answered: ReceivedResponse): Promise<void> {
    const { request, response } = answered;
    try {
      const { lines } = await this.session.request("scoredock/service/requestLog", {
        name: this.target.name,
        workspaceId: this.target.workspaceId,
        since: response.logSince,
        status: response.status,
        requestId: response.headers["x-ms-request-id"] ?? "",
        route: routeAndQuery(request.target).route,
      });
      if (this.answered === answered && this.sending === undefined) {
        this.post({ kind: "log", log: lines.join("\n") });
      }
    } catch {
      // A service that has gone meanwhile has no log; its response is still there.
    }
  }
}
