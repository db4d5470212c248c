/** Update…: another version of a service's models, its files read anew, or another image where it runs one. */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { Service, ServiceUpdateParams } from "../../protocol";

import { failureOf } from "../../text/errors";
import { baseName } from "../../text/format";
import { requireTrust } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { allowThen } from "../models/consent";
import { showBlockingErrors } from "./blockedDeployment";
import { pickImage } from "../interaction/pickImage";
import { modelsMatching } from "../interaction/pickModel";
import { registryCredentials } from "../docker/registries";
import { saveService } from "../interaction/saving";
import { runSummary, type SummaryLine } from "../interaction/summary";
import { askAlone, type Choice } from "../interaction/wizard";
import { serviceOf, here } from "../interaction/target";
import { joinWords } from "../../text/joinWords";

const { l10n } = vscode;

function modelChoice(id: string, used: ReadonlySet<string>): Choice<string> {
  return { label: id, description: used.has(id) ? l10n.t("in use") : "", value: id };
}

interface UpdateAnswers {
  readonly models: readonly string[];
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

/** The chosen models, null for those that it has, undefined when the person left. */
async function chooseModels(app: App, service: Service): Promise<readonly string[] | null | undefined> {
  const used = new Set(service.models);
  const others = (await modelsMatching(app, "")).map(({ id }) => id).filter((id) => !used.has(id));
  const title = l10n.t("Update {0}", service.name);
  const modelText = ({ models }: UpdateAnswers): string => {
    const after = models.length === 0 ? l10n.t("no model") : models.join(", ");
    return isSame(models, service.models) ? after : `${service.models.join(", ")} → ${after}`;
  };
  const models: SummaryLine<UpdateAnswers> = {
    icon: "package",
    label: l10n.t("Models"),
    value: modelText,
    change: (answers) =>
      askAlone(
        title,
        {
          kind: "many",
          placeholder: l10n.t("Models of the next revision"),
          items: () => [...service.models, ...others].map((id) => modelChoice(id, used)),
          picked: (current, id: string) => current.models.includes(id),
          save: (_, ids: readonly string[]) => ({ models: ids }),
          search: async (text) => (await modelsMatching(app, text)).map(({ id }) => modelChoice(id, used)),
        },
        answers,
      ),
  };
  const script =
    service.entryScript === "" ? "" : l10n.t("{0} and its folder are read again", baseName(service.entryScript));
  const answers = await runSummary<UpdateAnswers>(
    {
      title,
      act: { icon: "cloud-upload", label: l10n.t("Update") },
      described: (current) => joinWords([service.name, modelText(current), script]),
      lines: [models],
    },
    { models: service.models },
  );
  return answers === undefined ? undefined : isSame(answers.models, service.models) ? null : answers.models;
}

/** Saves what is read again and sends the update; what refuses it is asked about. */
export async function update(app: App, params: ServiceUpdateParams): Promise<void> {
  await saveService(app, params.name);
  try {
    await longRequest(app, l10n.t("Updating {0}", params.name), "scoredock/service/update", {
      ...params,
      registryCredentials: await registryCredentials(app),
    });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === "model-known-bad") {
      await allowThen(app, failure, l10n.t("Allow and Update"), () => update(app, params));
    } else if (
      params.skipChecks === true ||
      !(await showBlockingErrors(app, error, params.name, {
        repaired: l10n.t("Fix and Update"),
        proposed: l10n.t("Apply Quick Fixes and Update"),
        anyway: l10n.t("Update Anyway"),
        deployment: { models: params.models ?? [] },
        takesNewFile: false,
        again: () => update(app, params),
        skipChecks: () => update(app, { ...params, skipChecks: true }),
      }))
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
      await update(app, { name: service.name, image, ...here(app) });
    }
    return;
  }
  const models = await chooseModels(app, service);
  if (models !== undefined) {
    await update(app, { name: service.name, models, ...here(app) });
  }
}
