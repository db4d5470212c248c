/** The code with which a person signs in to Azure on another device. */
import * as vscode from "vscode";

import type { Session } from "../session/session";
import { showInformation } from "./notifications";

const { l10n } = vscode;

export function showAzureCodes(session: Session): void {
  session.on("scoredock/azure/code", ({ address, code }) => {
    showInformation(l10n.t("To sign in to Azure, open {0} and enter the code {1}.", address, code), [
      {
        title: l10n.t("Copy Code and Open Page"),
        act: async () => {
          await vscode.env.clipboard.writeText(code);
          await vscode.env.openExternal(vscode.Uri.parse(address));
        },
      },
    ]);
  });
}
