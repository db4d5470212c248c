/** Traffic of an endpoint: who gets how much of its requests, and its default version. */
import * as vscode from "vscode";

import { showInformation } from "../../editor/notifications";
import type { TrafficValues } from "../../pages/trafficForm";
import type { EndpointDetails } from "../../protocol";
import { runWizard, type TextStep } from "../interaction/wizard";
import { changeShown } from "./changeShown";
import { versionOf, onEndpoint } from "./endpointTarget";
import { nameOf } from "../interaction/target";
import { type ThingCommand, onThing } from "../interaction/onThing";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Digits only: an empty field is not zero. */
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
export const setEndpointTraffic = onEndpoint(l10n.t("Change Traffic"), "endpoint", async (app, endpoint, _, values) => {
  const chosen = isTrafficValues(values) ? values : await askShares(endpoint);
  if (chosen === undefined) {
    return;
  }
  const [wrong] = Object.values(chosen.shares).flatMap((share) => wholePercent(share) ?? []);
  if (wrong !== undefined) {
    showInformation(wrong);
    return;
  }
  const traffic = Object.fromEntries(Object.entries(chosen.shares).map(([name, share]) => [name, Number(share)]));
  await changeShown(app, {
    method: "scoredock/endpoint/traffic",
    params: { ...nameOf(endpoint), traffic: { [chosen.default]: 0, ...traffic }, default: chosen.default },
    question: l10n.t("Change the traffic of {0}?", endpoint.name),
    yes: l10n.t("Change Traffic"),
  });
});

export const mirrorEndpoint = onEndpoint(l10n.t("Mirror Traffic"), "endpoint", async (app, endpoint) => {
  const title = l10n.t("Mirror Traffic of {0}", endpoint.name);
  const off = { label: l10n.t("No Copies"), version: "" };
  const items = endpoint.versions.map(({ name, service }) => ({ label: name, description: service, version: name }));
  const placeHolder = l10n.t("The version that gets copies of requests; clients never see its responses");
  const offered = endpoint.mirror === "" ? items : [off, ...items];
  const version = (await showQuickPick(offered, { title, placeHolder }))?.version;
  if (version === undefined) {
    return;
  }
  const share =
    version === ""
      ? "0"
      : await showInputBox({
          title,
          prompt: l10n.t("Percent of the requests that are copied to {0}, 1 to 50", version),
          value: String(endpoint.mirrorShare === 0 ? 10 : endpoint.mirrorShare),
          validateInput: wholePercent,
          ignoreFocusOut: true,
        });
  if (share === undefined) {
    return;
  }
  await changeShown(app, {
    method: "scoredock/endpoint/mirror",
    params: { ...nameOf(endpoint), version, share: Number(share) },
    question: l10n.t("Change the copies of {0}?", endpoint.name),
    yes: l10n.t("Mirror Traffic"),
  });
});

interface VersionChange {
  readonly title: string;
  readonly flag: string;
  readonly method: "scoredock/endpoint/promote" | "scoredock/endpoint/withdraw" | "scoredock/endpoint/removeVersion";
  readonly question: (version: string, endpoint: string) => string;
}

/** A change of one version, which is called as the command is. */
function changeOfVersion({ title, flag, method, question }: VersionChange): ThingCommand {
  return onThing(
    (app, argument) => versionOf(app, argument, title, flag),
    (app, { endpoint, version }) => {
      const params = { ...nameOf(endpoint), version: version.name };
      return changeShown(app, { method, params, question: question(version.name, endpoint.name), yes: title });
    },
  );
}

export const promoteVersion = changeOfVersion({
  title: l10n.t("Promote"),
  flag: "promotable",
  method: "scoredock/endpoint/promote",
  question: (version, endpoint) => l10n.t("Promote {0} of {1}?", version, endpoint),
});

export const withdrawVersion = changeOfVersion({
  title: l10n.t("Withdraw"),
  flag: "withdrawable",
  method: "scoredock/endpoint/withdraw",
  question: (version, endpoint) => l10n.t("Withdraw {0} of {1}?", version, endpoint),
});

/** Its service stays. */
export const deleteEndpointVersion = changeOfVersion({
  title: l10n.t("Delete Version"),
  flag: "deletable",
  method: "scoredock/endpoint/removeVersion",
  question: (version, endpoint) => l10n.t("Delete the version {0} of {1}? Its service is kept.", version, endpoint),
});
