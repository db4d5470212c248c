/**
 * One log channel per service, fed by the server as the service writes.
 *
 * Each batch is acknowledged when it is shown, so a slow window never holds up the service. The sequence number of the
 * last line is remembered together with the channel's file, so that a reload goes on where the file ends.
 */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import { parts, withTime } from "./earlierLines";
import { withoutStamp } from "./fullLog";
import type { Live } from "../state/live";
import type { LogLine, LogLines, Service } from "../protocol";
import type { Session } from "../session/session";
import { inRow } from "../text/visible";
import { activeWorkspace, type ViewState } from "../state/state";
import { createOutputChannel } from "../window";

interface Stream {
  readonly channel: vscode.LogOutputChannel;
  /** Tells services of the same name apart that were made one after the other. */
  readonly created: number;
  /** Sequence number of the last line that is shown. */
  last: number;
  /** Id of the server's subscription; empty while there is none. */
  subscription: string;
  subscribing: boolean;
}

/** What is remembered across reloads. */
interface ReadPosition {
  readonly file: string;
  readonly created: number;
  readonly last: number;
}

export class ServiceLogs implements vscode.Disposable {
  private readonly streams = new Map<string, Stream>();
  private readonly subscriptions: vscode.Disposable[] = [];
  private workspaceId = "";

  constructor(
    private readonly session: Session,
    live: Live,
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {
    session.on("scoredock/log/lines", (batch) => this.append(batch));
    this.subscriptions.push(
      live.onDidChange((state) => this.follow(state)),
      session.onDidChangeStatus(() => {
        for (const stream of this.streams.values()) {
          stream.subscription = "";
        }
      }),
    );
  }

  /** Shows the channel of a service, and opens it when it was not followed yet. */
  async show(service: Service): Promise<void> {
    const stream = this.open(service);
    stream.channel.show(true);
    await this.subscribe(service.name, stream);
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
    for (const stream of this.streams.values()) {
      stream.channel.dispose();
    }
    this.streams.clear();
  }

  /** Follows every service that runs; ends with services that are gone. */
  private follow(state: ViewState): void {
    const workspaceId = activeWorkspace(state)?.id;
    if (!state.loaded || workspaceId === undefined || state.stale) {
      return;
    }
    if (workspaceId !== this.workspaceId) {
      this.workspaceId = workspaceId;
      [...this.streams.keys()].forEach((name) => this.close(name));
    }
    this.closeGone(state.services);
    this.openRunning(state.services);
  }

  private openRunning(services: readonly Service[]): void {
    for (const service of services) {
      const stream = this.streams.get(service.name) ?? (service.state === "Stopped" ? undefined : this.open(service));
      if (stream !== undefined && this.session.currentStatus === "running") {
        void this.subscribe(service.name, stream);
      }
    }
  }

  /** Ends with services that are gone, or were made anew under their old name. */
  private closeGone(current: readonly Service[]): void {
    const services = new Map(current.map((service) => [service.name, service]));
    for (const [name, stream] of [...this.streams]) {
      if (services.get(name)?.created !== stream.created) {
        this.close(name);
        void this.remember(name, undefined);
      }
    }
  }

  private open(service: Service): Stream {
    const known = this.streams.get(service.name);
    if (known !== undefined) {
      return known;
    }
    const name = vscode.l10n.t("Scoredock: {0}", service.name);
    const mark = this.context.workspaceState.get<ReadPosition>(this.key(service.name));
    const resumes = mark?.created === service.created && mark.file === this.file(name) && existsSync(mark.file);
    const channel = createOutputChannel(name, { log: true });
    const stream: Stream = {
      channel,
      created: service.created,
      last: resumes ? mark.last : 0,
      subscription: "",
      subscribing: false,
    };
    this.streams.set(service.name, stream);
    return stream;
  }

  private close(name: string): void {
    const stream = this.streams.get(name);
    this.streams.delete(name);
    if (stream !== undefined && isInView(stream.channel.name)) {
      // When the channel in view goes, the editor shows another one and takes the keyboard there.
      this.log.show(true);
    }
    stream?.channel.dispose();
    if (stream !== undefined && stream.subscription !== "") {
      this.session.request("scoredock/log/unsubscribe", { id: stream.subscription }).catch((error: unknown) => {
        this.log.debug(`The log of ${name} could not be given up: ${failureOf(error).sentence}`);
      });
    }
  }

  private async subscribe(service: string, stream: Stream): Promise<void> {
    if (stream.subscription !== "" || stream.subscribing) {
      return;
    }
    stream.subscribing = true;
    try {
      const tail = vscode.workspace.getConfiguration("scoredock.log").get<number>("tail", 1000);
      const subscription = await this.session.request("scoredock/log/subscribe", {
        service,
        since: stream.last,
        tail,
        workspaceId: this.workspaceId,
      });
      if (this.streams.get(service) === stream) {
        stream.subscription = subscription.id;
      } else {
        await this.session.request("scoredock/log/unsubscribe", { id: subscription.id });
      }
    } catch (error) {
      // The next change of the service tries again.
      this.log.debug(`The log of ${service} cannot be followed yet: ${failureOf(error).sentence}`);
    } finally {
      stream.subscribing = false;
    }
  }

  private append(batch: LogLines): void {
    const stream = this.streams.get(batch.service);
    // A batch can overtake the answer that names its subscription.
    if (stream === undefined || (stream.subscription !== batch.id && !stream.subscribing)) {
      return;
    }
    if (batch.dropped > 0) {
      stream.channel.warn(
        vscode.l10n.t(
          "{0} lines were left out here: too many came at once. Open Full Log has those that are still stored.",
          batch.dropped.toLocaleString(),
        ),
      );
    }
    writeAll(
      stream.channel,
      batch.lines.filter((line) => line.sequence > stream.last),
    );
    stream.last = Math.max(stream.last, batch.lines.at(-1)?.sequence ?? 0);
    const sequence = batch.lines.at(-1)?.sequence ?? stream.last;
    this.session.notify("scoredock/log/acknowledge", { id: batch.id, sequence });
    const name = vscode.l10n.t("Scoredock: {0}", batch.service);
    void this.remember(batch.service, { file: this.file(name), created: stream.created, last: stream.last });
  }

  private key(service: string): string {
    return `log/${this.workspaceId}/${service}`;
  }

  /** Where VS Code keeps the text of a log channel: it may outlive a reload of the window. */
  private file(channel: string): string {
    return path.join(this.context.logUri.fsPath, `${fileName(channel)}.log`);
  }

  private async remember(service: string, mark: ReadPosition | undefined): Promise<void> {
    await this.context.workspaceState.update(this.key(service), mark);
  }
}

/** As the editor calls the file of a channel, without its ending. */
function fileName(channel: string): string {
  return channel.replace(/[\\/:*?"<>|]/g, "");
}

/** The document that the panel shows has the channel's name, or that of its file, at the end of its address. */
function isInView(channel: string): boolean {
  const name = fileName(channel);
  return vscode.window.visibleTextEditors.some(
    ({ document: { uri } }) => uri.scheme === "output" && fileName(uri.path.replace(/\.log$/, "")).endsWith(name),
  );
}

function writeAll(channel: vscode.LogOutputChannel, lines: readonly LogLine[]): void {
  for (const part of parts(lines, Date.now() / 1000)) {
    if ("lines" in part) {
      writeEarlier(channel, part.lines);
    } else {
      write(channel, part);
    }
  }
}

function write(channel: vscode.LogOutputChannel, line: LogLine): void {
  const text = inRow(withoutStamp(line.text), Infinity);
  switch (line.level) {
    case "debug":
      channel.debug(text);
      break;
    case "info":
      channel.info(text);
      break;
    case "warning":
      channel.warn(text);
      break;
    case "error":
      channel.error(text);
      break;
  }
}

/** What the channel shows of each level, as its own setting says. */
const LEVELS: Readonly<Record<LogLine["level"], vscode.LogLevel>> = {
  debug: vscode.LogLevel.Debug,
  info: vscode.LogLevel.Info,
  warning: vscode.LogLevel.Warning,
  error: vscode.LogLevel.Error,
};

/** Lines from before, each with the time at which it was written: the channel puts its own only before the first. */
function writeEarlier(channel: vscode.LogOutputChannel, lines: readonly LogLine[]): void {
  const level = channel.logLevel;
  const shown = lines.filter((line) => level !== vscode.LogLevel.Off && LEVELS[line.level] >= level);
  if (shown.length === 0) {
    return;
  }
  const text = [
    vscode.l10n.t("Earlier lines, with the times at which they were written:"),
    ...shown.map((line) => inRow(withTime(line), Infinity)),
  ];
  if (level >= vscode.LogLevel.Error) {
    channel.error(text.join("\n"));
  } else if (level === vscode.LogLevel.Warning) {
    channel.warn(text.join("\n"));
  } else {
    channel.info(text.join("\n"));
  }
}
