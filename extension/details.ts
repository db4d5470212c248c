/** Read-only pages about one thing, shown as virtual documents in the editor. */
import * as vscode from "vscode";

import type { DocumentExplanation, Model, ModelComparison, Service, ServiceProfile, Workspace } from "./protocol";
import { comparisonPage, profilePage } from "./reports";
import { bytes, dateTime, tags } from "./text";

const SCHEME = "scoredock";
const { l10n } = vscode;

/** Names and values in two columns; rows without a value are left out. */
function table(rows: readonly (readonly [name: string, value: string])[]): string {
  const shown = rows.filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`).join("\n");
}

function modelPage(model: Model): string {
  const files = model.files.map((file) => `${file.sha256}  ${bytes(file.size).padStart(9)}  ${file.path}`);
  return [
    `# ${model.id}`,
    model.description,
    table([
      [l10n.t("Framework"), [model.framework, model.frameworkVersion].join(" ").trim()],
      [l10n.t("Tags"), tags(model.tags)],
      [l10n.t("Properties"), tags(model.properties)],
      [l10n.t("Registered"), dateTime(model.created)],
      [l10n.t("By"), model.createdBy],
      [l10n.t("Size"), bytes(model.size)],
      [l10n.t("Used by"), model.usedBy.join(", ")],
    ]),
    `## ${l10n.t("Files")}`,
    files.join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function servicePage(service: Service): string {
  const failure = service.failure;
  const failed =
    failure === null
      ? []
      : [
          `## ${l10n.t("Failure")}`,
          `${failure.message} ${failure.fix}`,
          ...failure.frames.map((frame) => `${frame.file}:${frame.line} ${frame.function}`),
          failure.logLines.join("\n"),
        ];
  return [
    `# ${service.name}`,
    table([
      [l10n.t("State"), [service.state, service.phase].filter((part) => part !== "").join(", ")],
      [l10n.t("Engine"), service.engine],
      [l10n.t("Models"), service.models.join(", ")],
      [l10n.t("Scoring URI"), service.scoringUri],
      [l10n.t("Swagger"), service.swaggerUri],
      [l10n.t("Entry script"), service.entryScript],
      [l10n.t("Environment"), service.environment],
      [l10n.t("Revision"), l10n.t("{0} of {1}", service.revision, service.revisions.join(", "))],
      [l10n.t("Created"), dateTime(service.created)],
      [l10n.t("Updated"), dateTime(service.updated)],
      [l10n.t("Memory"), service.memoryBytes === null ? "" : bytes(service.memoryBytes)],
      [l10n.t("Restarts"), String(service.restarts)],
      [l10n.t("Log file"), service.logFile],
    ]),
    ...failed,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function workspacePage(workspace: Workspace): string {
  return [
    `# ${workspace.name}`,
    table([
      [l10n.t("Id"), workspace.id],
      [l10n.t("Folder"), workspace.path],
      [l10n.t("Subscription"), workspace.subscriptionId],
      [l10n.t("Resource group"), workspace.resourceGroup],
      [l10n.t("Connected by"), workspace.configPath],
      [l10n.t("Models"), String(workspace.models)],
      [l10n.t("Services"), String(workspace.services)],
      [l10n.t("Read-only"), workspace.readOnly],
    ]),
  ].join("\n\n");
}

export class Details implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly pages = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.pages.get(uri.path) ?? l10n.t("This page is from an earlier session. Open it again from the view.");
  }

  async showModel(model: Model): Promise<void> {
    await this.show(`/models/${model.id.replace(":", " v")}.md`, modelPage(model));
  }

  async showService(service: Service): Promise<void> {
    await this.show(`/services/${service.name}.md`, servicePage(service));
  }

  async showWorkspace(workspace: Workspace): Promise<void> {
    await this.show(`/workspaces/${workspace.name}.md`, workspacePage(workspace));
  }

  async showComparison(comparison: ModelComparison): Promise<void> {
    const name = `${comparison.first} and ${comparison.second}`.replaceAll(":", " v");
    await this.show(`/comparisons/${name}.md`, comparisonPage(comparison));
  }

  async showProfile(profile: ServiceProfile): Promise<void> {
    await this.show(`/profiles/${profile.name}.md`, profilePage(profile));
  }

  async showLog(service: string, text: string): Promise<void> {
    await this.show(`/logs/${service}.log`, text);
  }

  /** A rule is prose with examples: the editor's own preview renders it. */
  async showRule(explanation: DocumentExplanation): Promise<void> {
    const path = `/rules/${explanation.code}.md`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.pages.set(path, explanation.markdown);
    this.changed.fire(uri);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  private async show(path: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.pages.set(path, `${text}\n`);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
  }
}
