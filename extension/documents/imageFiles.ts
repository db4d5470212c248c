/** Text of a file in two images, for the editor's diff: read-only documents that the server fills. */
import * as vscode from "vscode";

import type { ImageTexts, ImageTextsParams, RegistryCredential } from "../protocol";
import type { Session } from "../session/session";

const SCHEME = "scoredock-image";

interface ImageFileAddress {
  readonly first: string;
  readonly second: string;
  readonly path: string;
  readonly workspaceId: string;
}

/** The two documents of a file; the last part of their path gives the editor its language. */
export function imageFileUris(address: ImageFileAddress): readonly [vscode.Uri, vscode.Uri] {
  const query = JSON.stringify(address);
  const uri = (side: "before" | "after", image: string): vscode.Uri =>
    vscode.Uri.from({
      scheme: SCHEME,
      path: `/${image.replaceAll(/[:/]/g, " ")}${address.path}`,
      query,
      fragment: side,
    });
  return [uri("before", address.first), uri("after", address.second)];
}

function addressOf(query: string): ImageFileAddress | undefined {
  try {
    const parsed = JSON.parse(query) as Partial<Record<keyof ImageFileAddress, unknown>> | null;
    const { first, second, path, workspaceId } = parsed ?? {};
    return typeof first === "string" &&
      typeof second === "string" &&
      typeof path === "string" &&
      typeof workspaceId === "string"
      ? { first, second, path, workspaceId }
      : undefined;
  } catch {
    return undefined;
  }
}

/** One request for both sides, as the layers of images are read for it. */
export function imageFiles(
  session: Session,
  credentials: () => Promise<readonly RegistryCredential[]>,
): vscode.Disposable {
  const pending = new Map<string, Promise<ImageTexts>>();
  const ask = async (address: ImageFileAddress): Promise<ImageTexts> => {
    const params: ImageTextsParams = { ...address, registryCredentials: await credentials() };
    return session.request("scoredock/image/texts", params);
  };
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    async provideTextDocumentContent(uri) {
      const address = addressOf(uri.query);
      if (address === undefined) {
        return vscode.l10n.t("This page does not name a file of an image. Open it again from the view.");
      }
      const texts = pending.get(uri.query) ?? ask(address);
      pending.set(uri.query, texts);
      try {
        const { before, after } = await texts;
        return uri.fragment === "before" ? before : after;
      } finally {
        pending.delete(uri.query);
      }
    },
  });
}
