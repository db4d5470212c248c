/** A program that calls a service, for the clipboard. */
import * as vscode from "vscode";

import type { ClientLanguage } from "../../protocol";
import { requestInView } from "../interaction/progress";
import { nameOf } from "../interaction/target";
import { onService } from "../interaction/onThing";
import { setStatusBarMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

const LANGUAGES: readonly { readonly label: string; readonly language: ClientLanguage }[] = [
  { label: "Python", language: "python" },
  { label: "C#", language: "csharp" },
  { label: "Java", language: "java" },
  { label: "Go", language: "go" },
  { label: "JavaScript", language: "javascript" },
  { label: "cURL", language: "curl" },
];

export const copyClientCode = onService({ title: l10n.t("Copy Client Code") }, async (app, service) => {
  const title = l10n.t("A program that calls {0}", service.name);
  const chosen = await showQuickPick(LANGUAGES, { title, placeHolder: l10n.t("Its language") });
  if (chosen === undefined) {
    return;
  }
  const params = { ...nameOf(service), language: chosen.language };
  const made = await requestInView(app, "services", "scoredock/service/client", params);
  await vscode.env.clipboard.writeText(made.text);
  const message = l10n.t("The {0} client of {1} is on the clipboard.", chosen.label, service.name);
  setStatusBarMessage(message, 4000);
});
