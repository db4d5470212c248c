/** One page of documentation or of the check of this computer, in a tab of the editor. */
import type * as vscode from "vscode";

import { showFailure } from "../editor/notifications";
import { fillTab } from "../webview/tab";
import { frameHtml } from "./frame";
import type { FromGuidePage, GuideContent, GuideFound } from "./pageMessages";

export interface PanelKind {
  readonly type: string;
  readonly title: string;
  /** Class of the page's body. */
  readonly name: string;
  /** Folder of the extension whose pictures may be shown. */
  readonly pictures: string;
}

/** A tab with a page; what is sent before the page listens is kept for it. */
export class GuidePanel implements vscode.Disposable {
  private readonly listening: vscode.Disposable;
  private ready = false;
  private last: GuideContent | undefined;

  constructor(
    readonly view: vscode.WebviewPanel,
    extension: vscode.Uri,
    kind: PanelKind,
    receive: (message: FromGuidePage) => Promise<void> | void,
  ) {
    this.listening = view.webview.onDidReceiveMessage(async (message: FromGuidePage) => {
      try {
        if (message.kind === "ready") {
          // Also when the page was made anew because another tab had been in front.
          this.ready = true;
          this.post();
        } else {
          await receive(message);
        }
      } catch (error) {
        showFailure(error);
      }
    });
    fillTab(view, extension, { code: "guide", icon: kind.name, pictures: kind.pictures }, (given) =>
      frameHtml({ ...given, pictures: view.webview.cspSource, title: kind.title, kind: kind.name }),
    );
  }

  show(content: Omit<GuideContent, "kind">): void {
    this.last = { kind: "content", ...content };
    this.post();
  }

  found(html: string): void {
    const message: GuideFound = { kind: "found", html };
    void this.view.webview.postMessage(message);
  }

  dispose(): void {
    this.listening.dispose();
  }

  private post(): void {
    if (this.ready && this.last !== undefined) {
      void this.view.webview.postMessage(this.last);
    }
  }
}
