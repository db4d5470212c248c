/** Makes links of the places that tracebacks name in our logs: to the file, at the line. */
import * as vscode from "vscode";

import { type TracebackLine, placesIn } from "./tracebacks";

/** Log channels, and whole logs as read-only pages. */
const LOGS: vscode.DocumentSelector = [{ scheme: "output" }, { scheme: "scoredock" }];

/** Of a channel that are looked through. */
const MOST_LINES = 10_000;

/** Whether it is one of ours: a channel's document has the extension's id in its name. */
function isOurs(uri: vscode.Uri): boolean {
  return uri.scheme === "output" ? /scoredock/i.test(uri.path) : uri.path.startsWith("/logs/");
}

/** Places in the newest lines. A channel that grows is asked anew after each change, and the host waits meanwhile. */
function newestPlaces(document: vscode.TextDocument): readonly TracebackLine[] {
  const first = document.uri.scheme === "output" ? Math.max(0, document.lineCount - MOST_LINES) : 0;
  const from = document.lineAt(first).range.start;
  const begin = document.offsetAt(from);
  const text = document.getText(new vscode.Range(from, document.lineAt(document.lineCount - 1).range.end));
  return placesIn(text).map((place) => ({ ...place, start: place.start + begin, end: place.end + begin }));
}

async function isFile(file: string): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(vscode.Uri.file(file))).type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}

class TracebackLinks implements vscode.DocumentLinkProvider {
  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const places = isOurs(document.uri) ? newestPlaces(document) : [];
    const files = [...new Set(places.map(({ file }) => file))];
    const there = new Set<string>();
    await Promise.all(
      files.map(async (file) => {
        if (await isFile(file)) {
          there.add(file);
        }
      }),
    );
    return places.filter(({ file }) => there.has(file)).map((place) => this.link(document, place));
  }

  private link(document: vscode.TextDocument, { file, line, start, end }: TracebackLine): vscode.DocumentLink {
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    const link = new vscode.DocumentLink(range, vscode.Uri.file(file).with({ fragment: `L${line}` }));
    link.tooltip = vscode.l10n.t("Open line {0}", line);
    return link;
  }
}

export function logLinks(): vscode.Disposable {
  return vscode.languages.registerDocumentLinkProvider(LOGS, new TracebackLinks());
}
