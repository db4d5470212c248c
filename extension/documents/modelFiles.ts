/** Text of a model's files, for the editor and its diff: read-only documents that the server fills. */
import * as vscode from "vscode";

import type { Session } from "../session/session";

const SCHEME = "scoredock-model";

/** Where a file of a version is shown; the last part of the path gives the editor its language. */
export function modelFileUri(id: string, path: string, workspaceId: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: SCHEME,
    path: `/${id.replace(":", " v")}/${path}`,
    query: JSON.stringify({ id, path, workspaceId }),
  });
}

interface ModelFileAddress {
  readonly id: string;
  readonly path: string;
  readonly workspaceId: string;
}

function addressOf(uri: vscode.Uri): ModelFileAddress | undefined {
  try {
    const found = JSON.parse(uri.query) as Partial<Record<keyof ModelFileAddress, unknown>> | null;
    const { id, path, workspaceId } = found ?? {};
    return typeof id === "string" && typeof path === "string" && typeof workspaceId === "string"
      ? { id, path, workspaceId }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A version never changes, so its text is asked for once per document. */
export function modelFiles(session: Session): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    async provideTextDocumentContent(uri, token) {
      const address = addressOf(uri);
      if (address === undefined) {
        return vscode.l10n.t("This page does not name a file of a model. Open it again from the view.");
      }
      return (await session.request("scoredock/model/text", address, token)).text;
    },
  });
}
