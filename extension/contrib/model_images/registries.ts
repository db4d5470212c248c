/** Models to registries and back: container registries, without Docker, and those of other contributions. */
import * as vscode from "vscode";

import type { App, ModelRegistry } from "../../app";
import type { ModelForm, ModelPushed } from "../../protocol";
import { showInformation } from "../../editor/notifications";
import { nameFault } from "../../text/names";
import { askReference, askRegistry, pushedWords } from "../../commands/docker/registries";
import { onModel } from "../../commands/interaction/onThing";
import { longRequest } from "../../commands/interaction/progress";
import { here } from "../../commands/interaction/target";
import { showRegistered } from "../../commands/models/registerModel";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

async function formOf(app: App, title: string): Promise<ModelForm | ModelRegistry | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly value: ModelForm | ModelRegistry })[] = [
    {
      label: l10n.t("Image"),
      detail: l10n.t("Its files below /models in one layer, for KServe and image volumes of Kubernetes."),
      value: "image",
    },
    {
      label: l10n.t("Artifact"),
      detail: l10n.t("Every file a blob of its own, for ORAS."),
      value: "artifact",
    },
    ...app.modelRegistries.map((value) => ({ ...value.form(), value })),
  ];
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Push as") }))?.value;
}

function showPushed(pushed: ModelPushed): void {
  showInformation(pushedWords(pushed.image.replace(/@.*$/, ""), pushed.sentBytes, pushed.presentBytes), [
    { title: l10n.t("Copy Reference"), act: () => vscode.env.clipboard.writeText(pushed.image) },
  ]);
}

export const pushModel = onModel(l10n.t("Push"), async (app, { id }) => {
  const title = l10n.t("Push {0}", id);
  const form = await formOf(app, title);
  if (typeof form === "object") {
    await form.push(app, id);
    return;
  }
  const prompt = l10n.t("Image in the registry, with its tag");
  const push = form === undefined ? undefined : await askReference(app, title, prompt, id.toLowerCase());
  if (form === undefined || push === undefined) {
    return;
  }
  await askRegistry(
    app,
    (registryCredentials) =>
      longRequest(app, l10n.t("Pushing {0}", id), "scoredock/model/push", {
        id,
        push,
        form,
        registryCredentials,
        ...here(app),
      }),
    showPushed,
  );
});

export async function registerModelFromRegistry(app: App): Promise<void> {
  const title = l10n.t("Register Model from a Registry");
  const kinds: readonly (vscode.QuickPickItem & { readonly other?: ModelRegistry })[] = [
    { label: l10n.t("Container Registry"), detail: l10n.t("An image or artifact with a model.") },
    ...app.modelRegistries.map((other) => ({ ...other.source(), other })),
  ];
  const kind = await showQuickPick(kinds, { title, placeHolder: l10n.t("Registry") });
  if (kind === undefined || kind.other !== undefined) {
    await kind?.other?.register(app);
    return;
  }
  const image = await askReference(app, title, l10n.t("Image or artifact in the registry, with its tag"));
  if (image === undefined) {
    return;
  }
  const name = await showInputBox({
    title,
    prompt: l10n.t("Name of the model; what the image says when left empty"),
    validateInput: (text) => (text === "" ? undefined : nameFault("model", text)),
  });
  if (name === undefined) {
    return;
  }
  await askRegistry(
    app,
    (registryCredentials) =>
      longRequest(app, l10n.t("Registering {0}", image), "scoredock/model/registerImage", {
        image,
        name,
        registryCredentials,
        ...here(app),
      }),
    showRegistered,
  );
}
