/** Read-only pages about one thing, shown as virtual documents in the editor. */
import * as vscode from "vscode";

import { failureOf } from "../text/errors";
import type { Live } from "../state/live";
import { environmentPage } from "./environmentPage";
import { imagePage } from "./imagePage";
import { modelPage } from "./modelPage";
import type {
  DocumentExplanation,
  DocumentTried,
  EnvironmentDetails,
  ImageDetails,
  ModelComparison,
  ModelDetails,
  Run,
  Service,
  ServiceProfile,
  Workspace,
  WorkspaceRepaired,
  WorkspaceVerified,
} from "../protocol";
import { comparisonPage, profilePage, repairPage, runPage, tryPage, verificationPage } from "./reports";
import { baseName, bytes, dateTime } from "../text/format";

const SCHEME = "scoredock";
const { l10n } = vscode;

/** Names and values in two columns; rows without a value are left out. */
function table(rows: readonly (readonly [name: string, value: string])[]): string {
  const shown = rows.filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`).join("\n");
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
      [
        l10n.t("Network"),
        service.networkHolder === ""
          ? ""
          : l10n.t(
              "held by the container {0}, which serves no more and goes when the service stops",
              service.networkHolder,
            ),
      ],
      [l10n.t("Log file"), service.logFile],
      [l10n.t("Collected data"), service.dataFolder],
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

/** As the server links to it: `scoredock:/rules/SD110.md`. */
const RULE_PAGE = /^\/rules\/(SD\d+)\.md$/;

/** Pages that are kept up to date; older ones stay as they are. */
const FOLLOWED = 12;

export class Details implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly pages = new Map<string, string>();
  /** How the text of a page is made anew when the registry changed. The newest page last. */
  private readonly sources = new Map<string, () => Promise<string>>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  readonly onDidChange = this.changed.event;

  /** `explain` gives the page of a rule. */
  constructor(
    live: Live,
    private readonly explain: (code: string) => Promise<DocumentExplanation>,
  ) {
    this.registration = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor((editor) => void this.showRendered(editor)),
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      live.onRegistry(({ models }) => void (models && this.renew())),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const code = RULE_PAGE.exec(uri.path)?.[1];
    if (code !== undefined && !this.pages.has(uri.path)) {
      this.pages.set(uri.path, (await this.explain(code)).markdown);
    }
    return this.pages.get(uri.path) ?? l10n.t("This page is from an earlier session. Open it again from the view.");
  }

  /** `read` asks for the details again when the registry changed. */
  async showModel(details: ModelDetails, read: () => Promise<ModelDetails>): Promise<void> {
    const path = `/models/${details.model.id.replace(":", " v")}.md`;
    this.sources.delete(path);
    this.sources.set(path, async () => modelPage(await read()));
    for (const old of [...this.sources.keys()].slice(0, -FOLLOWED)) {
      this.sources.delete(old);
    }
    await this.preview(path, modelPage(details));
  }

  async showService(service: Service): Promise<void> {
    await this.show(`/services/${service.name}.md`, servicePage(service));
  }

  async showWorkspace(workspace: Workspace): Promise<void> {
    await this.show(`/workspaces/${workspace.name}.md`, workspacePage(workspace));
  }

  async showComparison(comparison: ModelComparison): Promise<void> {
    const name = `${comparison.first} and ${comparison.second}`.replaceAll(":", " v");
    await this.preview(`/comparisons/${name}.md`, comparisonPage(comparison));
  }

  async showEnvironment(details: EnvironmentDetails): Promise<void> {
    const { id, name, origin } = details.environment;
    await this.preview(
      `/environments/${(origin === "service" ? `${name} ${id}` : id).replace(":", " v").replaceAll("/", " ")}.md`,
      environmentPage(details),
    );
  }

  async showImage(details: ImageDetails): Promise<void> {
    await this.preview(`/images/${details.image.asset.id.replace(":", " v")}.md`, imagePage(details));
  }

  async showRun(run: Run): Promise<void> {
    await this.preview(`/runs/${run.name === "" ? run.id : run.name.replaceAll("/", " ")}.md`, runPage(run));
  }

  async showProblems(workspace: string, found: WorkspaceVerified): Promise<void> {
    await this.preview(`/problems/${l10n.t("Problems of {0}", workspace)}.md`, verificationPage(workspace, found));
  }

  async showRepair(workspace: string, found: WorkspaceRepaired): Promise<void> {
    await this.preview(`/repairs/${l10n.t("Repair of {0}", workspace)}.md`, repairPage(workspace, found));
  }

  async showProfile(profile: ServiceProfile): Promise<void> {
    await this.show(`/profiles/${profile.name}.md`, profilePage(profile));
  }

  async showTry(tried: DocumentTried): Promise<void> {
    await this.preview(`/tries/${l10n.t("Try of {0}", baseName(tried.path))}.md`, tryPage(tried));
  }

  async showLog(service: string, text: string): Promise<void> {
    await this.show(`/logs/${service}.log`, text);
  }

  /** What an asset holds, in the colours of its language. */
  async showText(name: string, text: string, language: string): Promise<void> {
    const document = await this.show(`/assets/${name.replace(":", " v")}`, text);
    const known = await vscode.languages.getLanguages();
    if (known.includes(language)) {
      await vscode.languages.setTextDocumentLanguage(document, language);
    }
  }

  /** A rule is prose with examples. */
  async showRule(explanation: DocumentExplanation): Promise<void> {
    await this.preview(`/rules/${explanation.code}.md`, explanation.markdown);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }

  /** Pages of models as they are now. */
  private async renew(): Promise<void> {
    for (const [path, source] of [...this.sources]) {
      try {
        const text = await source();
        if (this.pages.get(path) !== text) {
          this.keep(path, text);
        }
      } catch (error) {
        // Deleted for ever: the page stays as what it was and is not asked for again.
        if (failureOf(error).code === "model-not-found") {
          this.sources.delete(path);
        }
      }
    }
  }

  /**
   * The link behind the code of a finding opens a page as text: editors no longer run commands there. It is shown as it
   * reads.
   */
  private async showRendered(editor: vscode.TextEditor | undefined): Promise<void> {
    const uri = editor?.document.uri;
    if (uri?.scheme === SCHEME && RULE_PAGE.test(uri.path)) {
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
      await vscode.commands.executeCommand("markdown.showPreview", uri);
    }
  }

  private keep(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.pages.set(path, text);
    this.changed.fire(uri);
    return uri;
  }

  /** Markdown in the editor's own preview. */
  private async preview(path: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand("markdown.showPreview", this.keep(path, markdown));
  }

  private async show(path: string, text: string): Promise<vscode.TextDocument> {
    const editor = await vscode.window.showTextDocument(this.keep(path, text.endsWith("\n") ? text : `${text}\n`), {
      preview: true,
    });
    return editor.document;
  }
}
