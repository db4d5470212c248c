/** Follows the log of one build from its beginning to its end, each line once. No `vscode` here. */
import { withoutStamp } from "./fullLog";
import type { BuildLog } from "../protocol";

/** Milliseconds between two looks at the log of a build under way. */
const PAUSE = 400;

/** Where the lines come from and go to. */
export interface BuildLogIo {
  ask(offset: number): Promise<BuildLog>;
  write(line: string): void;
  /** What could not be read now is tried again when it is shown again. */
  failed(error: unknown): void;
}

export class BuildStream {
  private next = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Raised when it is read from its beginning: answers to earlier questions are then dropped. */
  private round = 0;
  /** The round of the read under way. Another one beside it would bring the same lines. */
  private reading: number | undefined;

  constructor(private readonly ends: BuildLogIo) {}

  /** Reads what has come since, and follows it to its end, unless that is done already. Never rejects. */
  async goOn(): Promise<void> {
    if (this.timer === undefined && this.reading !== this.round) {
      await this.read(this.round);
    }
  }

  /** The same from the beginning. Never rejects. */
  async begin(): Promise<void> {
    this.stop();
    this.next = 0;
    await this.read(this.round);
  }

  /** No line comes after this. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.round += 1;
  }

  private async read(round: number): Promise<void> {
    this.timer = undefined;
    this.reading = round;
    try {
      for (;;) {
        const { lines, next, state } = await this.ends.ask(this.next);
        if (round !== this.round) {
          return;
        }
        this.next = next;
        for (const { step, text } of lines) {
          this.ends.write(step ? withoutStamp(text) : `  ${withoutStamp(text)}`);
        }
        if (lines.length === 0) {
          if (state === "Building") {
            this.timer = setTimeout(() => void this.read(round), PAUSE);
          }
          return;
        }
      }
    } catch (error) {
      this.ends.failed(error);
    } finally {
      if (this.reading === round) {
        this.reading = undefined;
      }
    }
  }
}
