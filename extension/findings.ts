/** Findings of files that are not open, from the commands Check and Check Folder; open files are reported by the server. */
import * as vscode from "vscode";

import type { DocumentFinding, DocumentFindings } from "./protocol";

const SEVERITIES: Readonly<Record<DocumentFinding["severity"], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

function diagnostic(finding: DocumentFinding): vscode.Diagnostic {
  const range = new vscode.Range(finding.line, finding.character, finding.endLine, finding.endCharacter);
  const shown = new vscode.Diagnostic(range, finding.message, SEVERITIES[finding.severity]);
  shown.source = "scoredock";
  const explain = vscode.Uri.parse(`command:scoredock.explainRule?${encodeURIComponent(JSON.stringify([finding.code]))}`);
  shown.code = { value: finding.code, target: explain };
  return shown;
}

export class Findings implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("scoredock-files");
  private readonly opened = vscode.workspace.onDidOpenTextDocument((document) => {
    // From here on the server reports it, as it is typed.
    this.collection.delete(document.uri);
  });

  /** Shows the findings of every checked file that is not open, and forgets those it had before. */
  show(result: DocumentFindings): void {
    const open = new Set(vscode.workspace.textDocuments.map((document) => document.uri.toString()));
    const byFile = new Map<string, vscode.Diagnostic[]>(result.checked.map((file) => [file, []]));
    for (const finding of result.findings) {
      byFile.set(finding.path, [...(byFile.get(finding.path) ?? []), diagnostic(finding)]);
    }
    for (const [file, diagnostics] of byFile) {
      const uri = vscode.Uri.file(file);
      this.collection.set(uri, open.has(uri.toString()) ? [] : diagnostics);
    }
  }

  dispose(): void {
    this.opened.dispose();
    this.collection.dispose();
  }
}
