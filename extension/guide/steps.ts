/** Which steps of the walkthrough are done: its boxes are ticked by context keys, and what was done stays done. */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import type { ViewState } from "../state/state";

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
    answered: vscode.Event<void>,
  ) {
    const before = memory.get<readonly string[]>(KEY, []);
    this.done = new Set(STEPS.filter((step) => before.includes(step)));
    this.done.forEach(tick);
    this.following = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor((editor) => this.see(editor?.document.uri)),
      live.onDidChange((state) => this.look(state)),
      answered(() => this.mark("answered")),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => this.seeRefused(uris)),
    );
    for (const { uri } of vscode.workspace.textDocuments) {
      this.see(uri);
    }
    this.look(live.state);
  }

  /** What the workspaces tell of what was done, wherever that was: in a terminal, in another window, earlier. */
  private look({ workspaces, services }: ViewState): void {
    if (workspaces.some(({ models }) => models > 0)) {
      this.mark("registered");
    }
    const deployed = services.filter(({ revision }) => revision > 0);
    if (deployed.length > 0) {
      this.mark("opened");
      this.mark("deployed");
      this.seeRefused(vscode.languages.getDiagnostics().map(([uri]) => uri));
    }
    if (deployed.some(({ requests }) => requests.answered > requests.failed)) {
      this.mark("answered");
    }
  }

  private seeRefused(uris: readonly vscode.Uri[]): void {
    if (this.done.has("deployed") && uris.some(isRefused)) {
      this.mark("refused");
    }
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
