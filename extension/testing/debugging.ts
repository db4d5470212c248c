/** Tests under the debugger: the editor listens, the temporary service connects to it and stops at breakpoints. */
import * as vscode from "vscode";

import { freePort, listen, saveMapped } from "../debug/listening";
import type { TestDebugTarget, TestResult, TestSelection } from "../protocol";
import type { Session } from "../session/session";
import { baseName } from "../text/format";

const { l10n } = vscode;

/** Runs the tests of each script in a debug session of its own. The end of a session ends the tests. */
export async function debugTests(
  server: Session,
  files: readonly TestSelection[],
  run: vscode.TestRun,
  token: vscode.CancellationToken,
  show: (results: readonly TestResult[]) => void,
): Promise<void> {
  const { targets } = await server.request("scoredock/test/debugTargets", { files }, token);
  for (const target of targets) {
    show(await debugged(server, target, run, token));
  }
}

async function debugged(
  server: Session,
  { files, entryScript, pathMappings }: TestDebugTarget,
  run: vscode.TestRun,
  token: vscode.CancellationToken,
): Promise<readonly TestResult[]> {
  await saveMapped(pathMappings);
  const port = await freePort();
  const program = { name: l10n.t("Tests of {0}", baseName(entryScript)), entryScript };
  const session = await listen(program, port, pathMappings, run);
  const cancel = new vscode.CancellationTokenSource();
  if (session === undefined || token.isCancellationRequested) {
    throw new vscode.CancellationError();
  }
  const subscriptions = vscode.Disposable.from(
    cancel,
    token.onCancellationRequested(() => {
      cancel.cancel();
    }),
    vscode.debug.onDidTerminateDebugSession(({ id }) => {
      if (id === session.id) {
        cancel.cancel();
      }
    }),
  );
  try {
    return (await server.request("scoredock/test/run", { files, debugPort: port }, cancel.token)).results;
  } finally {
    subscriptions.dispose();
    await vscode.debug.stopDebugging(session);
  }
}
