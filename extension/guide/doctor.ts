/** The page "Check This Computer": what the server finds, with a button for each way to put it right. */
import * as os from "node:os";
import * as vscode from "vscode";

import type { DoctorReport } from "../protocol";
import type { Session } from "../session/session";
import { failureOf } from "../text/errors";
import { actionOf, doctorHtml, withoutServer, type Editor } from "./doctorRows";
import type { FromGuidePage } from "./pageMessages";
import { GuidePanel } from "./panel";
import { createWebviewPanel, withProgress } from "../window";

const { l10n } = vscode;

export class DoctorPage implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly TYPE = "scoredock.doctor";
  private panel: GuidePanel | undefined;
  private report: DoctorReport | undefined;
  private busy = false;
  /** What was done last, or copied. */
  private note = "";
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly session: Session,
    private readonly context: vscode.ExtensionContext,
  ) {
    this.subscriptions = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(DoctorPage.TYPE, this),
      session.onDidChangeStatus((status) => {
        // A server that could not be started is what the page is looked at for.
        if (status !== "starting" && this.panel !== undefined) {
          void this.check();
        }
      }),
    );
  }

  /** Shows the page and looks at everything again. */
  async open(): Promise<void> {
    if (this.panel === undefined) {
      const title = l10n.t("Check This Computer");
      this.adopt(createWebviewPanel(DoctorPage.TYPE, title, vscode.ViewColumn.Active));
    } else {
      this.panel.view.reveal();
    }
    await this.check();
  }

  async deserializeWebviewPanel(view: vscode.WebviewPanel): Promise<void> {
    this.adopt(view);
    await this.check();
  }

  dispose(): void {
    this.panel?.dispose();
    this.subscriptions.dispose();
  }

  private adopt(view: vscode.WebviewPanel): void {
    const kind = { type: DoctorPage.TYPE, title: view.title, name: "doctor", pictures: "media" };
    const panel = new GuidePanel(view, this.context.extensionUri, kind, (message) => this.receive(message));
    this.panel = panel;
    view.onDidDispose(() => {
      panel.dispose();
      this.panel = this.panel === panel ? undefined : this.panel;
    });
  }

  private show(): void {
    this.panel?.show({ html: doctorHtml(this.report, this.busy, this.note), state: {}, busy: this.busy });
  }

  private editor(): Editor {
    return {
      name: `${vscode.env.appName} ${vscode.version}`,
      extension: (this.context.extension.packageJSON as { version: string }).version,
      system: `${os.type()} ${os.release()} ${os.arch()}`,
      home: os.homedir(),
    };
  }

  private async check(): Promise<void> {
    if (this.busy) {
      return;
    }
    this.busy = true;
    this.show();
    try {
      this.report = await this.session.request("scoredock/doctor/check", { editor: this.editor().name });
    } catch (error) {
      this.report = withoutServer(failureOf(error), this.editor());
    }
    this.busy = false;
    this.show();
    this.note = "";
  }

  private async receive(message: FromGuidePage): Promise<void> {
    if (message.kind !== "act" || this.busy) {
      return;
    }
    if (message.id === "again") {
      await this.check();
    } else if (message.id === "copy") {
      await vscode.env.clipboard.writeText(this.report?.text ?? "");
      this.note = l10n.t("Copied. Your home folder is written as ~, and no secrets are included.");
      this.show();
      this.note = "";
    } else {
      await this.act(message.id);
    }
  }

  /** Runs what the button of a row does, and looks again. */
  private async act(id: string): Promise<void> {
    const action = this.report === undefined ? undefined : actionOf(this.report, id);
    if (action === undefined) {
      return;
    }
    if (action.repair === "") {
      await vscode.commands.executeCommand(action.command, ...this.argumentsOf(action.command, action.arguments));
    } else {
      const repair = action.repair;
      const done = await withProgress({ location: vscode.ProgressLocation.Notification, title: action.title }, () =>
        this.session.request("scoredock/doctor/repair", { repair }),
      );
      this.note = done.message;
    }
    await this.check();
  }

  /** The editor's own commands take a place as its own type. */
  private argumentsOf(command: string, given: readonly string[]): readonly unknown[] {
    return command === "revealFileInOS" ? given.map((file) => vscode.Uri.file(file)) : given;
  }
}
