/** One log channel per pipeline that was run here, with what its steps print. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { PipelineInfo, PipelineLine } from "../../protocol";
import type { Session } from "../../session/session";
import { inRow } from "../../text/visible";
import { createOutputChannel } from "../../window";

/** One run, until it is disposed of. */
export interface PipelineRunLog {
  /** Under which the server tells of it. */
  readonly stream: string;
  readonly show: () => void;
  /** Says how it has ended. */
  end(info: PipelineInfo): void;
  /** Says why it has not come to its end. */
  stop(reason: string): void;
  dispose(): void;
}

function write(channel: vscode.LogOutputChannel, line: PipelineLine): void {
  const { kind } = line;
  const text = inRow(line.text, Infinity);
  switch (kind) {
    case "job":
      channel.info(`== ${text}`);
      break;
    case "step":
      channel.info(`-- ${text}`);
      break;
    case "line":
      channel.info(`   ${text}`);
      break;
    case "result":
      channel.info(`   (${text})`);
      break;
    case "failure":
      channel.error(text);
      break;
  }
}

class PipelineLogs implements vscode.Disposable {
  private readonly channels = new Map<string, vscode.LogOutputChannel>();
  private readonly running = new Map<string, vscode.LogOutputChannel>();
  private count = 0;

  constructor(session: Session) {
    session.on("scoredock/pipeline/output", ({ stream, lines }) => {
      const channel = this.running.get(stream);
      if (channel !== undefined) {
        for (const line of lines) {
          write(channel, line);
        }
      }
    });
  }

  /** An empty channel for the pipeline of this name, and the name of what the server says of it. */
  begin(name: string): PipelineRunLog {
    const before = this.channels.get(name);
    const title = vscode.l10n.t("Scoredock Pipeline: {0}", name);
    const channel = before ?? createOutputChannel(title, { log: true });
    this.channels.set(name, channel);
    channel.clear();
    this.count += 1;
    const stream = `pipeline-${this.count}`;
    this.running.set(stream, channel);
    return {
      stream,
      show: () => channel.show(true),
      end: ({ failure, summary }) => {
        if (failure !== null) {
          // The path and the line are a link there.
          channel.error(inRow(`${failure.path}:${failure.line}: ${failure.message}`));
        }
        channel.info(summary);
      },
      stop: (reason) => channel.error(inRow(reason)),
      dispose: () => this.running.delete(stream),
    };
  }

  dispose(): void {
    for (const channel of this.channels.values()) {
      channel.dispose();
    }
    this.channels.clear();
  }
}

const LOGS = new WeakMap<App, PipelineLogs>();

/** Those of this window, from its first run on. */
export function pipelineLogs(app: App): PipelineLogs {
  const logs = LOGS.get(app) ?? new PipelineLogs(app.session);
  if (!LOGS.has(app)) {
    LOGS.set(app, logs);
    app.context.subscriptions.push(logs);
  }
  return logs;
}
