/**
 * Try: runs an entry script in its real environment, in a worker that is thrown away, and shows what that says at the
 * lines.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { failureOf } from "../../text/errors";
import type { DocumentTried } from "../../protocol";
import { type Button, showInformation, requireTrust, openAt, showWarning } from "../../editor/notifications";
import { baseName } from "../../text/format";
import { requestWithNotification } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { saveAround } from "../interaction/saving";
import { pathsOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

/** The script that was clicked, the one in the editor, else one that the person chooses. */
async function scriptOf(first: unknown, all: unknown): Promise<string | undefined> {
  const named = pathsOf(first, all)[0];
  const editor = vscode.window.activeTextEditor?.document;
  if (named !== undefined || (editor?.uri.scheme === "file" && editor.languageId === "python")) {
    return named ?? editor?.uri.fsPath;
  }
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Entry Script to Try"),
    openLabel: l10n.t("Try"),
    filters: { Python: ["py"] },
  });
  return chosen?.[0]?.fsPath;
}

function showResult(app: App, tried: DocumentTried): void {
  const details: Button = {
    title: l10n.t("Show Details"),
    act: () => {
      app.pages.open({ kind: "try", tried, at: Date.now() / 1000 });
    },
  };
  const first = tried.findings.find(({ severity }) => severity === "error") ?? tried.findings[0];
  const toLine: Button[] =
    first === undefined ? [] : [{ title: l10n.t("Go to Line"), act: () => openAt(first.path, first.line) }];
  if (tried.ok) {
    // Nothing has to be mended, so that the line of a hint is not the first thing to do.
    showInformation(tried.summary, [details, ...toLine]);
  } else {
    showWarning(tried.summary, [...toLine, details]);
  }
}

async function runTry(app: App, script: string): Promise<void> {
  app.tryDiagnostics.clear();
  try {
    const params = { path: script, workspaceId: workspaceId(app) };
    const tried = await requestWithNotification(
      app,
      l10n.t("Trying {0}", baseName(script)),
      "scoredock/document/try",
      params,
    );
    app.tryDiagnostics.show(tried.findings);
    showResult(app, tried);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== "model-known-bad") {
      throw error;
    }
    await allowThen(app, failure, l10n.t("Allow and Try"), () => runTry(app, script));
  }
}

export async function tryScript(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const script = await scriptOf(first, all);
  if (script !== undefined) {
    await saveAround(script);
    await runTry(app, script);
  }
}
