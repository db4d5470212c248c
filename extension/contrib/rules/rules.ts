/** Deployment rules: shown, carried out, paused, deleted. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, showInformation, showWarning, commandButton } from "../../editor/notifications";
import type { RuleRun, RuleSummary } from "../../protocol";
import { ruleFlags } from "./ruleNodes";
import { onThing, requireTrustFor, type ThingAction, type ThingCommand } from "../../commands/interaction/onThing";
import { longRequest, requestInView } from "../../commands/interaction/progress";
import { here, subjectOf } from "../../commands/interaction/target";
import { showInformationMessage, showQuickPick } from "../../window";

const { l10n } = vscode;

async function ruleOf(app: App, argument: unknown, title: string, flag: string): Promise<RuleSummary | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "rule") {
    return subject.rule;
  }
  const { rules } = await app.session.request("scoredock/rule/list", here(app));
  if (typeof argument === "string" && argument !== "") {
    return rules.find((one) => one.name === argument);
  }
  const suiting = rules.filter((one) => ruleFlags(one).split(" ").includes(flag));
  if (suiting.length === 0) {
    showInformation(l10n.t("No rule of this workspace can be used for this."), [
      commandButton(l10n.t("Create a Rule…"), "scoredock.createRule"),
    ]);
    return undefined;
  }
  const items = suiting.map((rule) => ({ label: rule.name, description: `${rule.source} → ${rule.service}`, rule }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Rule") }))?.rule;
}

/** A command about a rule whose row has this flag. */
function onRule(title: string, flag: string, act: ThingAction<RuleSummary>): ThingCommand {
  return onThing((app, argument) => ruleOf(app, argument, title, flag), act);
}

function refOf({ name, workspaceId }: RuleSummary): { readonly name: string; readonly workspaceId: string } {
  return { name, workspaceId };
}

/** Its page. */
export function openRule(app: App, rule: RuleSummary, passing = false): void {
  app.pages.open({ kind: "rule", ...refOf(rule) }, passing);
}

export const showRule = onRule(l10n.t("Show Details"), "deploymentRule", (app, rule, argument) => {
  openRule(app, rule, subjectOf(argument) !== undefined);
});

/** What a round came to. */
function showRound(app: App, rule: RuleSummary, run: RuleRun): void {
  const show = { title: l10n.t("Show Details"), act: () => openRule(app, rule) };
  if (run.error !== "") {
    showWarning(l10n.t("{0}: {1}", rule.name, run.error), [show]);
    return;
  }
  const last = run.events.at(-1);
  if (last === undefined) {
    const note = run.rule?.note ?? "";
    showInformation(note === "" ? l10n.t("{0}: nothing to do.", rule.name) : l10n.t("{0}: {1}", rule.name, note), [
      show,
    ]);
    return;
  }
  const text = l10n.t("{0}: version {1} {2}. {3}", rule.name, last.version, last.title, last.reason).trim();
  const bad = ["refused", "withdrawn", "stopped"].includes(last.what);
  (bad ? showWarning : showInformation)(text, [show]);
}

async function carryOut(app: App, rule: RuleSummary, again: boolean): Promise<void> {
  const params = { names: [rule.name], again, workspaceId: rule.workspaceId };
  const { runs } = await longRequest(app, l10n.t("Carrying out {0}", rule.name), "scoredock/rule/run", params);
  const [run] = runs;
  if (run !== undefined) {
    showRound(app, rule, run);
  }
}

export const runRule = requireTrustFor(onRule(l10n.t("Run Now"), "active", (app, rule) => carryOut(app, rule, false)));

export const tryRuleAgain = requireTrustFor(
  onRule(l10n.t("Try Version Again"), "settled", (app, rule) => carryOut(app, rule, true)),
);

export const dryRunRule = onRule(l10n.t("Dry Run"), "deploymentRule", async (app, rule) => {
  const params = { names: [rule.name], dryRun: true, workspaceId: rule.workspaceId };
  const { runs } = await requestInView(app, "services", "scoredock/rule/run", params);
  const [run] = runs;
  if (run === undefined) {
    return;
  }
  if (run.error !== "") {
    showWarning(l10n.t("{0}: {1}", rule.name, run.error));
    return;
  }
  await showInformationMessage(l10n.t("Dry run of {0}", rule.name), { modal: true, detail: run.plan });
});

export const pauseRule = onRule(l10n.t("Pause"), "active", (app, rule) =>
  requestInView(app, "services", "scoredock/rule/pause", refOf(rule)),
);

export const resumeRule = requireTrustFor(
  onRule(l10n.t("Resume"), "paused", (app, rule) =>
    requestInView(app, "services", "scoredock/rule/resume", refOf(rule)),
  ),
);

export const deleteRule = onRule(l10n.t("Delete Rule"), "deploymentRule", async (app, rule) => {
  const detail = l10n.t(
    "Its history goes with it. A candidate that is under way is withdrawn; the service stays as it is.",
  );
  if (await confirm(l10n.t("Delete the rule {0}?", rule.name), detail, l10n.t("Delete"))) {
    await longRequest(app, l10n.t("Deleting {0}", rule.name), "scoredock/rule/delete", refOf(rule));
  }
});
