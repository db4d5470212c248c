/** Keys and tokens of a service: copied and renewed. They are shown nowhere and kept nowhere. */
import * as vscode from "vscode";

import { showInformation } from "../../editor/notifications";
import { requestInView } from "../interaction/progress";
import { nameOf } from "../interaction/target";
import { onService } from "../interaction/onThing";
import { setStatusBarMessage, showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

type KeyName = "Primary" | "Secondary";

async function which(title: string): Promise<KeyName | undefined> {
  const items = [
    { key: "Primary" as const, label: l10n.t("Primary Key") },
    { key: "Secondary" as const, label: l10n.t("Secondary Key") },
  ];
  const placeHolder = l10n.t("The service accepts either key");
  return (await showQuickPick(items, { title, placeHolder }))?.key;
}

export const copyKey = onService({ title: l10n.t("Copy Key"), flag: "keyed" }, async (app, service) => {
  const key = await which(l10n.t("Copy a key of {0}", service.name));
  if (key === undefined) {
    return;
  }
  const keys = await requestInView(app, "services", "scoredock/service/keys", nameOf(service));
  await vscode.env.clipboard.writeText(key === "Primary" ? keys.primaryKey : keys.secondaryKey);
  setStatusBarMessage(l10n.t("The key of {0} is on the clipboard.", service.name), 4000);
});

export const regenerateKey = onService({ title: l10n.t("Regenerate Key"), flag: "keyed" }, async (app, service) => {
  const title = l10n.t("Regenerate a key of {0}", service.name);
  const key = await which(title);
  if (key === undefined) {
    return;
  }
  const prompt = l10n.t(
    "The new key; leave empty to generate one. Callers with the old key are refused at once; the other key stays valid.",
  );
  const value = await showInputBox({ title, prompt, password: true, ignoreFocusOut: true });
  if (value === undefined) {
    return;
  }
  const params = { ...nameOf(service), key, value };
  const keys = await requestInView(app, "services", "scoredock/service/regenerateKey", params);
  const [newKey, message] =
    key === "Primary"
      ? [keys.primaryKey, l10n.t("{0} has a new primary key.", service.name)]
      : [keys.secondaryKey, l10n.t("{0} has a new secondary key.", service.name)];
  showInformation(message, [{ title: l10n.t("Copy Key"), act: () => vscode.env.clipboard.writeText(newKey) }]);
});

export const copyToken = onService({ title: l10n.t("Copy Token"), flag: "tokened" }, async (app, service) => {
  const token = await requestInView(app, "services", "scoredock/service/token", nameOf(service));
  await vscode.env.clipboard.writeText(token.accessToken);
  const message = l10n.t("A token for {0} is on the clipboard; it is valid for one hour.", service.name);
  setStatusBarMessage(message, 4000);
});
