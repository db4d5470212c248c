/** What a command works on: the row or file it was run on, what a button named, or else what the person picks. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Model, Service, Workspace } from "../../protocol";
import { activeWorkspace } from "../../state/state";
import { stateIcon, stateText } from "../../text/serviceState";
import type { Node, Subject } from "../../views/node";
import { serviceFlags } from "../../views/serviceNodes";
import { CurrentFolder } from "../../state/currentFolder";
import { showInformation } from "../../editor/notifications";
import { pickModel } from "./pickModel";
import { joinWords } from "../../text/joinWords";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

function isNode(value: unknown): value is Pick<Node, "subject"> {
  return typeof value === "object" && value !== null && "subject" in value;
}

/** The subject of a row; undefined for anything else. */
export function subjectOf(value: unknown): Subject | undefined {
  return isNode(value) ? value.subject : undefined;
}

/** Files that the Explorer, a CodeLens or a button named. The Explorer gives the clicked file and then all selected. */
export function pathsOf(first: unknown, all: unknown): string[] {
  if (typeof first === "string" && first !== "") {
    return [first];
  }
  const uris = (Array.isArray(all) ? all : [first]).filter((value): value is vscode.Uri => value instanceof vscode.Uri);
  return uris.filter((uri) => uri.scheme === "file").map((uri) => uri.fsPath);
}

/** The rows that were selected when the command was run on one of them. */
export function selectedRows(first: unknown, all: unknown): unknown[] {
  return Array.isArray(all) && all.length > 0 && isNode(all[0]) ? all : [first];
}

/** Of the active workspace; empty lets the server choose it. */
export function workspaceId(app: App): string {
  return activeWorkspace(app.live.state)?.id ?? "";
}

/** The same as requests take it. */
export function here(app: App): { readonly workspaceId: string } {
  return { workspaceId: workspaceId(app) };
}

type ServiceName = Pick<Service, "name" | "workspaceId">;

/** A service or an endpoint as requests name it. */
export function nameOf({ name, workspaceId: own }: ServiceName): ServiceName {
  return { name, workspaceId: own };
}

/** One for the window: every command must mean the same folder. */
const folderMemory = new CurrentFolder();

/** The file or notebook in front. */
function inFront(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document.uri;
  // A cell has an address of its own, which is in no folder.
  return document === undefined || document.scheme === "vscode-notebook-cell"
    ? vscode.window.activeNotebookEditor?.notebook.uri
    : document;
}

/** The open folder that the person works in. */
export function currentFolder(): string | undefined {
  const uri = inFront();
  const folder = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri);
  return folderMemory.folder(
    folder?.uri.fsPath,
    (vscode.workspace.workspaceFolders ?? []).map((one) => one.uri.fsPath),
  );
}

/**
 * The model version that the command is about: asked for where there are several. `always` also where there is one, for
 * what changes it at once.
 */
export async function modelOf(app: App, argument: unknown, title: string, always = false): Promise<Model | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "version" || subject?.kind === "file") {
    return subject.model;
  }
  if (subject?.kind === "group") {
    return subject.group.newest;
  }
  if (typeof argument === "string" && argument !== "") {
    return (await app.session.request("scoredock/model/show", { id: argument, ...here(app) })).model;
  }
  return pickModel(app, { title, certain: !always });
}

/** The icon of a service in a list to pick from. */
export function iconOf(service: Service): vscode.ThemeIcon {
  const { id, color } = stateIcon(service);
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

interface ServiceQuestion {
  readonly title: string;
  readonly suits: (service: Service) => boolean;
  /** Where only one suits, that one is meant. */
  readonly certain: boolean;
}

async function pickService(app: App, { title, suits, certain }: ServiceQuestion): Promise<Service | undefined> {
  const services = app.live.state.services.filter(suits);
  if (app.live.state.services.length === 0) {
    const act = (): unknown => vscode.commands.executeCommand("scoredock.deploy");
    showInformation(l10n.t("There is no service yet."), [{ title: l10n.t("Deploy"), act }]);
    return undefined;
  }
  if (services.length === 0) {
    showInformation(l10n.t("No service of this workspace can be used for this."));
    return undefined;
  }
  if (certain && services.length === 1) {
    return services[0];
  }
  const items = services.map((service) => ({
    label: service.name,
    description: joinWords([stateText(service), service.models.join(", ")]),
    iconPath: iconOf(service),
    service,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Service") }))?.service;
}

async function serviceNamed(app: App, name: string): Promise<Service> {
  return (
    app.live.state.services.find((service) => service.name === name) ??
    app.session.request("scoredock/service/show", { name, ...here(app) })
  );
}

/** Pressed in the title of an editor: the service of that script, or which of several. */
async function serviceOfScript(app: App, script: string, question: ServiceQuestion): Promise<Service | undefined> {
  const { suits } = question;
  const own = app.live.state.services.filter((service) => service.entryScript === script && suits(service));
  if (own.length === 1) {
    return own[0];
  }
  // That of another script is never meant without a question.
  return pickService(app, {
    ...question,
    suits: own.length === 0 ? suits : (service) => own.includes(service),
    certain: false,
  });
}

/** Of a row. It may be older than what is known by now. */
function serviceOfRow(app: App, subject: Subject | undefined): Service | Promise<Service> | undefined {
  if (subject?.kind === "service" || subject?.kind === "detail") {
    return app.live.state.services.find((service) => service.name === subject.service.name) ?? subject.service;
  }
  return subject?.kind === "endpointVersion" ? serviceNamed(app, subject.version.service) : undefined;
}

async function serviceMeant(app: App, argument: unknown, question: ServiceQuestion): Promise<Service | undefined> {
  const own = serviceOfRow(app, subjectOf(argument));
  if (own !== undefined) {
    return own;
  }
  if (typeof argument === "string" && argument !== "") {
    return serviceNamed(app, argument);
  }
  return argument instanceof vscode.Uri ? serviceOfScript(app, argument.fsPath, question) : pickService(app, question);
}

function anyService(): boolean {
  return true;
}

/** Whether the row of a service has a flag. */
export function hasFlag(flag: string): (service: Service) => boolean {
  return (service) => serviceFlags(service).split(" ").includes(flag);
}

/**
 * The service that the command is about: asked for where several suit. For what changes nothing, and for what names the
 * service in its next question.
 */
export async function serviceOf(
  app: App,
  argument: unknown,
  title: string,
  suits: (service: Service) => boolean = anyService,
): Promise<Service | undefined> {
  return serviceMeant(app, argument, { title, suits, certain: true });
}

/** The same for what changes the service at once: nothing happens to one that was not named, by a row or in a list. */
export async function serviceToChange(
  app: App,
  argument: unknown,
  title: string,
  suits: (service: Service) => boolean = anyService,
): Promise<Service | undefined> {
  return serviceMeant(app, argument, { title, suits, certain: false });
}

/** The workspace that the command is about; `always` asks also where there is one, for what changes it at once. */
export async function workspaceOf(
  app: App,
  argument: unknown,
  title: string,
  suits: (workspace: Workspace) => boolean = () => true,
  always = false,
): Promise<Workspace | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "workspace") {
    return subject.workspace;
  }
  if (typeof argument === "string" && argument !== "") {
    return app.session.request("scoredock/workspace/show", { id: argument });
  }
  const workspaces = app.live.state.workspaces.filter(suits);
  if (workspaces.length === 1 && !always) {
    return workspaces[0];
  }
  const items = workspaces.map((workspace) => ({
    label: workspace.name,
    description: joinWords([workspace.isActive ? l10n.t("active") : "", workspace.resourceGroup]),
    workspace,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Workspace") }))?.workspace;
}
