/** Try: runs an entry script in its real environment, in a worker that is thrown away, and shows what that says at the lines. */
import * as vscode from "vscode";

import type { App } from "../app";
import { tellable } from "../errors";
import type { DocumentTried } from "../protocol";
import { type Button, done, needTrust, openAt, warn } from "../tell";
import { baseName } from "../text";
import { busy } from "./busy";
import { allowThen } from "./consent";
import { pathsOf, workspaceId } from "./target";

const { l10n } = vscode;

/** The script that was clicked, the one in the editor, else one that the person chooses. */
async function scriptOf(first: unknown, all: unknown): Promise<string | undefined> {
  const named = pathsOf(first, all)[0];
  const editor = vscode.window.activeTextEditor?.document;
  if (named !== undefined || (editor?.uri.scheme === "file" && editor.languageId === "python")) {
    return named ?? editor?.uri.fsPath;
  }
  const chosen = await vscode.window.showOpenDialog({ title: l10n.t("Entry Script to Try"), openLabel: l10n.t("Try"), filters: { Python: ["py"] } });
  return chosen?.[0]?.fsPath;
}

/** What runs is what is on disk: the script, and what it imports and reads. */
async function saveAround(script: string): Promise<void> {
  const uri = vscode.Uri.file(script);
  const root = (vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, "..")).toString();
  const dirty = vscode.workspace.textDocuments.filter((document) => document.isDirty && document.uri.toString().startsWith(`${root}/`));
  await Promise.all(dirty.map((document) => document.save()));
}

function tell(app: App, tried: DocumentTried): void {
  const details: Button = { title: l10n.t("Show Details"), act: () => app.details.showTried(tried) };
  const first = tried.findings.find(({ severity }) => severity === "error") ?? tried.findings[0];
  const toLine: Button[] = first === undefined ? [] : [{ title: l10n.t("Go to Line"), act: () => openAt(first.path, first.line) }];
  if (tried.ok) {
    done(tried.summary, [...toLine, details]);
  } else {
    warn(tried.summary, [...toLine, details]);
  }
}

async function attempt(app: App, script: string): Promise<void> {
  app.tried.clear();
  try {
    const params = { path: script, workspaceId: workspaceId(app) };
    const tried = await busy(app, l10n.t("Trying {0}", baseName(script)), "scoredock/document/try", params);
    app.tried.show(tried.findings);
    tell(app, tried);
  } catch (error) {
    const failure = tellable(error);
    if (failure.code !== "model-known-bad") {
      throw error;
    }
    await allowThen(app, failure, l10n.t("Allow and Try"), () => attempt(app, script));
  }
}

export async function tryScript(app: App, first: unknown, all: unknown): Promise<void> {
  needTrust();
  const script = await scriptOf(first, all);
  if (script !== undefined) {
    await saveAround(script);
    await attempt(app, script);
  }
}
