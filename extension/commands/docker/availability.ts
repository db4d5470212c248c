/**
 * Whether Docker can be chosen: asked once while the first questions of a wizard are answered, so that nobody waits for
 * it.
 */
import * as vscode from "vscode";

import type { App } from "../../app";

const { l10n } = vscode;

/** What is known by now; it changes when the answer comes. */
export interface DockerLook {
  /** Resolves with the answer, whatever it is. */
  readonly answered: Promise<void>;
  readonly available: boolean;
  /** Which Docker answered, as `Docker 20.10.24 (context default)`. */
  readonly described: string;
  /** Why it cannot be chosen; empty when it can. */
  readonly reason: string;
  readonly fix: string;
}

/** Begins to look; what is returned is kept true. */
export function lookForDocker(app: App): DockerLook {
  const look = { available: false, described: "", reason: l10n.t("Looking for Docker…"), fix: "" };
  const answered = app.session.request("scoredock/docker/show", {}).then(
    (found) => {
      Object.assign(look, {
        available: found.reachable,
        described: found.described,
        reason: found.reason,
        fix: found.fix,
      });
    },
    (error: unknown) => {
      look.reason = error instanceof Error ? error.message : String(error);
    },
  );
  return Object.assign(look, { answered });
}
