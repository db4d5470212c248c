/** Tests under the debugger: the editor listens, the temporary service connects to it and stops at breakpoints. */
import * as vscode from "vscode";

import { freePort, listen, saveMapped } from "../../debug/listening";
import type { TestDebugTarget, TestResult, TestSelection } from "../../protocol";
import type { Session } from "../../session/session";
import { baseName } from "../../text/format";

const { l10n } = vscode;

/** Where tests are debugged. */
export interface DebuggedRun {
  readonly server: Session;
  /** Whose variables count; empty for none. */
  readonly environment: string;
  readonly run: vscode.TestRun;
}

/** Runs the tests of each script in a debug session of its own. The end of a session ends the run. */
export async function debugTests(
  within: DebuggedRun,
  files: readonly TestSelection[],
  token: vscode.CancellationToken,
  show: (results: readonly TestResult[]) => void,
): Promise<void> {
  const { targets } = await within.server.request("scoredock/test/debugTargets", { files }, token);
  for (const target of targets) {
    show(await debugTarget(within, target, token));
  }
}

async function debugTarget(
  { server, environment, run }: DebuggedRun,
  { files, entryScript, pathMappings }: TestDebugTarget,
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
    token.onCancellationRequested(() => cancel.cancel()),
    vscode.debug.onDidTerminateDebugSession(({ id }) => {
      if (id === session.id) {
        cancel.cancel();
      }
    }),
  );
  try {
    return (await server.request("scoredock/test/run", { files, environment, debugPort: port }, cancel.token)).results;
  } finally {
    subscriptions.dispose();
    await vscode.debug.stopDebugging(session);
  }
}
