/** The environment of `.http` files: chosen by the person, and asked for where a request needs one. */
import * as vscode from "vscode";

import type { Session } from "../session/session";
import type { RequestEnvironment } from "../state/requestEnvironment";
import { failureOf } from "../text/errors";
import { showInformationMessage, showQuickPick } from "../window";

const { l10n } = vscode;

/** Failures after which another environment may help. */
const NEEDS_ANOTHER = new Set(["request-environment-needed", "request-environment-unknown"]);

/** Environments around a file of requests, or around a script. */
export async function environmentsAround(session: Session, path: string): Promise<readonly string[]> {
  return (await session.request("scoredock/request/environments", { path })).names;
}

/** Whether the person has chosen one, or none of them. */
export async function chooseEnvironment(
  session: Session,
  environment: RequestEnvironment,
  path: string,
): Promise<boolean> {
  const names = await environmentsAround(session, path);
  if (names.length === 0) {
    void showInformationMessage(
      l10n.t("No environment is defined in http-client.env.json or in the setting rest-client.environmentVariables."),
    );
    return false;
  }
  const item = (label: string, name: string): vscode.QuickPickItem & { name: string } => ({
    label,
    name,
    description: name === environment.name ? l10n.t("current") : "",
  });
  const chosen = await showQuickPick([...names.map((name) => item(name, name)), item(l10n.t("No Environment"), "")], {
    title: l10n.t("Environment of Requests"),
    placeHolder: l10n.t("Whose variables are used in .http files"),
  });
  if (chosen === undefined) {
    return false;
  }
  await environment.choose(chosen.name);
  return true;
}

/** Does what needs an environment; where it lacks one, the person is asked, and it is done once more. */
export async function inEnvironment<T>(
  session: Session,
  environment: RequestEnvironment,
  path: string,
  act: (name: string) => Promise<T>,
): Promise<T> {
  try {
    return await act(environment.name);
  } catch (error) {
    if (NEEDS_ANOTHER.has(failureOf(error).code) && (await chooseEnvironment(session, environment, path))) {
      return act(environment.name);
    }
    throw error;
  }
}
