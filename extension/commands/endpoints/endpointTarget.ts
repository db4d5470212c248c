/** Which endpoint, and which version of it, a command is about: that of the row or page, or what the person picks. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showInformation, commandButton } from "../../editor/notifications";
import type { EndpointArgument } from "../../pages/endpointContent";
import type { EndpointDetails, EndpointVersionDetails } from "../../protocol";
import {
  endpointFlags,
  sharesText,
  versionFlags,
  versionIcon,
  versionParts,
  versionState,
} from "../../text/endpointText";
import { subjectOf, here } from "../interaction/target";
import { onThing, type ThingCommand, type ThingAction } from "../interaction/onThing";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

export interface EndpointTarget {
  readonly endpoint: EndpointDetails;
  readonly version: EndpointVersionDetails;
}

function isRef(value: unknown): value is EndpointArgument {
  return typeof value === "object" && value !== null && "endpoint" in value && typeof value.endpoint === "string";
}

/** What a row or page names. */
export function refOf(argument: unknown): EndpointArgument | undefined {
  const subject = subjectOf(argument);
  if (subject?.kind === "endpoint") {
    return { endpoint: subject.endpoint.name };
  }
  if (subject?.kind === "endpointVersion") {
    return { endpoint: subject.endpoint.name, version: subject.version.name };
  }
  return isRef(argument) ? argument : undefined;
}

async function endpointNamed(app: App, name: string): Promise<EndpointDetails> {
  return (
    app.live.state.endpoints.find((one) => one.name === name) ??
    app.session.request("scoredock/endpoint/show", { name, ...here(app) })
  );
}

/** `flag` is one that its row must have. */
export async function endpointOf(
  app: App,
  argument: unknown,
  title: string,
  flag = "endpoint",
): Promise<EndpointDetails | undefined> {
  const ref = refOf(argument);
  if (ref !== undefined) {
    return endpointNamed(app, ref.endpoint);
  }
  const suiting = app.live.state.endpoints.filter((one) => endpointFlags(one).split(" ").includes(flag));
  if (suiting.length === 0) {
    showInformation(
      app.live.state.endpoints.length > 0
        ? l10n.t("No endpoint of this workspace can be used for this.")
        : l10n.t("There is no endpoint yet. One divides requests between several services."),
      [commandButton(l10n.t("Add to Endpoint…"), "scoredock.addToEndpoint")],
    );
    return undefined;
  }
  const items = suiting.map((endpoint) => ({ label: endpoint.name, description: sharesText(endpoint), endpoint }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Endpoint") }))?.endpoint;
}

/** A command about an endpoint whose row has this flag. */
export function onEndpoint(title: string, flag: string, act: ThingAction<EndpointDetails>): ThingCommand {
  return onThing((app, argument) => endpointOf(app, argument, title, flag), act);
}

async function pickVersion(
  endpoint: EndpointDetails,
  title: string,
  suits: (version: EndpointVersionDetails) => boolean,
): Promise<EndpointVersionDetails | undefined> {
  const items = endpoint.versions.filter(suits).map((version) => {
    const { id, color } = versionIcon(version);
    return {
      label: version.name,
      description: [...versionParts(endpoint, version), versionState(version)].join(" · "),
      iconPath: new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color)),
      version,
    };
  });
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Version of {0}", endpoint.name) }))?.version;
}

/** A version of an endpoint whose row has this flag. */
export async function versionOf(
  app: App,
  argument: unknown,
  title: string,
  flag: string,
): Promise<EndpointTarget | undefined> {
  const endpoint = await endpointOf(app, argument, title);
  if (endpoint === undefined) {
    return undefined;
  }
  const name = refOf(argument)?.version;
  const version =
    name === undefined
      ? await pickVersion(endpoint, title, (one) => versionFlags(one).split(" ").includes(flag))
      : endpoint.versions.find((one) => one.name === name);
  return version === undefined ? undefined : { endpoint, version };
}
