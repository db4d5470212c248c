/** F5 in a batch script: one worker under the debugger, with the first mini-batches of an input. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { freePort, listen, restartedSession, saveMapped } from "../../debug/listening";
import { requireTrust, showInformation, showWarning } from "../../editor/notifications";
import type { DocumentTried } from "../../protocol";
import { failureOf } from "../../text/errors";
import { baseName } from "../../text/format";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { askSampleInput, type SampleInput } from "./sampleInput";

const { l10n } = vscode;

const MINI_BATCHES = 3;

interface DebugRun {
  readonly script: string;
  readonly input: SampleInput;
  readonly port: number;
}

function show(app: App, tried: DocumentTried): void {
  app.tryDiagnostics.show(tried.findings);
  (tried.ok ? showInformation : showWarning)(tried.summary, [
    {
      title: l10n.t("Show Details"),
      act: () => app.pages.open({ kind: "try", tried, at: Date.now() / 1000 }),
    },
  ]);
}

/** Until its mini-batches are done or its session has ended; gives the session that follows where one restarts it. */
async function runUnder(
  app: App,
  session: vscode.DebugSession,
  { script, input, port }: DebugRun,
): Promise<vscode.DebugSession | undefined> {
  const cancel = new vscode.CancellationTokenSource();
  const seen = { hasEnded: false };
  const following = new Promise<vscode.DebugSession | undefined>((resolve) => {
    const listener = vscode.debug.onDidTerminateDebugSession(({ id }) => {
      if (id === session.id) {
        seen.hasEnded = true;
        listener.dispose();
        // A worker that is done ends the session too, a moment before its answer is here.
        void restartedSession(port).then((next) => {
          cancel.cancel();
          resolve(next);
        });
      }
    });
  });
  try {
    const title = l10n.t("Debugging {0}", baseName(script));
    const params = { path: script, ...input, miniBatches: MINI_BATCHES, debugPort: port, ...here(app) };
    show(app, await longRequest(app, title, "scoredock/document/try", params, { other: cancel.token }));
  } catch (error) {
    if (!failureOf(error).cancelled) {
      throw error;
    }
  } finally {
    if (!seen.hasEnded) {
      await vscode.debug.stopDebugging(session);
    }
  }
  return following;
}

/** Whether the file is a batch script; it is debugged then, unless the person leaves. */
export async function debugBatchScript(app: App, script: string): Promise<boolean> {
  requireTrust();
  const document = { path: script, ...here(app) };
  const { kind, pathMappings } = await app.session.request("scoredock/document/debugTarget", document);
  if (kind !== "batch-script") {
    return false;
  }
  const input = await askSampleInput(script, l10n.t("Debug {0}", baseName(script)));
  if (input === undefined) {
    return true;
  }
  const port = await freePort();
  await saveMapped(pathMappings);
  app.tryDiagnostics.clear();
  let session = await listen({ name: baseName(script), entryScript: script }, port, pathMappings);
  while (session !== undefined) {
    await saveMapped(pathMappings);
    session = await runUnder(app, session, { script, input, port });
  }
  return true;
}
