/** What goes on with no editor open: rules, schedules, events; set up on this machine, and taken away again. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation } from "../../editor/notifications";
import type { UnattendedForm } from "../../protocol";
import { requireTrustFor, type ThingCommand } from "../interaction/onThing";
import { longRequest, requestInView } from "../interaction/progress";
import { here } from "../interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;
type InstallChoice = Pick<UnattendedForm, "form" | "title"> & { readonly every: string };

async function askForm(title: string, forms: readonly UnattendedForm[]): Promise<UnattendedForm | undefined> {
  if (forms.length === 1) {
    return forms[0];
  }
  const items = forms.map((one) => ({ label: one.title, description: one.description, one }));
  const placeHolder = l10n.t("What of this machine attends to the workspace");
  return (await showQuickPick(items, { title, placeHolder }))?.one;
}

async function ask(title: string, forms: readonly UnattendedForm[]): Promise<InstallChoice | undefined> {
  const one = await askForm(title, forms);
  if (one === undefined || one.periods.length === 0) {
    return one && { form: one.form, title: one.title, every: "5m" };
  }
  const placeHolder = l10n.t("How often {0} looks whether there is something to do", one.title);
  const items = one.periods.map((every) => ({ label: l10n.t("Every {0}", every), every }));
  const picked = await showQuickPick(items, { title, placeHolder });
  return picked && { form: one.form, title: one.title, every: picked.every };
}

/** After a look at what would be written. */
export const installRules: ThingCommand = requireTrustFor(async (app: App) => {
  const title = l10n.t("Run Without the Editor");
  const method = "scoredock/workspace/install";
  const { forms } = await requestInView(app, "services", method, { preview: true, ...here(app) });
  const chosen = await ask(title, forms);
  if (chosen === undefined) {
    return;
  }
  const { form, every } = chosen;
  const params = { form, every, ...here(app) };
  const { text } = await requestInView(app, "services", method, { ...params, preview: true });
  const question = l10n.t(
    "Have {0} carry out the rules, schedules and events of this workspace with no editor open?",
    chosen.title,
  );
  if (!(await confirm(question, l10n.t("This is written for it:\n\n{0}", text).split("\n"), l10n.t("Set Up")))) {
    return;
  }
  const done = await longRequest(app, l10n.t("Setting up {0}", chosen.title), method, params);
  await app.live.refresh(); // nothing in the workspace has changed, and rows offer something else now
  const left = done.steps.join("\n");
  const copy = { title: l10n.t("Copy Command"), act: () => vscode.env.clipboard.writeText(left) };
  const away = l10n.t("“Stop Running Without the Editor…” in the menu of a rule or of “Events” takes it away.");
  showInformation(`${done.message} ${away}`, left === "" ? [] : [copy]);
});

/** Rules, schedules and subscriptions stay; what has been deployed goes on. */
export const uninstallRules: ThingCommand = async (app: App) => {
  const detail = l10n.t(
    "Rules, schedules and subscriptions stay, and the services go on. They are then carried out when you run them.",
  );
  const question = l10n.t("No longer carry out the rules, schedules and events of this workspace with no editor open?");
  if (await confirm(question, detail, l10n.t("Remove"))) {
    const params = { remove: true, ...here(app) };
    const done = await longRequest(app, l10n.t("Removing"), "scoredock/workspace/install", params);
    await app.live.refresh();
    showInformation(done.message);
  }
};
