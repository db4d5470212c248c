/** Files that a migration or a new pipeline would write: read-only documents until they are written. */
import * as vscode from "vscode";

/** What would be written; `source` is that of a copy, `origin` the file whose place one takes. */
interface PlannedFiles {
  readonly files: readonly {
    readonly path: string;
    readonly text: string;
    readonly source: string;
    readonly origin: string;
  }[];
}

const SCHEME = "scoredock-migration";

/** What the editor shows of one file: its name, the file whose place it takes, and the new text. */
export type MigrationChange = readonly [vscode.Uri, vscode.Uri | undefined, vscode.Uri];

export class MigratedFiles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private texts: ReadonlyMap<string, string> = new Map();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  readonly onDidChange = this.changed.event;

  constructor() {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? vscode.l10n.t("This page is from an earlier look. Migrate the folder again.");
  }

  /** Takes the place of what was kept before. */
  keep(migration: PlannedFiles): readonly MigrationChange[] {
    const written = migration.files.filter((file) => file.source === "");
    this.texts = new Map(written.map((file) => [`/${file.path}`, file.text]));
    return written.map((file) => {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${file.path}` });
      this.changed.fire(uri);
      return [uri, file.origin === "" ? undefined : vscode.Uri.file(file.origin), uri];
    });
  }

  /** One file beside those that are kept. */
  keepFile(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/new/${name}` });
    this.texts = new Map([...this.texts, [uri.path, text]]);
    this.changed.fire(uri);
    return uri;
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
