/** Rows of deployment rules, below a heading of the Services view. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { RuleSummary } from "../../protocol";
import type { Page } from "../../state/pages";
import { ago, dateTime } from "../../text/format";
import { applying, joinWords } from "../../text/joinWords";
import { type Entry, entriesOf } from "../../views/listId";
import { card, type Icon, type Node } from "../../views/node";

const ICONS: Readonly<Record<RuleSummary["look"], Icon>> = {
  idle: { id: "pass", color: "testing.iconPassed" },
  waiting: { id: "watch", color: "charts.blue" },
  working: { id: "sync~spin", color: "charts.blue" },
  trouble: { id: "warning", color: "problemsWarningIcon.foreground" },
  paused: { id: "debug-pause" },
};

/** Of the last version that was refused or withdrawn; what went well, or is going on, has another icon. */
const REFUSED: Icon = { id: "circle-slash", color: "problemsWarningIcon.foreground" };

/** What can be done with a rule, as flags for the menus. */
export function ruleFlags({ paused, code, error, installed }: RuleSummary): string {
  return applying({
    deploymentRule: true,
    active: !paused && error === "",
    paused,
    settled: !paused && code === "rule-version-settled",
    attended: installed === "",
    installed: installed !== "",
  });
}

export function ruleIcon(rule: RuleSummary): Icon {
  return rule.look === "idle" && rule.code === "rule-version-settled" ? REFUSED : ICONS[rule.look];
}

function ruleNode(rule: RuleSummary, now: number): Node {
  const { name, source, service, status, note, error, last, lastTime } = rule;
  const way = error === "" ? `${source} → ${service}` : "";
  const description = joinWords([status, way]);
  return {
    id: `rule/${name}`,
    label: name,
    description,
    icon: ruleIcon(rule),
    flags: ruleFlags(rule),
    spoken: l10n.t("Rule {0}, {1}", name, joinWords([way, status], ", ")),
    tooltip: card(name, [
      [l10n.t("Model"), source],
      [l10n.t("Service"), service],
      [l10n.t("Served version"), rule.versions.join(", ")],
      [l10n.t("Status"), status],
      [l10n.t("Remark"), error === "" ? note : error],
      [l10n.t("Without the editor"), rule.installed],
      [l10n.t("Last step"), last === "" ? "" : joinWords([last, ago(lastTime, now), dateTime(lastTime)])],
    ]),
    subject: { kind: "rule", rule },
    click: { kind: "run", command: "scoredock.showRule", title: l10n.t("Show Details") },
  };
}

function ruleNodes(page: Page<Entry>, now: number): readonly Node[] {
  return entriesOf(page.rows, "rule").map(({ rule }) => ruleNode(rule, now));
}

/** The rules of a workspace, by name, behind a heading, which is there only where there is a rule. `now` in seconds. */
export function rulesHeading(page: Page<Entry>, now: number): readonly Node[] {
  const nodes = ruleNodes(page, now);
  if (nodes.length === 0) {
    return [];
  }
  const label = l10n.t("Rules");
  return [
    {
      id: "rules",
      label,
      description: String(nodes.length),
      icon: { id: "sync" },
      flags: "rules",
      spoken: nodes.length === 1 ? l10n.t("Rules, 1 row") : l10n.t("Rules, {0} rows", nodes.length),
      tooltip: card(label, [
        [l10n.t("What they do"), l10n.t("New versions of a model go into a service by themselves.")],
      ]),
      subject: { kind: "rules" },
      children: () => nodes,
      open: true,
    },
  ];
}
