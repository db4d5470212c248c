/**
 * Decides when the server is started again: one start in flight, at most one queued, and no endless loop of crashes.
 */

export class Restarts {
  /** After so many crashes within the window the person decides. */
  static readonly LIMIT = 5;
  /** Milliseconds. */
  static readonly WINDOW = 3 * 60_000;

  private flight: Promise<void> | undefined;
  private queued: Promise<void> | undefined;
  private crashes: number[] = [];
  private disposed = false;

  constructor(private readonly cycle: () => Promise<void>) {}

  /** Ends when a start that began after this call has ended. */
  async request(): Promise<void> {
    if (this.disposed) {
      return;
    }
    if (this.flight === undefined) {
      this.flight = this.cycle().finally(() => {
        this.flight = undefined;
      });
      return this.flight;
    }
    this.queued ??= this.flight.then(() => {
      this.queued = undefined;
      return this.request();
    });
    return this.queued;
  }

  /** Notes a crash at a time in milliseconds; true when another start is worth it. */
  crashed(now: number): boolean {
    this.crashes = [...this.crashes.filter((earlier) => now - earlier < Restarts.WINDOW), now];
    return this.crashes.length < Restarts.LIMIT;
  }

  /** The person asked for a start, so crashes are counted anew. */
  forget(): void {
    this.crashes = [];
  }

  dispose(): void {
    this.disposed = true;
  }
}
