/** Who gets how much of an endpoint. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation } from "../../editor/notifications";
import type { TrafficValues } from "../../pages/trafficForm";
import type { EndpointDetails } from "../../protocol";
import { runWizard, type TextStep } from "../interaction/wizard";
import { changeShown } from "./changeShown";
import { endpointOf, versionOf } from "./endpointTarget";

const { l10n } = vscode;

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
