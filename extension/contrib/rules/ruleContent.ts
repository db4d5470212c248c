/** The page of a deployment rule: its state, conditions with their results, and history. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { RuleConditionResult, RuleDetails, RuleEventLine, RuleSummary } from "../../protocol";
import { duration } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import { ruleFlags } from "./ruleNodes";
import {
  allowedFlags,
  type Block,
  column,
  content,
  fields,
  list,
  notice,
  type PageAction,
  type PageContent,
  pageLink,
  paragraph,
  registrationText,
  row,
  section,
  table,
  text,
  time,
  type Tone,
} from "../../pages/content";

const TONES: Readonly<Record<RuleSummary["look"], Tone>> = {
  idle: "plain",
  waiting: "busy",
  working: "busy",
  trouble: "warning",
  paused: "plain",
};

const STEP_TONES: Readonly<Record<string, Tone>> = {
  promoted: "good",
  conditions: "good",
  refused: "bad",
  withdrawn: "bad",
  stopped: "warning",
  superseded: "warning",
};

/** The last version that was refused or withdrawn is no trouble of the rule, and yet somebody should look at it. */
function toneOf({ look, code }: RuleSummary): Tone {
  return look === "idle" && code === "rule-version-settled" ? "warning" : TONES[look];
}

function actions({ rule }: RuleDetails): readonly PageAction[] {
  return allowedFlags(ruleFlags(rule), row({ kind: "rule", rule }), [
    ["active", l10n.t("Run Now"), "runRule"],
    ["paused", l10n.t("Resume"), "resumeRule"],
    ["settled", l10n.t("Try Version Again"), "tryRuleAgain"],
    ["deploymentRule", l10n.t("Dry Run"), "dryRunRule"],
    ["active", l10n.t("Pause"), "pauseRule"],
    ["attended", l10n.t("Run Without the Editor…"), "installRules"],
    ["installed", l10n.t("Stop Running Without the Editor…"), "uninstallRules"],
    ["deploymentRule", l10n.t("Delete…"), "deleteRule"],
  ]);
}

function resultTable(results: readonly RuleConditionResult[]): readonly Block[] {
  return table(
    [column(l10n.t("Result")), column(l10n.t("Condition"), "long"), column(l10n.t("Time"), "figure")],
    results.map((one) => [
      [
        one.passed
          ? { kind: "state", text: l10n.t("Met"), tone: "good" }
          : { kind: "state", text: l10n.t("Not met"), tone: "bad" },
      ],
      text(one.text),
      text(duration(one.seconds * 1000)),
    ]),
  );
}

function step(event: RuleEventLine): readonly [{ kind: "state"; text: string; tone: Tone }] {
  return [{ kind: "state", text: event.title, tone: STEP_TONES[event.what] ?? "plain" }];
}

function history(events: readonly RuleEventLine[], now: number): readonly Block[] {
  if (events.length === 0) {
    return paragraph(l10n.t("Nothing has happened yet."));
  }
  return table(
    [
      column(l10n.t("Time")),
      column(l10n.t("Version"), "figure"),
      column(l10n.t("Step")),
      column(l10n.t("Reason"), "long"),
      column(l10n.t("Revision"), "spare"),
    ],
    events.map((event) => [
      time(event.time, now),
      text(event.version === 0 ? "" : String(event.version)),
      step(event),
      text(event.reason),
      text(event.revision === 0 ? "" : String(event.revision)),
    ]),
  );
}

function conditions({ conditions: sentences, results }: RuleDetails): readonly Block[] {
  return [
    ...(sentences.length === 0 ? [] : list(sentences.map((sentence) => text(sentence)))),
    ...resultTable(results),
  ];
}

function overview(details: RuleDetails, now: number): readonly Block[] {
  const { rule, canary, setsAlias, created, by } = details;
  const { candidate, workspaceId } = rule;
  const service = { kind: "service" as const, workspaceId };
  return fields([
    [l10n.t("Model"), text(rule.source)],
    [l10n.t("Service"), pageLink(rule.service, { ...service, name: rule.service })],
    [l10n.t("Served version"), text(rule.versions.join(", "))],
    [l10n.t("Candidate"), candidate === null ? [] : text(joinWords([candidate.step]))],
    [
      l10n.t("Its service"),
      candidate === null || candidate.service === ""
        ? []
        : pageLink(candidate.service, { ...service, name: candidate.service }),
    ],
    [
      l10n.t("Endpoint"),
      rule.endpoint === "" ? [] : pageLink(rule.endpoint, { kind: "endpoint", workspaceId, name: rule.endpoint }),
    ],
    [l10n.t("Canary"), text(canary)],
    [l10n.t("Alias of promoted versions"), text(setsAlias)],
    [l10n.t("Without the editor"), text(rule.installed)],
    [l10n.t("Created"), registrationText({ created, createdBy: by }, now)],
  ]);
}

/** The page; `now` in seconds. */
export function ruleContent(details: RuleDetails, now: number): PageContent {
  const { rule, watched } = details;
  const unwatched = l10n.t(
    "Nothing carries this rule out by itself. Run it now, or have this machine do so with “Run Without the Editor…”.",
  );
  const remark = rule.error === "" ? rule.note : rule.error;
  return content({
    title: rule.name,
    kind: l10n.t("Deployment rule"),
    states: rule.status === "" ? [] : [{ text: rule.status, tone: toneOf(rule) }],
    actions: actions(details),
    notices: [
      ...(remark === "" ? [] : [notice(rule.look === "trouble" ? "warning" : "plain", remark)]),
      ...(watched || rule.paused || rule.installed !== "" ? [] : [notice("plain", unwatched)]),
    ],
    sections: [
      ...section(l10n.t("Overview"), overview(details, now)),
      ...section(l10n.t("Conditions"), conditions(details)),
      ...section(l10n.t("History"), history(details.history, now)),
    ],
  });
}
