/** What several ways to a service ask: where it runs, and its name. */
import * as vscode from "vscode";

import { type EngineKind, engineKind, engineKinds } from "../../text/engines";
import type { DockerLook } from "../docker/availability";
import type { Choice } from "../interaction/wizard";
import { isName, nameFault } from "../../text/names";
import { showWarningMessage } from "../../window";

const { l10n } = vscode;

/** Those of this machine. */
function localEngines(): readonly EngineKind[] {
  return engineKinds().filter(({ needsCompute }) => !needsCompute);
}

export function engineItems(docker: DockerLook): Choice<{ readonly engine: string }>[] {
  const ofDocker = {
    description: docker.available ? docker.described : l10n.t("not available"),
    detail: docker.reason,
  };
  return localEngines().map(({ name, choice, icon, needsDocker }) => ({
    label: choice,
    ...(needsDocker ? ofDocker : { description: l10n.t("free port") }),
    iconPath: new vscode.ThemeIcon(icon),
    value: { engine: name },
  }));
}

/** A message says that Docker does not answer, and the question stays. */
export async function chooseEngine<A>(
  answers: A,
  engine: string,
  docker: DockerLook,
): Promise<(A & { readonly engine: string }) | undefined> {
  const { needsDocker } = engineKind(engine);
  if (needsDocker) {
    await docker.answered;
  }
  if (needsDocker && !docker.available) {
    await showWarningMessage(docker.reason, { modal: true, detail: docker.fix });
    return undefined;
  }
  return { ...answers, engine };
}

export function checkName(
  text: string,
  taken: readonly string[],
): string | vscode.InputBoxValidationMessage | undefined {
  if (isName("service", text) && taken.includes(text)) {
    return {
      message: l10n.t("The service {0} gets a new revision; another name creates another service.", text),
      severity: vscode.InputBoxValidationSeverity.Warning,
    };
  }
  return nameFault("service", text);
}
