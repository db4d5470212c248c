/** Messages about services of projects that are not open here. */
import * as vscode from "vscode";

import type { Service } from "../protocol";
import { otherFolder, type ViewState } from "../state/state";
import type { Button } from "./notifications";

/** The way to the project of a service; none where that is open, or nobody knows the service. */
export function folderButtons(service: Service | undefined, state: ViewState): readonly Button[] {
  if (service === undefined || otherFolder(service, state) === "") {
    return [];
  }
  const act = (): Thenable<unknown> => vscode.commands.executeCommand("scoredock.openServiceFolder", service.name);
  return [{ title: vscode.l10n.t("Open Its Folder"), act }];
}
