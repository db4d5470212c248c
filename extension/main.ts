/** What the editor activates: a few milliseconds, until something of ours is there or used. Then the program starts. */
import type * as vscode from "vscode";

import { Standby } from "./activation/standby";

let standby: Standby | undefined;

export async function activate(extension: vscode.ExtensionContext): Promise<void> {
  standby = new Standby(extension, async () => import("./program.js"));
  extension.subscriptions.push(standby);
  await standby.watch();
}

export async function deactivate(): Promise<void> {
  await standby?.stop();
}
