/** Update…: another version of a service's models, its files read anew, or another image where it runs one. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { ServiceUpdateParams } from "../../protocol";
import { failureOf } from "../../text/errors";
import { requireTrust } from "../../editor/notifications";
import { requestWithNotification } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { showBlockingErrors } from "./blockedDeployment";
import { pickImage } from "../interaction/pickImage";
import { modelsMatching } from "../interaction/pickModel";
import { registryCredentials } from "../docker/registries";
import { saveService } from "../interaction/saving";
import { runWizard, type Choice } from "../interaction/wizard";
import { serviceOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

function modelChoice(id: string, used: ReadonlySet<string>): Choice<string> {
  return { label: id, description: used.has(id) ? l10n.t("in use") : "", value: id };
}

/** The chosen models, null for those that it has, undefined when the person left. */
async function chooseModels(
  app: App,
  name: string,
  models: readonly string[],
): Promise<readonly string[] | null | undefined> {
  const used = new Set(models);
  const others = (await modelsMatching(app, "")).map(({ id }) => id).filter((id) => !used.has(id));
  if (used.size + others.length === 0) {
    return null;
  }
  const answers = await runWizard<{ readonly models: readonly string[] }>(
    {
      title: l10n.t("Update {0}", name),
      finish: l10n.t("Update with These Models"),
      steps: [
        {
          kind: "many",
          placeholder: l10n.t("Models of the next revision; entry script and its folder are read again"),
          items: () => [...models, ...others].map((id) => modelChoice(id, used)),
          picked: (_, id: string) => used.has(id),
          save: (_, ids: readonly string[]) => ({ models: ids }),
          search: async (text) => (await modelsMatching(app, text)).map(({ id }) => modelChoice(id, used)),
        },
      ],
    },
    { models },
  );
  if (answers === undefined) {
    return undefined;
  }
  const ids = answers.models;
  return ids.length === used.size && ids.every((id) => used.has(id)) ? null : ids;
}

/** Saves what is read again and sends the update; what refuses it is asked about. */
export async function update(app: App, params: ServiceUpdateParams): Promise<void> {
  await saveService(app, params.name);
  try {
    await requestWithNotification(app, l10n.t("Updating {0}", params.name), "scoredock/service/update", {
      ...params,
      registryCredentials: await registryCredentials(app),
    });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "model-known-bad") {
      await allowThen(app, failure, l10n.t("Allow and Update"), () => update(app, params));
    } else if (
      params.skipChecks === true ||
      !(await showBlockingErrors(error, params.name, l10n.t("Update Anyway"), () =>
        update(app, { ...params, skipChecks: true }),
      ))
    ) {
      throw error;
    }
  }
}

export async function updateService(app: App, argument: unknown): Promise<void> {
  requireTrust();
  const service = await serviceOf(app, argument, l10n.t("Update"));
  if (service === undefined) {
    return;
  }
  if (service.image !== "") {
    const image = await pickImage(app, undefined, l10n.t("Image of {0}", service.name));
    if (image !== undefined) {
      await update(app, { name: service.name, image, workspaceId: workspaceId(app) });
    }
    return;
  }
  const models = await chooseModels(app, service.name, service.models);
  if (models !== undefined) {
    await update(app, { name: service.name, models, workspaceId: workspaceId(app) });
  }
}
