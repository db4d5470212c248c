/** What a compute target runs to sign in, and where it sends what, is shown and confirmed before it is used. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, requireTrust, showInformation } from "../../editor/notifications";
import type { ComputeConfirmationParams } from "../../protocol";
import { onThing } from "../interaction/onThing";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { computeOf, refreshCompute } from "./compute";

const { l10n } = vscode;

/** Asks where that is needed. Gives the seal of what may be used, none where the answer is no. */
export async function askForSeal(
  app: App,
  params: Partial<ComputeConfirmationParams>,
  name: string,
  button: string,
): Promise<string | undefined> {
  const question = await app.session.request("scoredock/compute/confirmation", params);
  if (!question.pending) {
    return question.seal;
  }
  const facts = question.facts.map(({ title, value }) => `${title}: ${value}`);
  const differences =
    question.differences.length === 0
      ? []
      : ["", l10n.t("What differs from what was confirmed:"), ...question.differences];
  const text = [
    l10n.t("This is run on your machine, and your sign-in is sent there, whenever it is used:"),
    "",
    ...facts,
    ...differences,
  ];
  return (await confirm(l10n.t("Confirm {0}?", name), text, button)) ? question.seal : undefined;
}

export const confirmCompute = onThing(
  (app, argument) => computeOf(app, argument, l10n.t("Confirm Compute Target")),
  async (app, { name }) => {
    requireTrust();
    const seal = await askForSeal(app, { name, ...here(app) }, name, l10n.t("Confirm"));
    if (seal === undefined) {
      return;
    }
    const title = l10n.t("Asking {0}", name);
    await longRequest(app, title, "scoredock/compute/confirm", { name, seal, ...here(app) });
    await refreshCompute(app);
    showInformation(l10n.t("{0} is confirmed.", name), []);
  },
);
