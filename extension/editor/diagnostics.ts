/**
 * Findings of files that are not open, from the Check commands, and what Try found; open files are reported by the
 * server.
 */
import * as vscode from "vscode";

import type { DocumentFinding, DocumentFindings } from "../protocol";
import type { Live } from "../state/live";
import { scriptsThatServe, type ViewState } from "../state/state";

const SEVERITIES: Readonly<Record<DocumentFinding["severity"], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

const TAGS: Readonly<Record<DocumentFinding["tag"], readonly vscode.DiagnosticTag[]>> = {
  "": [],
  unnecessary: [vscode.DiagnosticTag.Unnecessary],
  deprecated: [vscode.DiagnosticTag.Deprecated],
};

/** Of quiet on disk before what is shown of files is asked for again. */
const QUIET = 500;

function diagnostic(finding: DocumentFinding): vscode.Diagnostic {
  const range = new vscode.Range(finding.line, finding.character, finding.endLine, finding.endCharacter);
  const shown = new vscode.Diagnostic(range, finding.message, SEVERITIES[finding.severity]);
  shown.source = "scoredock";
  shown.tags = [...TAGS[finding.tag]];
  shown.code = {
    value: finding.code,
    target: vscode.Uri.from({ scheme: "scoredock", path: `/rules/${finding.code}.md` }),
  };
  return shown;
}

/** The findings of each file; those of `files` that have none have an empty list. */
function byFile(findings: readonly DocumentFinding[], files: readonly string[]): Map<string, vscode.Diagnostic[]> {
  const found = new Map<string, vscode.Diagnostic[]>(files.map((file) => [file, []]));
  for (const finding of findings) {
    const before = found.get(finding.path);
    if (before === undefined) {
      found.set(finding.path, [diagnostic(finding)]);
    } else {
      before.push(diagnostic(finding));
    }
  }
  return found;
}

/** Findings of files that are not open. What changes on disk is checked again, so that nothing old stays. */
export class FileDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("scoredock-files");
  private readonly subscriptions: { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly check: (paths: readonly string[]) => Promise<DocumentFindings>) {
    const later = (): void => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.again(), QUIET);
    };
    const watcher = vscode.workspace.createFileSystemWatcher("**/*");
    this.subscriptions = [
      this.collection,
      watcher,
      vscode.workspace.onDidOpenTextDocument((document) => {
        // From here on the server reports it, as it is typed.
        this.collection.delete(document.uri);
      }),
      watcher.onDidCreate(later),
      watcher.onDidChange(later),
      watcher.onDidDelete((uri) => {
        this.collection.delete(uri);
        later();
      }),
    ];
  }

  /** Shows the findings of every checked file that is not open, and forgets those it had before. */
  show(result: DocumentFindings): void {
    const open = new Set(vscode.workspace.textDocuments.map((document) => document.uri.toString()));
    for (const [file, diagnostics] of byFile(result.findings, result.checked)) {
      const uri = vscode.Uri.file(file);
      this.collection.set(uri, diagnostics.length === 0 || open.has(uri.toString()) ? undefined : diagnostics);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private async again(): Promise<void> {
    const shown: vscode.Uri[] = [];
    this.collection.forEach((uri) => shown.push(uri));
    if (shown.length === 0) {
      return;
    }
    try {
      const result = await this.check(shown.map((uri) => uri.fsPath));
      const checked = new Set(result.checked);
      for (const uri of shown.filter(({ fsPath }) => !checked.has(fsPath))) {
        this.collection.delete(uri);
      }
      this.show(result);
    } catch {
      // One of them has gone meanwhile; its own event comes and asks again.
    }
  }
}

/** What running a script has shown, at its lines, until the file is edited or tried again, or serves. */
export class TryDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("scoredock-tried");
  private readonly edited = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length > 0) {
      this.collection.delete(document.uri);
    }
  });

  private before: ViewState;
  private readonly served: vscode.Disposable;

  constructor(live: Live) {
    this.before = live.state;
    this.served = live.onDidChange((state) => {
      for (const script of this.before.loaded ? scriptsThatServe(this.before, state) : []) {
        this.collection.delete(vscode.Uri.file(script));
      }
      this.before = state;
    });
  }

  /** Shows these and no others. */
  show(findings: readonly DocumentFinding[]): void {
    this.collection.clear();
    for (const [file, diagnostics] of byFile(findings, [])) {
      this.collection.set(vscode.Uri.file(file), diagnostics);
    }
  }

  clear(): void {
    this.collection.clear();
  }

  dispose(): void {
    this.edited.dispose();
    this.served.dispose();
    this.collection.dispose();
  }
}
