/** What several ways to a service ask: where it runs, and its name. */
import * as vscode from "vscode";

import type { EngineName } from "../../protocol";
import type { DockerLook } from "../docker/availability";
import type { Choice } from "../interaction/wizard";
import { isName, nameFault } from "../../text/names";

const { l10n } = vscode;

export function engineItems(docker: DockerLook): Choice<{ readonly engine: EngineName }>[] {
  return [
    {
      label: l10n.t("Process on This Machine"),
      description: l10n.t("free port"),
      iconPath: new vscode.ThemeIcon("vm"),
      value: { engine: "process" },
    },
    {
      label: l10n.t("Docker Container on This Machine"),
      description: docker.available ? docker.described : l10n.t("not available"),
      detail: docker.reason,
      iconPath: new vscode.ThemeIcon("server"),
      value: { engine: "docker" },
    },
  ];
}

/** A Docker that does not answer is told, and the question stays. */
export async function chooseEngine<A>(
  answers: A,
  engine: EngineName,
  docker: DockerLook,
): Promise<(A & { readonly engine: EngineName }) | undefined> {
  if (engine === "docker") {
    await docker.answered;
  }
  if (engine === "docker" && !docker.available) {
    await vscode.window.showWarningMessage(docker.reason, { modal: true, detail: docker.fix });
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
