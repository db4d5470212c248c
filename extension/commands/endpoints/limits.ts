/** Above what the router withdraws a version by itself: from the form of the page, or asked for one version. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation } from "../../editor/notifications";
import { limitFields } from "../../pages/endpointContent";
import type { LimitFields, LimitsValues } from "../../pages/limitsForm";
import type { EndpointDetails, EndpointLimits, EndpointVersionDetails } from "../../protocol";
import { runWizard, type TextStep, fieldStep } from "../interaction/wizard";
import { changeShown } from "./changeShown";
import { endpointOf, refOf, versionOf } from "./endpointTarget";
import type { ThingCommand } from "../interaction/onThing";
import { nameOf } from "../interaction/target";

const { l10n } = vscode;

function isLimitsValues(value: unknown): value is LimitsValues {
  return typeof value === "object" && value !== null && "limits" in value;
}

/** Digits, or nothing for no limit. */
function wholeNumber(text: string): string | undefined {
  return /^\d{0,9}$/.test(text.trim()) ? undefined : l10n.t("Enter a whole number.");
}

function limitsFrom({ errors, milliseconds, seconds, requests }: LimitFields): EndpointLimits {
  return {
    errors: Number(errors),
    milliseconds: Number(milliseconds),
    seconds: Number(seconds),
    requests: Number(requests),
  };
}

function step(name: keyof LimitFields, prompt: string): TextStep<LimitFields> {
  return fieldStep(name, prompt, wholeNumber);
}

async function askLimits({ name, limits }: EndpointVersionDetails): Promise<LimitsValues | undefined> {
  const fields = await runWizard<LimitFields>(
    {
      title: l10n.t("Automatic Withdrawal of {0}", name),
      finish: l10n.t("Apply"),
      steps: [
        step("errors", l10n.t("Percent of errors above which it is withdrawn; empty for any number")),
        step(
          "milliseconds",
          l10n.t("Milliseconds above which the 95th percentile of its response times withdraws it; empty for any time"),
        ),
        step("seconds", l10n.t("Seconds over which its responses are looked at")),
        step("requests", l10n.t("Responses below which nothing is decided")),
      ],
    },
    limitFields(limits),
  );
  return fields === undefined ? undefined : { limits: { [name]: fields } };
}

interface LimitsChange {
  readonly endpoint: EndpointDetails;
  readonly values: LimitsValues;
}

/** What stands in the form of the page, or else what is asked for a version. */
async function valuesOf(app: App, argument: unknown, typed: unknown): Promise<LimitsChange | undefined> {
  const title = l10n.t("Automatic Withdrawal");
  if (isLimitsValues(typed) && refOf(argument) !== undefined) {
    const endpoint = await endpointOf(app, argument, title);
    return endpoint === undefined ? undefined : { endpoint, values: typed };
  }
  const target = await versionOf(app, argument, title, "deletable");
  const values = target === undefined ? undefined : await askLimits(target.version);
  return target === undefined || values === undefined ? undefined : { endpoint: target.endpoint, values };
}

export const setVersionLimits: ThingCommand = async (app, argument, typed) => {
  const asked = await valuesOf(app, argument, typed);
  if (asked === undefined) {
    return;
  }
  const { endpoint, values } = asked;
  const all = Object.entries(values.limits);
  const [wrong] = all.flatMap(([, fields]) => Object.values(fields).flatMap((text: string) => wholeNumber(text) ?? []));
  if (wrong !== undefined) {
    showInformation(wrong);
    return;
  }
  const limits = Object.fromEntries(all.map(([version, fields]) => [version, limitsFrom(fields)]));
  await changeShown(app, {
    method: "scoredock/endpoint/limits",
    params: { ...nameOf(endpoint), limits },
    question: l10n.t("Change the automatic withdrawal of {0}?", endpoint.name),
    yes: l10n.t("Change Limits"),
  });
};
