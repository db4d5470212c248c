/** Compares the inputs of a service, or a dataset, with a baseline; a page shows what came out. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation, commandButton } from "../../editor/notifications";
import { openOrOffer, withPresence } from "../../editor/presence";
import type { DriftChoices, DriftExportForm } from "../../protocol";
import { ago } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import { pickAsset } from "../../commands/assets/assets";
import { openFileDialog, openFolder } from "../../commands/interaction/fileDialog";
import { requireTrustFor, type ThingCommand } from "../../commands/interaction/onThing";
import { longRequest } from "../../commands/interaction/progress";
import { here, serviceOf, subjectOf, workspaceId } from "../../commands/interaction/target";
import { showInputBox, showQuickPick, showSaveDialog } from "../../window";

const { l10n } = vscode;

type Choices = Pick<DriftChoices, "target"> & Partial<DriftChoices>;

const TABLES = ["csv", "parquet", "jsonl", "json", "txt"];
const WEEK = "7d";

/** The pages of what was compared before. */
async function lastResults(app: App, target: string) {
  const { monitors } = await app.session.request("scoredock/drift/list", here(app));
  const now = Date.now() / 1000;
  return monitors
    .filter((one) => one.target === target && one.verdict !== null)
    .map((one) => ({
      label: l10n.t("Show Result of {0}", one.name),
      description: joinWords([one.verdict === "drift" ? l10n.t("Drift") : l10n.t("No drift"), ago(one.lastRun, now)]),
      choose: (): undefined => {
        showPage(app, one.name);
      },
    }));
}

/** What collected inputs or a dataset can be compared with; undefined when the person left. */
async function askBaseline(app: App, target: string, title: string): Promise<Choices | undefined> {
  const isService = target.startsWith("service:");
  const own = isService
    ? {
        label: l10n.t("Training or Sample Dataset"),
        description: l10n.t("that the models of the service name"),
        choose: () => ({ target }),
      }
    : {
        label: l10n.t("Version Before"),
        description: l10n.t("of the same dataset"),
        choose: () => ({ target }),
      };
  const earlier = {
    label: l10n.t("Inputs Before the Last 7 Days"),
    description: l10n.t("of the same service, with those of the last 7 days"),
    choose: () => ({ target, baseline: target, baselineUntil: WEEK, since: WEEK }),
  };
  const dataset = {
    label: l10n.t("Dataset…"),
    description: l10n.t("registered in this workspace"),
    choose: async () => {
      const picked = await pickAsset(app, title, "dataset");
      return picked === undefined ? undefined : { target, baseline: `dataset:${picked.id}` };
    },
  };
  const file = {
    label: l10n.t("File…"),
    description: l10n.t("a table in CSV or Parquet, or request bodies in JSON"),
    choose: async () => {
      const path = await openFileDialog(l10n.t("Baseline"), { [l10n.t("Data")]: TABLES });
      return path === undefined ? undefined : { target, baseline: path };
    },
  };
  const items = [...(await lastResults(app, target)), own, dataset, file, ...(isService ? [earlier] : [])];
  const picked = await showQuickPick(items, { title, placeHolder: l10n.t("Compare with") });
  return picked?.choose();
}

/** From which time on collected inputs are compared. */
async function askTime(chosen: Choices, title: string): Promise<Choices | undefined> {
  if (!chosen.target.startsWith("service:") || chosen.since !== undefined) {
    return chosen;
  }
  const items = [
    { label: l10n.t("All Collected Inputs"), since: "" },
    { label: l10n.t("Last 24 Hours"), since: "1d" },
    { label: l10n.t("Last 7 Days"), since: WEEK },
    { label: l10n.t("Last 30 Days"), since: "30d" },
  ];
  const picked = await showQuickPick(items, { title, placeHolder: l10n.t("Which inputs are compared") });
  return picked === undefined ? undefined : { ...chosen, since: picked.since };
}

function showPage(app: App, name: string): void {
  app.pages.open({ kind: "drift", name, workspaceId: workspaceId(app), at: Date.now() / 1000 });
}

async function compare(app: App, choices: Choices, name: string, title: string): Promise<void> {
  const params = { choices, name, ...here(app) };
  const { result, isElsewhere } = await withPresence(() => longRequest(app, title, "scoredock/drift/compare", params));
  openOrOffer(isElsewhere, l10n.t("{0} is compared.", result.name), () => showPage(app, result.name));
}

/** The same again, as a page asks for it by the name of the comparison. */
async function compareAgain(app: App, name: string): Promise<void> {
  const { choices } = await app.session.request("scoredock/drift/show", { name, ...here(app) });
  if (choices !== null) {
    await compare(app, choices, name, l10n.t("Comparing {0}", name));
  }
}

/** What is compared: the dataset of a row, or a service. */
async function targetOf(app: App, argument: unknown, title: string): Promise<string | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "asset") {
    return `dataset:${subject.asset.id}`;
  }
  if (subject?.kind === "assetName") {
    const [newest] = subject.assets;
    return newest === undefined ? undefined : `dataset:${newest.id}`;
  }
  const service = await serviceOf(app, argument, title);
  return service === undefined ? undefined : `service:${service.name}`;
}

export const compareInputs: ThingCommand = async (app, argument) => {
  if (typeof argument === "string") {
    await compareAgain(app, argument);
    return;
  }
  const title = l10n.t("Compare Inputs");
  const target = await targetOf(app, argument, title);
  const chosen = target === undefined ? undefined : await askBaseline(app, target, title);
  const timed = chosen === undefined ? undefined : await askTime(chosen, title);
  if (timed !== undefined) {
    await compare(app, timed, "", l10n.t("Comparing {0}", timed.target.replace(/^\w+:/, "")));
  }
};

/** How often: one of those that people choose, or another one. */
async function askPeriod(title: string): Promise<string | undefined> {
  const items = [
    { label: l10n.t("Every Day"), every: "1d" },
    { label: l10n.t("Every Week"), every: "1w" },
    { label: l10n.t("Every 6 Hours"), every: "6h" },
    { label: l10n.t("Another Period…"), every: "" },
  ];
  const picked = await showQuickPick(items, { title, placeHolder: l10n.t("How often it is compared") });
  if (picked?.every !== "") {
    return picked?.every;
  }
  return showInputBox({
    title,
    prompt: l10n.t("A number of minutes, hours, days or weeks: 15m, 6h, 1d, 2w"),
  });
}

/** Compares again and again what a page shows. */
export const scheduleDrift: ThingCommand = requireTrustFor(async (app, name) => {
  if (typeof name !== "string") {
    return;
  }
  const { choices } = await app.session.request("scoredock/drift/show", { name, ...here(app) });
  const every = choices === null ? undefined : await askPeriod(l10n.t("Schedule {0}", name));
  if (choices === null || every === undefined) {
    return;
  }
  const params = { name, choices, every: every.trim(), keepRetrain: true, ...here(app) };
  const { installed } = await app.session.request("scoredock/drift/schedule", params);
  showPage(app, name);
  if (installed !== "") {
    showInformation(installed);
    return;
  }
  const line = "scoredock drift run --due";
  const text = l10n.t("Nothing of this machine compares {0} when it is due. A job of CI may run “{1}”.", name, line);
  showInformation(text, [
    commandButton(l10n.t("Run Without the Editor…"), "scoredock.installRules"),
    { title: l10n.t("Copy Command"), act: () => vscode.env.clipboard.writeText(line) },
  ]);
});

const FORMS: readonly (readonly [form: DriftExportForm, ending: string])[] = [
  ["html", "html"],
  ["json", "json"],
  ["yaml", "yml"],
];

/** `hasSchedule`: only then there is a monitor to be written. */
export const exportDrift: ThingCommand = async (app, name, hasSchedule) => {
  if (typeof name !== "string") {
    return;
  }
  const folder = openFolder();
  const labels: Readonly<Record<DriftExportForm, string>> = {
    html: l10n.t("Report (HTML)"),
    json: l10n.t("Record (JSON)"),
    yaml: l10n.t("Monitor of Azure ML v2 (YAML)"),
  };
  const items = FORMS.filter(([form]) => form !== "yaml" || hasSchedule === true).map(([form, ending]) => ({
    label: labels[form],
    form,
    ending,
  }));
  const picked = await showQuickPick(items, { title: l10n.t("Export {0}", name) });
  if (picked === undefined) {
    return;
  }
  const target = await showSaveDialog({
    title: l10n.t("Export {0}", name),
    filters: { [picked.label]: [picked.ending] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, `${name}-drift.${picked.ending}`) }),
  });
  if (target !== undefined) {
    const params = { name, path: target.fsPath, form: picked.form, ...here(app) };
    const { path } = await app.session.request("scoredock/drift/export", params);
    const open =
      picked.form === "html"
        ? { title: l10n.t("Open in Browser"), act: () => vscode.env.openExternal(vscode.Uri.file(path)) }
        : commandButton(l10n.t("Open"), "vscode.open", vscode.Uri.file(path));
    showInformation(l10n.t("Exported {0}.", vscode.workspace.asRelativePath(target)), [open]);
  }
};

/** Runs the person's command, after a yes. */
export const retrain: ThingCommand = requireTrustFor(async (app, name) => {
  if (typeof name !== "string") {
    return;
  }
  const { monitor } = await app.session.request("scoredock/drift/show", { name, ...here(app) });
  const detail = l10n.t("This runs on this machine: {0}", monitor.retrain.join(" "));
  if (await confirm(l10n.t("Run the command for retraining of {0}?", name), detail, l10n.t("Run"))) {
    const title = l10n.t("Retraining {0}", name);
    const done = await longRequest(app, title, "scoredock/drift/retrain", { name, ...here(app) });
    showPage(app, name);
    showInformation(l10n.t("The command for retraining of {0} has ended.", name), [
      commandButton(l10n.t("Open Log"), "vscode.open", vscode.Uri.file(done.log)),
    ]);
  }
});

/** A schedule of a workspace that was restored from a backup waits for this. */
export const resumeDrift: ThingCommand = requireTrustFor(async (app, name) => {
  if (typeof name === "string") {
    await app.session.request("scoredock/drift/resume", { name, ...here(app) });
    showPage(app, name);
  }
});
