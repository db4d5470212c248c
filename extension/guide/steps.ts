/** Which steps of the walkthrough are done: its boxes are ticked by context keys, and what was done stays done. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { activeWorkspace } from "../state/state";

/** In the order of the walkthrough. */
export type Step = "opened" | "registered" | "deployed" | "answered" | "refused";
const STEPS: readonly Step[] = ["opened", "registered", "deployed", "answered", "refused"];
const KEY = "scoredock.steps";
const ENTRY_SCRIPT = /score[^/\\]*\.py$/i;

function tick(step: Step): void {
  void vscode.commands.executeCommand("setContext", `scoredock.step.${step}`, true);
}

export class Steps implements vscode.Disposable {
  private readonly done: Set<Step>;
  private readonly following: vscode.Disposable;

  constructor(
    private readonly memory: vscode.Memento,
    live: Live,
  ) {
    const before = memory.get<readonly string[]>(KEY, []);
    this.done = new Set(STEPS.filter((step) => before.includes(step)));
    this.done.forEach(tick);
    this.following = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        this.see(editor?.document.uri);
      }),
      live.onDidChange((state) => {
        if ((activeWorkspace(state)?.models ?? 0) > 0) {
          this.mark("registered");
        }
        if (state.services.some((service) => service.state === "Healthy")) {
          this.mark("deployed");
        }
      }),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (this.done.has("deployed") && uris.some(isRefused)) {
          this.mark("refused");
        }
      }),
    );
    this.see(vscode.window.activeTextEditor?.document.uri);
  }

  mark(step: Step): void {
    if (!this.done.has(step)) {
      this.done.add(step);
      tick(step);
      void this.memory.update(KEY, [...this.done]);
    }
  }

  dispose(): void {
    this.following.dispose();
  }

  private see(uri: vscode.Uri | undefined): void {
    if (uri?.scheme === "file" && ENTRY_SCRIPT.test(uri.path)) {
      this.mark("opened");
    }
  }
}

/** An entry script that would not be deployed as it is. */
function isRefused(uri: vscode.Uri): boolean {
  return (
    ENTRY_SCRIPT.test(uri.path) &&
    vscode.languages
      .getDiagnostics(uri)
      .some((one) => one.source === "scoredock" && one.severity === vscode.DiagnosticSeverity.Error)
  );
}
