/** What the editor shows of the server's answers while a folder is not trusted. */
import * as vscode from "vscode";

/** Commands that run code of the folder, and are offered nowhere before it is trusted. */
const RUN_CODE: readonly string[] = ["scoredock.runSdk", "scoredock.runSdkCells"];

/** Lenses, without those that run a script of a folder that is not trusted. */
export async function onlyTrusted(
  document: vscode.TextDocument,
  token: vscode.CancellationToken,
  next: (document: vscode.TextDocument, token: vscode.CancellationToken) => vscode.ProviderResult<vscode.CodeLens[]>,
): Promise<vscode.CodeLens[] | null | undefined> {
  const lenses = await next(document, token);
  return vscode.workspace.isTrusted
    ? lenses
    : lenses?.filter(({ command }) => command === undefined || !RUN_CODE.includes(command.command));
}
