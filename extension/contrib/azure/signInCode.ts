/** The code with which a person signs in to Azure on another device. */
import * as vscode from "vscode";

import { showFailure } from "../../editor/notifications";
import type { Session } from "../../session/session";
import { createQuickPick } from "../../window";

const { l10n } = vscode;

/** Shown until the person takes it, or the next question comes in its place: then the sign-in has come about. */
let shown: vscode.QuickPick<vscode.QuickPickItem> | undefined;

export function hideAzureCode(): void {
  shown?.hide();
}

async function openPage(address: string, code: string): Promise<void> {
  await vscode.env.clipboard.writeText(code);
  await vscode.env.openExternal(vscode.Uri.parse(address));
}

export function showAzureCodes(session: Session): void {
  session.on("scoredock/azure/code", ({ address, code }) => {
    hideAzureCode();
    const pick = createQuickPick();
    shown = pick;
    pick.title = l10n.t("Sign In to Azure");
    pick.placeholder = l10n.t("Open {0} and enter the code {1}", address, code);
    pick.items = [
      { label: l10n.t("Copy Code and Open Page"), description: code, detail: address },
      { label: l10n.t("Copy Code"), description: code },
    ];
    pick.ignoreFocusOut = true;
    pick.onDidAccept(() => {
      const first = pick.selectedItems[0] === pick.items[0];
      pick.hide();
      (first ? openPage(address, code) : Promise.resolve(vscode.env.clipboard.writeText(code))).catch(showFailure);
    });
    pick.onDidHide(() => {
      shown = shown === pick ? undefined : shown;
      pick.dispose();
    });
    pick.show();
  });
}
