/** The services as a list to pick from, and what can be done with the one that was picked. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { EndpointDetails, Service } from "../../protocol";
import { openAt, showFailure, showInformation } from "../../editor/notifications";
import { activeWorkspace, otherFolder } from "../../state/state";
import { byNeed, services as count, stateText } from "../../text/serviceState";
import { serviceFlags } from "../../views/serviceNodes";
import { iconOf, serviceOf, hasFlag } from "../interaction/target";
import { joinWords } from "../../text/joinWords";
import { onService } from "../interaction/onThing";
import { createQuickPick, showQuickPick } from "../../window";

const { l10n } = vscode;

interface Action extends vscode.QuickPickItem {
  readonly command: string;
}

interface ServiceItem extends vscode.QuickPickItem {
  readonly service?: Service;
  readonly command?: string;
  readonly endpoint?: string;
}

/** The person's own line at which it failed, refused its newest files, or failed to answer; undefined without one. */
function failingLine({ failure, requests }: Service): { readonly file: string; readonly line: number } | undefined {
  return failure?.frames.at(-1) ?? requests.failure?.frames.at(-1);
}

/** Why it is not as it should be; empty where nothing is known. */
function trouble({ failure, requests }: Service): string {
  return (failure?.message ?? requests.failure?.message ?? "").split("\n", 1)[0] ?? "";
}

/** What verbs do that differ in what they read. */
const DETAILS = {
  start: l10n.t("Starts the last revision, with the files it was deployed with."),
  redeploy: l10n.t("New revision from the files as they are now, with the last answers."),
  reload: l10n.t("Files as they are now, with the same models and environment."),
  update: l10n.t("New revision with the models that you pick."),
  restart: l10n.t("New processes of the same revision; changed files are not read."),
  stop: l10n.t("Frees its port; log and revisions are kept."),
};

/** What can be done with a service in its state, the most likely first; each says what it does. */
function actionsOf(service: Service): readonly Action[] {
  const flags = new Set(serviceFlags(service).split(" "));
  const all: readonly (readonly [flag: string, icon: string, command: string, label: string, detail: string])[] = [
    ["line", "go-to-file", "goToFailure", l10n.t("Go to Line"), trouble(service)],
    ["answering", "send", "sendRequest", l10n.t("Send Request"), l10n.t("Opens the request panel.")],
    ["service", "output", "openLog", l10n.t("Open Log"), l10n.t("What the service and its script write.")],
    ["service", "info", "showService", l10n.t("Show Details"), l10n.t("State, address, models, environment.")],
    ["startable", "play", "startService", l10n.t("Start"), DETAILS.start],
    ["service", "debug-rerun", "deployAgain", l10n.t("Redeploy"), DETAILS.redeploy],
    ["restartable", "refresh", "reloadService", l10n.t("Reload Files"), DETAILS.reload],
    ["service", "arrow-up", "updateService", l10n.t("Update Models…"), DETAILS.update],
    ["restartable", "debug-restart", "restartService", l10n.t("Restart"), DETAILS.restart],
    ["stoppable", "debug-stop", "stopService", l10n.t("Stop"), DETAILS.stop],
  ];
  return all
    .filter(([flag]) => flags.has(flag) || (flag === "line" && failingLine(service) !== undefined))
    .map(([, id, command, label, detail]) => ({
      label,
      detail,
      iconPath: new vscode.ThemeIcon(id),
      command: `scoredock.${command}`,
    }));
}

/** Asks what to do with a service, and does it. */
export const showServiceActions = onService({ title: l10n.t("Service") }, async (_, service) => {
  const chosen = await showQuickPick(actionsOf(service), {
    title: l10n.t("{0}: {1}", service.name, stateText(service)),
    placeHolder: l10n.t("Choose an action"),
  });
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.command, service.name);
  }
});

/** The buttons of a service in the list. */
function buttonsOf(service: Service): readonly (vscode.QuickInputButton & { readonly command: string })[] {
  const button = (id: string, tooltip: string, command: string) => ({
    iconPath: new vscode.ThemeIcon(id),
    tooltip,
    command: `scoredock.${command}`,
  });
  return [
    ...(hasFlag("answering")(service) ? [button("send", l10n.t("Send Request"), "sendRequest")] : []),
    button("output", l10n.t("Open Log"), "openLog"),
    button("info", l10n.t("Show Details"), "showService"),
  ];
}

function itemOf(service: Service): ServiceItem {
  return {
    label: service.name,
    description: joinWords([stateText(service), service.models.join(", ")]),
    ...(trouble(service) === "" ? {} : { detail: trouble(service) }),
    iconPath: iconOf(service),
    buttons: buttonsOf(service),
    service,
  };
}

/** Its page has all that can be done with it. */
function endpointItem(endpoint: EndpointDetails): ServiceItem {
  const iconPath = new vscode.ThemeIcon("split-horizontal");
  const description = stateText(endpoint);
  return { label: endpoint.name, description, iconPath, command: "scoredock.showEndpoint", endpoint: endpoint.name };
}

/** What stands below the services. */
function endItems(workspace: string): readonly ServiceItem[] {
  return [
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    { label: l10n.t("Deploy"), iconPath: new vscode.ThemeIcon("rocket"), command: "scoredock.deploy" },
    {
      label: l10n.t("Switch Workspace…"),
      iconPath: new vscode.ThemeIcon("arrow-swap"),
      description: workspace,
      command: "scoredock.switchWorkspace",
    },
  ];
}

/** Lists the services with their states, or those of a script; the list follows them while it is open. */
export function showServices(app: App, script: unknown): void {
  const pick = createQuickPick<ServiceItem>();
  const redraw = (): void => {
    const active = pick.activeItems[0]?.label;
    const shown = app.live.state.services
      .filter(({ entryScript }) => typeof script !== "string" || entryScript === script)
      .sort(byNeed);
    const endpoints = typeof script === "string" ? [] : app.live.state.endpoints.map(endpointItem);
    const items = [...endpoints, ...shown.map(itemOf), ...endItems(activeWorkspace(app.live.state)?.name ?? "")];
    pick.title = shown.length === 0 ? l10n.t("No services yet") : count(shown.length);
    pick.items = items;
    // Without one that was chosen the editor takes the first.
    const again = items.filter(({ label }) => label === active);
    if (again.length > 0) {
      pick.activeItems = again;
    }
  };
  pick.placeholder = l10n.t("Select a service to see its actions");
  pick.matchOnDescription = true;
  redraw();
  const run = (command: string, ...rest: readonly unknown[]): void => {
    pick.hide();
    vscode.commands.executeCommand(command, ...rest).then(undefined, showFailure);
  };
  const subscriptions = vscode.Disposable.from(
    pick,
    app.live.onDidChange(redraw),
    pick.onDidTriggerItemButton(({ item, button }) => {
      const { command } = button as unknown as { readonly command?: string };
      if (item.service !== undefined && command !== undefined) {
        run(command, item.service.name);
      }
    }),
    pick.onDidAccept(() => {
      const chosen = pick.activeItems[0];
      if (chosen?.service !== undefined) {
        run("scoredock.showServiceActions", chosen.service.name);
      } else if (chosen?.command !== undefined) {
        run(chosen.command, ...(chosen.endpoint === undefined ? [] : [{ endpoint: chosen.endpoint }]));
      }
    }),
    pick.onDidHide(() => {
      subscriptions.dispose();
    }),
  );
  pick.show();
}

/** Opens the folder of a service's script in a window of its own. */
export async function openServiceFolder(app: App, argument: unknown): Promise<void> {
  const folderOf = (service: Service): string => otherFolder(service, app.live.state);
  const service = await serviceOf(app, argument, l10n.t("Open Its Folder"), (one) => folderOf(one) !== "");
  if (service === undefined) {
    return;
  }
  const folder = folderOf(service);
  if (folder === "") {
    await openAt(service.entryScript, 0);
  } else {
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), { forceNewWindow: true });
  }
}

/** Opens the person's own line at which a service failed, or refused its newest files. */
export async function goToFailure(app: App, argument: unknown): Promise<void> {
  const service = await serviceOf(app, argument, l10n.t("Go to Line"), (one) => failingLine(one) !== undefined);
  const frame = service === undefined ? undefined : failingLine(service);
  if (frame !== undefined) {
    await openAt(frame.file, frame.line - 1);
  } else if (service !== undefined) {
    showInformation(l10n.t("{0} has no failure that points to a line.", service.name));
  }
}
