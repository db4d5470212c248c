/**
 * Who gets how much of an endpoint. Each change is asked of the server as a preview first, whose lines the person sees
 * before it happens; if somebody else changes the endpoint in between, the server refuses it.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation } from "../../editor/notifications";
import type { TrafficValues } from "../../pages/trafficForm";
import type { EndpointDetails, Requests } from "../../protocol";
import { stateText } from "../../text/serviceState";
import { requestInView } from "../interaction/progress";
import { iconOf } from "../interaction/target";
import { runWizard, type TextStep } from "../interaction/wizard";
import { endpointOf, versionOf } from "./endpointTarget";

const { l10n } = vscode;

type ChangingMethod =
  | "scoredock/endpoint/traffic"
  | "scoredock/endpoint/mirror"
  | "scoredock/endpoint/promote"
  | "scoredock/endpoint/withdraw"
  | "scoredock/endpoint/removeVersion";

interface Change<M extends ChangingMethod> {
  readonly method: M;
  readonly params: Requests[M]["params"];
  readonly question: string;
  readonly yes: string;
}

async function changeShown<M extends ChangingMethod>(
  app: App,
  { method, params, question, yes }: Change<M>,
): Promise<void> {
  const preview: EndpointDetails = await app.session.request(method, { ...params, preview: true });
  if (preview.changes.length === 0) {
    showInformation(l10n.t("Nothing changes: the traffic of {0} is so already.", preview.name));
  } else if (await confirm(question, preview.changes.join("\n"), yes)) {
    await requestInView("services", async () =>
      app.session.request(method, { ...params, preview: false, expected: preview.stamp }),
    );
  }
}

/** Digits only: an empty field is no zero. */
function wholePercent(text: string): string | undefined {
  return /^\d{1,3}$/.test(text.trim()) ? undefined : l10n.t("Enter a whole number of percent.");
}

function isTrafficValues(value: unknown): value is TrafficValues {
  return typeof value === "object" && value !== null && "shares" in value && "default" in value;
}

/** A question for each version but the default one, which gets the rest. */
async function askShares(endpoint: EndpointDetails): Promise<TrafficValues | undefined> {
  const own = endpoint.versions.find(({ isDefault }) => isDefault)?.name ?? "";
  const steps = endpoint.versions
    .filter(({ isDefault }) => !isDefault)
    .map(({ name }): TextStep<TrafficValues> => ({
      kind: "text",
      prompt: () => l10n.t("Percent of the requests for {0}; {1} gets the rest", name, own),
      value: ({ shares }) => shares[name] ?? "0",
      validate: wholePercent,
      save: (values, text) => ({ ...values, shares: { ...values.shares, [name]: text } }),
    }));
  if (steps.length === 0) {
    showInformation(l10n.t("{0} has one version, which gets all requests. Add another version first.", endpoint.name));
    return undefined;
  }
  const others = endpoint.versions.filter(({ isDefault }) => !isDefault);
  return runWizard<TrafficValues>(
    { title: l10n.t("Traffic of {0}", endpoint.name), finish: l10n.t("Apply"), steps },
    { default: own, shares: Object.fromEntries(others.map(({ name, share }) => [name, String(share)])) },
  );
}

/** With what stands in the form of the page, or else with what is asked. */
export async function setEndpointTraffic(app: App, argument: unknown, values: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Change Traffic"));
  if (endpoint === undefined) {
    return;
  }
  const chosen = isTrafficValues(values) ? values : await askShares(endpoint);
  if (chosen === undefined) {
    return;
  }
  const wrong = Object.values(chosen.shares)
    .map(wholePercent)
    .find((fault) => fault !== undefined);
  if (wrong !== undefined) {
    showInformation(wrong);
    return;
  }
  const traffic = Object.fromEntries(Object.entries(chosen.shares).map(([name, share]) => [name, Number(share)]));
  const { name, workspaceId } = endpoint;
  await changeShown(app, {
    method: "scoredock/endpoint/traffic",
    params: { name, traffic: { [chosen.default]: 0, ...traffic }, default: chosen.default, workspaceId },
    question: l10n.t("Change the traffic of {0}?", name),
    yes: l10n.t("Change Traffic"),
  });
}

export async function mirrorEndpoint(app: App, argument: unknown): Promise<void> {
  const title = l10n.t("Mirror Traffic");
  const endpoint = await endpointOf(app, argument, title);
  if (endpoint === undefined) {
    return;
  }
  const off = { label: l10n.t("No Copies"), version: "" };
  const items = endpoint.versions.map(({ name, service }) => ({ label: name, description: service, version: name }));
  const placeHolder = l10n.t("The version that gets copies of requests; clients never see its responses");
  const picked = await vscode.window.showQuickPick(endpoint.mirror === "" ? items : [off, ...items], {
    title: l10n.t("Mirror Traffic of {0}", endpoint.name),
    placeHolder,
  });
  if (picked === undefined) {
    return;
  }
  const share =
    picked.version === ""
      ? "0"
      : await vscode.window.showInputBox({
          title: l10n.t("Mirror Traffic of {0}", endpoint.name),
          prompt: l10n.t("Percent of the requests that are copied to {0}, 1 to 50", picked.version),
          value: String(endpoint.mirrorShare === 0 ? 10 : endpoint.mirrorShare),
          validateInput: wholePercent,
          ignoreFocusOut: true,
        });
  if (share === undefined) {
    return;
  }
  const { name, workspaceId } = endpoint;
  await changeShown(app, {
    method: "scoredock/endpoint/mirror",
    params: { name, version: picked.version, share: Number(share), workspaceId },
    question: l10n.t("Change the copies of {0}?", name),
    yes: title,
  });
}

export async function promoteVersion(app: App, argument: unknown): Promise<void> {
  const target = await versionOf(app, argument, l10n.t("Promote"), "promotable");
  if (target !== undefined) {
    const { name, workspaceId } = target.endpoint;
    await changeShown(app, {
      method: "scoredock/endpoint/promote",
      params: { name, version: target.version.name, workspaceId },
      question: l10n.t("Promote {0} of {1}?", target.version.name, name),
      yes: l10n.t("Promote"),
    });
  }
}

export async function withdrawVersion(app: App, argument: unknown): Promise<void> {
  const target = await versionOf(app, argument, l10n.t("Withdraw"), "withdrawable");
  if (target !== undefined) {
    const { name, workspaceId } = target.endpoint;
    await changeShown(app, {
      method: "scoredock/endpoint/withdraw",
      params: { name, version: target.version.name, workspaceId },
      question: l10n.t("Withdraw {0} of {1}?", target.version.name, name),
      yes: l10n.t("Withdraw"),
    });
  }
}

/** Its service stays. */
export async function deleteEndpointVersion(app: App, argument: unknown): Promise<void> {
  const target = await versionOf(app, argument, l10n.t("Delete Version"), "deletable");
  if (target !== undefined) {
    const { name, workspaceId } = target.endpoint;
    await changeShown(app, {
      method: "scoredock/endpoint/removeVersion",
      params: { name, version: target.version.name, workspaceId },
      question: l10n.t("Delete the version {0} of {1}? Its service is kept.", target.version.name, name),
      yes: l10n.t("Delete Version"),
    });
  }
}

/** A service becomes a version, and gets no requests yet. */
export async function addEndpointVersion(app: App, argument: unknown): Promise<void> {
  const endpoint = await endpointOf(app, argument, l10n.t("Add Version"));
  if (endpoint === undefined) {
    return;
  }
  const title = l10n.t("Add Version to {0}", endpoint.name);
  const used = new Set(endpoint.versions.map(({ service }) => service));
  const items = app.live.state.services
    .filter((service) => !used.has(service.name))
    .map((service) => ({ label: service.name, description: stateText(service), iconPath: iconOf(service) }));
  if (items.length === 0) {
    showInformation(l10n.t("Every service is a version of {0} already. Deploy another one first.", endpoint.name));
    return;
  }
  const placeHolder = l10n.t("The service that becomes a version; it gets no requests yet");
  const service = (await vscode.window.showQuickPick(items, { title, placeHolder }))?.label;
  const version =
    service === undefined
      ? undefined
      : await vscode.window.showInputBox({
          title,
          prompt: l10n.t("Name of the version"),
          value: endpoint.versions.some(({ name }) => name === "green") ? service : "green",
          ignoreFocusOut: true,
        });
  if (service !== undefined && version !== undefined) {
    const { name, workspaceId } = endpoint;
    await requestInView("services", () =>
      app.session.request("scoredock/endpoint/setVersion", { name, version, service, workspaceId }),
    );
  }
}
