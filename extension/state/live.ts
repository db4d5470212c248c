/** The one place that holds the state: feeds listings and pushes to the fold and tells the views. */
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import type { Notice } from "../protocol";
import type { Session } from "../session/session";
import { activeWorkspace, EMPTY, type Fact, type Facts, fold, type RegistryChange, type ViewState } from "./state";

export class Live implements vscode.Disposable {
  private held: ViewState = EMPTY;
  private listing: Promise<void> | undefined;
  private again = false;
  /** Until the first listing of the window, of however many servers. */
  private opening = true;
  private readonly changed = new vscode.EventEmitter<ViewState>();
  private readonly registry = new vscode.EventEmitter<RegistryChange>();
  private readonly noticed = new vscode.EventEmitter<readonly Notice[]>();
  private readonly broke = new vscode.EventEmitter<unknown>();
  private readonly subscriptions: { dispose(): unknown }[] = [this.changed, this.registry, this.noticed, this.broke];

  readonly onDidChange = this.changed.event;
  /** Models or assets of the active workspace may be others than those that are shown. */
  readonly onRegistry = this.registry.event;
  /** What happened while nobody looked; each is shown once. */
  readonly onNotices = this.noticed.event;
  /** Nothing could be listed, with the error. */
  readonly onFailure = this.broke.event;

  constructor(
    private readonly session: Session,
    private readonly log: vscode.LogOutputChannel,
    /** Open folders, the one that is worked in first. */
    private readonly folders: () => readonly string[],
  ) {
    session.on("scoredock/workspace/changed", (push) => this.add({ kind: "workspaces", push }));
    session.on("scoredock/registry/changed", (push) => {
      if (push.workspaceId === activeWorkspace(this.held)?.id) {
        this.registry.fire(push);
      }
    });
    session.on("scoredock/service/changed", (push) => this.add({ kind: "services", push }));
    session.on("scoredock/endpoint/changed", (push) => this.add({ kind: "endpoints", push }));
    this.subscriptions.push(
      session.onDidChangeStatus((status) => {
        if (status === "running") {
          void this.refresh();
        } else {
          this.add({ kind: "ended" });
          if (status === "failed") {
            this.add({ kind: "failed" });
          }
        }
      }),
    );
  }

  get state(): ViewState {
    return this.held;
  }

  /** Shows what the last window showed, until the first listing. */
  remember(facts: Facts): void {
    this.add({ kind: "remembered", facts });
  }

  /** Lists everything anew. A call while a listing is under way leads to one more after it. Never rejects. */
  async refresh(): Promise<void> {
    if (this.listing !== undefined) {
      this.again = true;
      return this.listing;
    }
    this.listing = this.list().finally(() => {
      this.listing = undefined;
    });
    return this.listing;
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private async list(): Promise<void> {
    do {
      this.again = false;
      const folders = this.folders();
      this.add({ kind: "listing", folders });
      try {
        const params = { folders, opening: this.opening };
        const result = await this.session.request("scoredock/state/list", params);
        this.opening = false;
        this.add({ kind: "listed", result });
        // What was pushed while no server ran, or no listing had come, reached nobody.
        this.registry.fire({
          models: true,
          assets: true,
          runs: true,
          jobs: true,
          rules: true,
          events: true,
          audit: true,
          others: "all",
        });
        if (result.notices.length > 0) {
          this.noticed.fire(result.notices);
        }
      } catch (error) {
        this.failed(error);
      }
      // Read through `this`: a call during the listing sets it.
    } while (this.refreshRequested());
  }

  /** Reports it once; the session reports a server that ended. */
  private failed(error: unknown): void {
    const { code, sentence } = failureOf(error);
    this.log.error(`The state could not be listed: ${sentence}`);
    const before = this.held.problem;
    this.add({ kind: "listingFailed", problem: sentence });
    if (sentence !== before && code !== "server-not-running") {
      this.broke.fire(error);
    }
  }

  private refreshRequested(): boolean {
    return this.again;
  }

  private add(fact: Fact): void {
    const next = fold(this.held, fact);
    if (next === this.held) {
      return;
    }
    this.held = next;
    this.changed.fire(next);
    if (next.stale && next.waiting === undefined) {
      void this.refresh();
    }
  }
}
