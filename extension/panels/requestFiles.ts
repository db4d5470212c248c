/**
 * Requests of `.http` files for the request panel: one of them chosen, and one written down. The server reads and
 * writes the text; here it is put into the editor, so that it can be undone.
 */
import * as vscode from "vscode";

import type { RequestAnswer, RequestFile, RequestWriteParams, SendableRequest } from "../protocol";
import type { Session } from "../session/session";
import type { RequestEnvironment } from "../state/requestEnvironment";
import { withVariables } from "../editor/requestVariables";
import { failureOf } from "../text/errors";
import { ago, duration } from "../text/format";
import { inEnvironment } from "./environments";
import { headerLines, isForm, METHODS, routeAndQuery, typedHeaders, type HttpMethod, type PanelBody } from "./messages";
import { showInformationMessage, showInputBox, showQuickPick } from "../window";

const { l10n } = vscode;

const PATTERN = "**/*.{http,rest}";
const IGNORED = "**/{node_modules,.venv,venv,site-packages}/**";
const MOST_FILES = 200;

/** A service as requests name it. */
export interface ServiceName {
  readonly name: string;
  readonly workspaceId: string;
}

/** The `.http` files of the open folders. */
export async function requestFiles(): Promise<readonly vscode.Uri[]> {
  return vscode.workspace.findFiles(PATTERN, IGNORED, MOST_FILES);
}

/** Where a request is from, and what of it the panel has no field for: the body of a GET is its query here. */
function reasonOf({ name, path, method, body }: SendableRequest): string {
  const source = l10n.t("“{0}” of {1}", name, vscode.workspace.asRelativePath(path));
  return method !== "GET" || body === ""
    ? source
    : l10n.t("{0}. Its body is not sent from here: the panel sends a GET with a query only.", source);
}

/** A request as the panel shows it. */
export function asBody(request: SendableRequest): PanelBody {
  const isGet = request.method === "GET";
  const query = request.query === "" || isGet ? "" : `?${request.query}`;
  return {
    body: isGet ? request.query : request.body,
    reason: reasonOf(request),
    method: METHODS.find((method) => method === request.method) ?? "POST",
    contentType: request.contentType,
    encoding: isGet ? "text" : request.encoding,
    fileField: "",
    target: `${request.route}${query}`,
    headers: headerLines(request.headers),
    parts: request.parts,
    follows: request.follows,
  };
}

/** One request of a file with the address of a service; what is not saved yet counts. */
export async function readRequest(
  session: Session,
  environment: RequestEnvironment,
  service: ServiceName,
  place: { readonly path: string; readonly name?: string; readonly line?: number },
): Promise<PanelBody> {
  const { name = "", line = 0, path } = place;
  const params = { path, name, line, service: service.name, workspaceId: service.workspaceId };
  return inEnvironment(session, environment, path, (chosen) =>
    withVariables(environment, path, service.name, missingVariables, async (allowedVariables) =>
      asBody(await session.request("scoredock/request/read", { ...params, environment: chosen, allowedVariables })),
    ),
  );
}

/** Variables that a refused request would send; empty for any other failure. */
function missingVariables(error: unknown): readonly string[] {
  const { code, details } = failureOf(error);
  const names = details["variables"];
  return code === "request-variables-not-allowed" && typeof names === "object" ? names : [];
}

interface Item extends vscode.QuickPickItem {
  readonly path: string;
  readonly name: string;
}

function itemsOf(file: RequestFile): Item[] {
  const where = vscode.workspace.asRelativePath(file.path);
  return file.requests.map((request) => ({
    label: request.name,
    description: `${request.method} ${request.target}`,
    detail: `${where}:${request.line + 1}`,
    path: file.path,
    name: request.name,
  }));
}

/** A request that the person chooses among those of the `.http` files of the open folders. */
export async function chooseRequest(
  session: Session,
  environment: RequestEnvironment,
  service: ServiceName,
): Promise<PanelBody | undefined> {
  const found = await requestFiles();
  const read = await Promise.allSettled(
    found.map((uri) => session.request("scoredock/request/list", { path: uri.fsPath })),
  );
  const files = read.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const own = files.filter((file) => file.services.includes(service.name));
  const items = [...own, ...files.filter((file) => !own.includes(file))].flatMap(itemsOf);
  if (items.length === 0) {
    void showInformationMessage(
      l10n.t("No .http file with requests is in the open folders. “Save Request…” writes the first one."),
    );
    return undefined;
  }
  const chosen = await showQuickPick(items, {
    title: l10n.t("Open Request for {0}", service.name),
    placeHolder: l10n.t("Request of an .http file"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen === undefined ? undefined : readRequest(session, environment, service, chosen);
}

/** A request that was sent to the service before; the history is the server's. */
export async function chooseSent(session: Session, service: ServiceName): Promise<PanelBody | undefined> {
  const { requests } = await session.request("scoredock/request/history", service);
  if (requests.length === 0) {
    void showInformationMessage(l10n.t("No request was sent to {0} yet.", service.name));
    return undefined;
  }
  const items = requests.map((request) => ({
    label: `${request.method} ${request.route}`,
    description: `${request.status} · ${duration(request.milliseconds)} · ${ago(request.time, Date.now() / 1000)}`,
    detail: request.isWhole
      ? request.encoding === "text"
        ? request.body.replace(/\s+/g, " ").slice(0, 120)
        : request.contentType
      : l10n.t("The body was too large to be kept."),
    request,
  }));
  const chosen = await showQuickPick(items, {
    title: l10n.t("Requests Sent to {0}", service.name),
    placeHolder: l10n.t("Which request to fill in"),
    matchOnDetail: true,
  });
  if (chosen === undefined) {
    return undefined;
  }
  const { request } = chosen;
  const sent = new Date(request.time * 1000).toLocaleString();
  return { ...asBody({ ...request, name: "", path: "", parts: [], follows: true }), reason: l10n.t("Sent {0}", sent) };
}

/** Writes a request into an `.http` file, with its answer as what is expected where there is one, and shows it. */
export async function writeRequest(
  session: Session,
  service: ServiceName,
  request: PanelBody,
  answer: RequestAnswer | null,
): Promise<boolean> {
  const { route, query } = routeAndQuery(request.target);
  const params: RequestWriteParams = {
    service: service.name,
    workspaceId: service.workspaceId,
    name: "",
    method: request.method satisfies HttpMethod,
    route,
    query,
    headers: typedHeaders(request.headers),
    body: request.body,
    parts: isForm(request) ? request.parts : [],
    encoding: request.encoding,
    contentType: request.contentType,
    answer,
    path: "",
  };
  const name = await showInputBox({
    title: answer === null ? l10n.t("Save Request") : l10n.t("Record as Test"),
    prompt: l10n.t("Name of the request, such as “two rows”"),
    value: (await session.request("scoredock/request/title", params)).title,
    validateInput: (text) => (text.trim() === "" ? l10n.t("Enter a name.") : undefined),
  });
  if (name === undefined) {
    return false;
  }
  const written = await session.request("scoredock/request/write", { ...params, name });
  const uri = vscode.Uri.file(written.path);
  const edit = new vscode.WorkspaceEdit();
  for (const file of written.files) {
    edit.createFile(vscode.Uri.file(file.path), { contents: Buffer.from(file.content, "base64") });
  }
  if (written.isNew) {
    edit.createFile(uri, { contents: Buffer.from(written.text) });
  } else {
    const end = (await vscode.workspace.openTextDocument(uri)).lineCount;
    edit.insert(uri, new vscode.Position(end, 0), written.text);
  }
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new Error(l10n.t("{0} could not be changed.", vscode.workspace.asRelativePath(uri)));
  }
  const document = await vscode.workspace.openTextDocument(uri);
  await document.save();
  const line = new vscode.Position(Math.min(written.line, document.lineCount - 1), 0);
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(line, line),
  });
  return true;
}
