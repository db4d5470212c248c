/** Keys and tokens of a service: copied, and made anew. They are shown nowhere and kept nowhere. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Service } from "../../protocol";
import { showInformation } from "../../editor/notifications";
import { serviceFlags } from "../../views/serviceNodes";
import { requestInView } from "../interaction/progress";
import { serviceOf, nameOf } from "../interaction/target";

const { l10n } = vscode;

type KeyName = "Primary" | "Secondary";

function has(flag: string): (service: Service) => boolean {
  return (service) => serviceFlags(service).split(" ").includes(flag);
}

async function which(title: string): Promise<KeyName | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly key: KeyName })[] = [
    { key: "Primary", label: l10n.t("Primary Key") },
    { key: "Secondary", label: l10n.t("Secondary Key") },
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder: l10n.t("The service accepts either key") }))
    ?.key;
}

export async function copyKey(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Copy Key"), has("keyed"));
  const key = service === undefined ? undefined : await which(l10n.t("Copy a key of {0}", service.name));
  if (service === undefined || key === undefined) {
    return;
  }
  const keys = await requestInView(app, "services", "scoredock/service/keys", nameOf(service));
  await vscode.env.clipboard.writeText(key === "Primary" ? keys.primaryKey : keys.secondaryKey);
  vscode.window.setStatusBarMessage(l10n.t("The key of {0} is on the clipboard.", service.name), 4000);
}

export async function regenerateKey(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Regenerate Key"), has("keyed"));
  const key = service === undefined ? undefined : await which(l10n.t("Regenerate a key of {0}", service.name));
  if (service === undefined || key === undefined) {
    return;
  }
  const value = await vscode.window.showInputBox({
    title: l10n.t("Regenerate a key of {0}", service.name),
    prompt: l10n.t(
      "The new key; leave empty to generate one. Callers with the old key are refused at once; the other key stays valid.",
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) {
    return;
  }
  const params = { ...nameOf(service), key, value };
  const keys = await requestInView(app, "services", "scoredock/service/regenerateKey", params);
  const made = key === "Primary" ? keys.primaryKey : keys.secondaryKey;
  const told =
    key === "Primary"
      ? l10n.t("{0} has a new primary key.", service.name)
      : l10n.t("{0} has a new secondary key.", service.name);
  showInformation(told, [{ title: l10n.t("Copy Key"), act: () => vscode.env.clipboard.writeText(made) }]);
}

export async function copyToken(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Copy Token"), has("tokened"));
  if (service === undefined) {
    return;
  }
  const token = await requestInView(app, "services", "scoredock/service/token", nameOf(service));
  await vscode.env.clipboard.writeText(token.accessToken);
  vscode.window.setStatusBarMessage(
    l10n.t("A token for {0} is on the clipboard; it is valid for one hour.", service.name),
    4000,
  );
}
