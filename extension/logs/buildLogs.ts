/**
 * One log channel per environment or image that is built, read from the server while the build goes on, whoever began
 * it.
 */
import * as vscode from "vscode";

import { BuildStream } from "./buildStream";
import { failureOf } from "../text/errors";
import type { BuildLogParams } from "../protocol";
import type { Session } from "../session/session";
import { inRow } from "../text/visible";
import { createOutputChannel } from "../window";

/** Which log. */
export type BuildId = Pick<BuildLogParams, "kind" | "id"> & {
  readonly form: "process" | "image";
  readonly workspaceId: string;
};

interface BuildChannel {
  readonly channel: vscode.LogOutputChannel;
  readonly stream: BuildStream;
}

export class BuildLogs implements vscode.Disposable {
  private readonly logs = new Map<string, BuildChannel>();

  constructor(
    private readonly session: Session,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Shows the log of the last build and follows it to its end. */
  async show(built: BuildId): Promise<void> {
    const { channel, stream } = this.of(built);
    await stream.goOn();
    channel.show(true);
  }

  /** Follows a build that has just begun, in an empty channel. */
  follow(built: BuildId): void {
    const { channel, stream } = this.of(built);
    channel.clear();
    void stream.begin();
  }

  dispose(): void {
    for (const { channel, stream } of this.logs.values()) {
      stream.stop();
      channel.dispose();
    }
    this.logs.clear();
  }

  private of(built: BuildId): BuildChannel {
    const key = JSON.stringify([built.workspaceId, built.kind, built.id, built.form]);
    const known = this.logs.get(key);
    if (known !== undefined) {
      return known;
    }
    const name =
      built.kind === "environment" && built.form === "image"
        ? vscode.l10n.t("Scoredock Build: {0} (image)", built.id)
        : vscode.l10n.t("Scoredock Build: {0}", built.id);
    const channel = createOutputChannel(name, { log: true });
    const stream = new BuildStream({
      ask: (offset) => this.session.request("scoredock/build/log", { ...built, offset }),
      write: (line) => channel.info(inRow(line, Infinity)),
      failed: (error) => {
        this.log.debug(`The build log of ${built.id} could not be read: ${failureOf(error).sentence}`);
      },
    });
    const shown = { channel, stream };
    this.logs.set(key, shown);
    return shown;
  }
}
