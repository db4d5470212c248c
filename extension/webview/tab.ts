/** The side of the extension: a tab of the editor with the icon of its kind, and a page that may load our code only. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";

import type { GivenPage } from "../text/html";
import { type CodeName, pageCode } from "../text/pageCode";

/** `icon` names two files of `media`, for dark and light themes. Without `pictures`, a folder, a page shows none. */
export interface TabKind {
  readonly code: CodeName;
  readonly icon: string;
  readonly pictures?: string;
}

/**
 * What the tab of a page without pictures is made with. Options that are set on a tab that is there have the editor
 * make a frame for them, and then another one for the page.
 */
export const PAGE_OPTIONS: vscode.WebviewOptions = { enableScripts: true, localResourceRoots: [] };

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
  first?: unknown,
): void {
  setIcon(view, extension, icon);
  const folders = pictures === undefined ? [] : [vscode.Uri.joinPath(extension, pictures)];
  const options = { ...PAGE_OPTIONS, localResourceRoots: folders };
  if (!isDeepStrictEqual(view.webview.options, options)) {
    view.webview.options = options;
  }
  const nonce = randomBytes(18).toString("base64");
  view.webview.html = draw({ nonce, language: vscode.env.language, ...pageCode(extension.fsPath, code), first });
}

/**
 * Gives the keyboard, which a page has, to the tab in front of it. The editor gives it back to a page when its list of
 * files closes, and a moment later once more, on a busy machine after the chosen file has got it: what is typed would
 * go into a page that nobody sees.
 */
export function passKeyboardOn(view: vscode.WebviewPanel): void {
  if (!view.visible) {
    void vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
  }
}

/** Milliseconds. The editor needs twice as long at least to make the frame that a page is written into. */
const WAIT_FOR_FIRST = 60;

/**
 * Messages to a page. The first one stands in the page where it comes in time: one that is posted reaches a page only
 * when that has loaded, a frame or two later.
 */
export class PageMessages<To> implements vscode.Disposable {
  private readonly timer: NodeJS.Timeout;
  private filled = false;
  private disposed = false;

  /** `fill` fills the tab. A page that was shown before a reload of the window passes over what stands in it. */
  constructor(
    private readonly view: vscode.WebviewPanel,
    isNew: boolean,
    private readonly fill: (first?: To) => void,
  ) {
    this.timer = setTimeout(() => this.fillWith(), WAIT_FOR_FIRST);
    if (!isNew) {
      this.fillWith();
    }
  }

  /** The page may have been closed while something was read for it. */
  post(message: To): void {
    if (this.disposed) {
      return;
    }
    if (this.filled) {
      void this.view.webview.postMessage(message);
    } else {
      this.fillWith(message);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposed = true;
  }

  private fillWith(first?: To): void {
    clearTimeout(this.timer);
    this.filled = true;
    this.fill(first);
  }
}
