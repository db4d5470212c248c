/** One panel's request sent again and again, its figures shown while they come. */
import * as vscode from "vscode";

import type { Session } from "../session/session";
import { failureOf } from "../text/errors";
import { callParams, type CallTarget, type ResponseStreams } from "./calls";
import { displayedLoad, failedLoad } from "./load";
import type { LoadSettings, PanelBody, ToPage } from "./messages";

export class ManyRequests {
  private running: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly session: Session,
    private readonly streams: ResponseStreams,
    private readonly target: CallTarget,
    private readonly post: (message: ToPage) => void,
  ) {}

  stop(): void {
    this.running?.cancel();
  }

  /** Ends by itself, or when it is stopped: with the figures of what was sent. */
  async start(request: PanelBody, key: string, settings: LoadSettings): Promise<void> {
    this.stop();
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    const stream = this.streams.ofLoads((load) => {
      if (this.running === source) {
        this.post({ kind: "load", load: displayedLoad(load, false) });
      }
    });
    try {
      const params = { ...callParams(this.target, request, key), ...settings, stream: stream.name };
      const load = await this.session.request("scoredock/service/load", params, source.token);
      this.post({ kind: "load", load: displayedLoad(load, true) });
    } catch (error) {
      this.post({ kind: "load", load: failedLoad(failureOf(error).sentence) });
    } finally {
      stream.dispose();
      if (this.running === source) {
        this.running = undefined;
      }
      source.dispose();
    }
  }
}
