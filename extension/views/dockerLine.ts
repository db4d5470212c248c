/**
 * Names the Docker in use beside the title of the Services view, or says that none answers, once a service runs in one.
 */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import type { Session } from "../session/session";
import { engineKind } from "../text/engines";
import type { Row } from "./rows";
import { inRow } from "../text/visible";

export function dockerLine(view: vscode.TreeView<Row>, live: Live, session: Session): vscode.Disposable {
  let known = "";
  return live.onDidChange(({ services }) => {
    // Asked again when the services of Docker are others, or in another state: it may have come or gone.
    const now = services
      .filter(({ engine }) => engineKind(engine).needsDocker)
      .map(({ name, state }) => `${name} ${state}`)
      .join("\n");
    if (now === known) {
      return;
    }
    known = now;
    if (now === "") {
      view.description = inRow("");
      return;
    }
    session.request("scoredock/docker/show", {}).then(
      ({ reachable, described }) => {
        view.description = inRow(reachable ? described : vscode.l10n.t("Docker does not answer"));
      },
      () => undefined,
    );
  });
}

/** Calls back when services come to run in other environments or images: lists of those are then others, too. */
export function whenEnvironmentsChange(live: Live, changed: () => void): vscode.Disposable {
  let known = "";
  return live.onDidChange(({ services }) => {
    const now = services.map(({ name, environment, revision }) => `${name} ${revision} ${environment}`).join("\n");
    if (now !== known) {
      known = now;
      changed();
    }
  });
}
