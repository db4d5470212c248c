/** One log channel per environment or image that is built, read from the server while the build goes on, whoever began it. */
import * as vscode from "vscode";

import { tellable } from "./errors";
import { bare } from "./fullLog";
import type { BuildLogParams } from "./protocol";
import type { Session } from "./session";

/** Milliseconds between two looks at the log of a build under way. */
const PAUSE = 400;

/** Which log. */
export type Built = Pick<BuildLogParams, "kind" | "id"> & { readonly form: "process" | "image"; readonly workspaceId: string };

interface Stream {
  readonly channel: vscode.LogOutputChannel;
  next: number;
  timer: NodeJS.Timeout | undefined;
  /** Raised when it is read from its beginning: answers to earlier questions are then dropped. */
  round: number;
}

export class BuildLogs implements vscode.Disposable {
  private readonly streams = new Map<string, Stream>();

  constructor(
    private readonly session: Session,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Shows the log of the last build and follows it to its end. */
  async show(built: Built): Promise<void> {
    const stream = this.stream(built);
    if (stream.timer === undefined) {
      await this.read(built, stream, stream.round);
    }
    stream.channel.show(true);
  }

  /** Follows a build that has just begun, in an empty channel. */
  follow(built: Built): void {
    const stream = this.stream(built);
    clearTimeout(stream.timer);
    stream.round += 1;
    stream.next = 0;
    stream.channel.clear();
    void this.read(built, stream, stream.round);
  }

  dispose(): void {
    for (const { channel, timer } of this.streams.values()) {
      clearTimeout(timer);
      channel.dispose();
    }
    this.streams.clear();
  }

  private stream(built: Built): Stream {
    const key = JSON.stringify([built.workspaceId, built.kind, built.id, built.form]);
    const known = this.streams.get(key);
    if (known !== undefined) {
      return known;
    }
    const name = built.kind === "environment" && built.form === "image" ? vscode.l10n.t("Scoredock Build: {0} (image)", built.id) : vscode.l10n.t("Scoredock Build: {0}", built.id);
    const stream: Stream = { channel: vscode.window.createOutputChannel(name, { log: true }), next: 0, timer: undefined, round: 0 };
    this.streams.set(key, stream);
    return stream;
  }

  /** Never rejects: what cannot be read now is tried again when it is shown again. */
  private async read(built: Built, stream: Stream, round: number): Promise<void> {
    stream.timer = undefined;
    try {
      for (;;) {
        const { lines, next, state } = await this.session.request("scoredock/build/log", { ...built, offset: stream.next });
        if (round !== stream.round) {
          return;
        }
        stream.next = next;
        for (const { step, text } of lines) {
          if (step) {
            stream.channel.info(bare(text));
          } else {
            stream.channel.info(`  ${bare(text)}`);
          }
        }
        if (lines.length === 0) {
          if (state === "Building") {
            stream.timer = setTimeout(() => void this.read(built, stream, round), PAUSE);
          }
          return;
        }
      }
    } catch (error) {
      this.log.debug(`The build log of ${built.id} could not be read: ${tellable(error).sentence}`);
    }
  }
}
