/** Long requests with a progress notification whose cancel button reaches the server. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Requests } from "../../protocol";
import { failureOf } from "../../text/errors";
import type { View } from "../../views/listKinds";
import { setStatusBarMessage, withProgress } from "../../window";

type ProgressMethod = Parameters<App["session"]["requestWithProgress"]>[0];

/** Milliseconds that the status bar says that something was cancelled. */
const CANCELLED = 5000;

/**
 * Sends a request and shows its steps until it is answered. Rejects with the request's error. `other` cancels it as
 * well; `stepped` is called at each step.
 */
export async function longRequest<M extends ProgressMethod>(
  app: App,
  title: string,
  method: M,
  params: Requests[M]["params"],
  { other, stepped }: { readonly other?: vscode.CancellationToken; readonly stepped?: () => void } = {},
): Promise<Requests[M]["result"]> {
  return withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (bar, button) => {
      let reached = 0;
      const either = new vscode.CancellationTokenSource();
      const listening = [button, other].map((token) => token?.onCancellationRequested(() => either.cancel()));
      if (other?.isCancellationRequested === true) {
        either.cancel();
      }
      const answer = app.session.requestWithProgress(
        method,
        params,
        (step) => {
          stepped?.();
          const percentage = step.percentage ?? reached;
          // The first step is often called as the whole.
          const message = step.message === title ? {} : { message: step.message };
          bar.report({ ...message, increment: Math.max(0, percentage - reached) });
          reached = Math.max(reached, percentage);
        },
        either.token,
      );
      try {
        return await answer;
      } catch (error) {
        // The notification goes as it does at the end: this says that it was not the end.
        if (button.isCancellationRequested && failureOf(error).cancelled) {
          setStatusBarMessage(vscode.l10n.t("Cancelled: {0}", title), CANCELLED, "circle-slash");
        }
        throw error;
      } finally {
        for (const one of listening) {
          one?.dispose();
        }
        either.dispose();
      }
    },
  );
}

/** Shows the bar at the top of a view while something short runs. */
export async function inView<T>(view: View, work: () => Promise<T>): Promise<T> {
  return withProgress({ location: { viewId: `scoredock.${view}` } }, work);
}

/** The same for a short request. */
export async function requestInView<M extends keyof Requests>(
  app: App,
  view: View,
  method: M,
  params: Requests[M]["params"],
): Promise<Requests[M]["result"]> {
  return inView(view, () => app.session.request(method, params));
}
