/** Fetches from the workspace in Azure that a workspace stands for: it is listed, chosen from, fetched, reported. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showFailure, showInformation, showWarning } from "../../editor/notifications";
import type { AzureAccount, AzureItem, AzureKind, AzurePull, AzureSignIn, Workspace } from "../../protocol";
import { failureOf } from "../../text/errors";
import { joinWords } from "../../text/joinWords";
import { openFolder, openFolderDialog } from "../../commands/interaction/fileDialog";
import { onWorkspace } from "../../commands/interaction/onThing";
import { longRequest } from "../../commands/interaction/progress";
import { showQuickPick } from "../../window";
import { hideAzureCode, showAzureCodes } from "./signInCode";

const { l10n } = vscode;

type Choice = vscode.QuickPickItem & { readonly item?: AzureItem };

const KINDS: readonly AzureKind[] = ["model", "environment", "service", "online-endpoint", "batch-endpoint", "run"];
const DATE = 10;

function title(kind: AzureKind): string {
  switch (kind) {
    case "model":
      return l10n.t("Models");
    case "environment":
      return l10n.t("Environments");
    case "service":
      return l10n.t("Services (ACI and AKS)");
    case "online-endpoint":
      return l10n.t("Online endpoints");
    case "batch-endpoint":
      return l10n.t("Batch endpoints");
    case "run":
      return l10n.t("Runs");
  }
}

function icon(kind: AzureKind): vscode.ThemeIcon {
  const ids = { model: "package", environment: "layers", service: "server-process", run: "beaker" };
  return new vscode.ThemeIcon(kind === "online-endpoint" || kind === "batch-endpoint" ? "globe" : ids[kind]);
}

function choice(item: AzureItem): Choice {
  const renamed = item.here === item.name ? "" : l10n.t("as {0}", item.here);
  const here = item.present === "" ? renamed : l10n.t("here as {0}", item.present);
  const kind = item.kind === "service" ? item.type : "";
  const facts = [kind, item.created.slice(0, DATE), item.archived ? l10n.t("archived") : "", item.status, here];
  return {
    label: item.version === "" ? item.name : `${item.name}:${item.version}`,
    iconPath: icon(item.kind),
    description: joinWords(facts),
    ...(item.title === "" ? {} : { detail: item.title }),
    item,
  };
}

/** Those of a kind below its heading. */
function choices(items: readonly AzureItem[]): Choice[] {
  return KINDS.flatMap((kind) => {
    const own = items.filter((item) => item.kind === kind).map(choice);
    return own.length === 0 ? [] : [{ label: title(kind), kind: vscode.QuickPickItemKind.Separator }, ...own];
  });
}

/** A folder for what is not a model and no environment; undefined when the person left. */
async function askFolder(picked: readonly AzureItem[], name: string): Promise<string | undefined> {
  if (picked.every((item) => item.kind === "model" || item.kind === "environment")) {
    return "";
  }
  const chosen = await openFolderDialog(
    l10n.t("Folder for Services, Endpoints and Runs"),
    l10n.t("Choose"),
    openFolder(),
  );
  return chosen === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(chosen), `azure-${name}`).fsPath;
}

function showReport(report: AzurePull): void {
  const came = report.outcomes.length - report.outcomes.filter((one) => one.result === "failed").length;
  const show = {
    title: l10n.t("Show Report"),
    act: () => vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.file(report.report)),
  };
  const files = {
    title: l10n.t("Show Files"),
    act: () => vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(report.output)),
  };
  const buttons = report.output === "" ? [show] : [show, files];
  if (came === report.outcomes.length) {
    showInformation(l10n.t("Fetched from {0}: {1}", report.workspaceName, report.summary), buttons);
  } else {
    showWarning(l10n.t("Not everything came from {0}: {1}", report.workspaceName, report.summary), buttons);
  }
}

async function pull(app: App, workspace: Workspace, account: Partial<AzureAccount>): Promise<void> {
  const { id, name } = workspace;
  const params = { account, workspaceId: id };
  const shelf = await longRequest(app, l10n.t("Reading {0} in Azure", name), "scoredock/azure/list", params);
  if (shelf.notes.length > 0) {
    showWarning(shelf.notes.join(" "));
  }
  if (shelf.items.length === 0) {
    showInformation(l10n.t("The workspace {0} in Azure has nothing to fetch.", name));
    return;
  }
  const earlier: Choice = {
    label: l10n.t("Go on with the earlier pull"),
    description: l10n.t("{0} still to come", shelf.pending),
    iconPath: new vscode.ThemeIcon("debug-continue"),
    alwaysShow: true,
  };
  const picked = await showQuickPick([...(shelf.pending > 0 ? [earlier] : []), ...choices(shelf.items)], {
    title: l10n.t("Fetch from {0} in Azure", name),
    placeHolder: l10n.t("What to fetch; services and endpoints bring their models"),
    canPickMany: true,
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined || picked.length === 0) {
    return;
  }
  const items = picked.flatMap(({ item }) => (item === undefined ? [] : [item]));
  const output = await askFolder(items, name);
  if (output === undefined) {
    return;
  }
  const request = { ...params, choices: items.map((item) => item.key), output };
  showReport(await longRequest(app, l10n.t("Fetching from {0}", name), "scoredock/azure/pull", request));
}

/** As the person signs in; another way is offered again when that fails. */
async function signedIn(app: App, workspace: Workspace, account: Partial<AzureAccount>): Promise<void> {
  showAzureCodes(app.session);
  try {
    await pull(app, workspace, account);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code !== "azure-sign-in-failed") {
      throw error;
    }
    const by = (signIn: AzureSignIn) => () => signedIn(app, workspace, { signIn }).catch(showFailure);
    showWarning(failure.sentence, [
      { title: l10n.t("Sign In in the Browser"), act: by("browser") },
      { title: l10n.t("Sign In with a Code"), act: by("device-code") },
    ]);
  } finally {
    hideAzureCode();
  }
}

export const fetchFromAzure = onWorkspace(
  l10n.t("Fetch from Azure"),
  (app, workspace) => signedIn(app, workspace, {}),
  true,
);
