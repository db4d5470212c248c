/** The side of the extension: a tab of the editor with the icon of its kind, and a page that may load our code only. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import type { GivenPage } from "../text/html";
import { type CodeName, pageCode } from "../text/pageCode";

/** `icon` names two files of `media`, for dark and light themes. Without `pictures`, a folder, a page shows none. */
export interface TabKind {
  readonly code: CodeName;
  readonly icon: string;
  readonly pictures?: string;
}

export function setIcon(view: vscode.WebviewPanel, extension: vscode.Uri, icon: string): void {
  const file = (theme: string): vscode.Uri => vscode.Uri.joinPath(extension, "media", `${icon}-${theme}.svg`);
  view.iconPath = { light: file("light"), dark: file("dark") };
}

/** Fills the tab with the page that `draw` makes of what every page is given. */
export function fillTab(
  view: vscode.WebviewPanel,
  extension: vscode.Uri,
  { code, icon, pictures }: TabKind,
  draw: (given: GivenPage) => string,
): void {
  setIcon(view, extension, icon);
  const folders = pictures === undefined ? [] : [vscode.Uri.joinPath(extension, pictures)];
  view.webview.options = { enableScripts: true, localResourceRoots: folders };
  const nonce = randomBytes(18).toString("base64");
  view.webview.html = draw({ nonce, language: vscode.env.language, ...pageCode(extension.fsPath, code) });
}
