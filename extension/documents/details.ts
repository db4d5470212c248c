/** Read-only documents: the whole log of a service, what an asset holds, and the pages of rules, which are prose. */
import * as vscode from "vscode";

import type { DocumentExplanation } from "../protocol";

const SCHEME = "scoredock";
const { l10n } = vscode;

/** As the server links to it: `scoredock:/rules/SD110.md`. */
const RULE_PAGE = /^\/rules\/(SD\d+)\.md$/;

export class Details implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly pages = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  readonly onDidChange = this.changed.event;

  /** `explain` gives the page of a rule. */
  constructor(private readonly explain: (code: string) => Promise<DocumentExplanation>) {
    this.registration = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor((editor) => void this.showRendered(editor)),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const code = RULE_PAGE.exec(uri.path)?.[1];
    if (code !== undefined && !this.pages.has(uri.path)) {
      this.pages.set(uri.path, (await this.explain(code)).markdown);
    }
    return this.pages.get(uri.path) ?? l10n.t("This page is from an earlier session. Open it again from the view.");
  }

  async showLog(service: string, text: string): Promise<void> {
    await this.show(`/logs/${service}.log`, text);
  }

  /** What an asset holds, in the colours of its language. */
  async showText(name: string, text: string, language: string): Promise<void> {
    const document = await this.show(`/assets/${name.replace(":", " v")}`, text);
    const known = await vscode.languages.getLanguages();
    if (known.includes(language)) {
      await vscode.languages.setTextDocumentLanguage(document, language);
    }
  }

  /** A rule is prose with examples. */
  async showRule(explanation: DocumentExplanation): Promise<void> {
    await this.preview(`/rules/${explanation.code}.md`, explanation.markdown);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  /**
   * The link behind the code of a finding opens a page as text: editors no longer run commands there. It is shown as it
   * reads.
   */
  private async showRendered(editor: vscode.TextEditor | undefined): Promise<void> {
    const uri = editor?.document.uri;
    if (uri?.scheme === SCHEME && RULE_PAGE.test(uri.path)) {
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
      await vscode.commands.executeCommand("markdown.showPreview", uri);
    }
  }

  private keep(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.pages.set(path, text);
    this.changed.fire(uri);
    return uri;
  }

  /** Markdown in the editor's own preview. */
  private async preview(path: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand("markdown.showPreview", this.keep(path, markdown));
  }

  private async show(path: string, text: string): Promise<vscode.TextDocument> {
    const editor = await vscode.window.showTextDocument(this.keep(path, text.endsWith("\n") ? text : `${text}\n`), {
      preview: true,
    });
    return editor.document;
  }
}
