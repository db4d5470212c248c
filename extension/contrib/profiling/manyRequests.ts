/** One panel's request sent again and again, its figures shown while they come. */
import * as vscode from "vscode";

import { callParams, type CallTarget, type Repetition, type Repetitions, Streams } from "../../panels/calls";
import type { LoadSettings, PanelBody, ToPage } from "../../panels/messages";
import type { ServiceLoad } from "../../protocol";
import type { Session } from "../../session/session";
import { failureOf } from "../../text/errors";
import { displayedLoad, failedLoad } from "./load";

class ManyRequests implements Repetition {
  private running: vscode.CancellationTokenSource | undefined;

  constructor(
    private readonly session: Session,
    private readonly streams: Streams<ServiceLoad>,
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
    const stream = this.streams.listen((load) => {
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

export function manyRequests(session: Session): Repetitions {
  const streams = new Streams<ServiceLoad>((take) => session.on("scoredock/load/measured", take));
  return (target, post) => new ManyRequests(session, streams, target, post);
}
