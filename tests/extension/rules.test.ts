import assert from "node:assert/strict";
import { test } from "node:test";

import { ruleContent } from "../../extension/contrib/rules/ruleContent";
import type { RuleDetails, RuleSummary } from "../../extension/protocol";
import { LISTS } from "../../extension/contrib/rules/lists";
import { ruleFlags, rulesHeading } from "../../extension/contrib/rules/ruleNodes";

const NOW = 1_800_000_000;

function rule(more: Partial<RuleSummary> = {}): RuleSummary {
  return {
    name: "newest",
    workspaceId: "local",
    source: "factor",
    service: "prices",
    endpoint: "",
    paused: false,
    look: "idle",
    status: "version 2 promoted",
    note: "",
    code: "",
    versions: [2],
    candidate: null,
    last: "version 2 promoted",
    lastTime: NOW - 60,
    error: "",
    installed: "",
    ...more,
  };
}

function details(of: RuleSummary, more: Partial<RuleDetails> = {}): RuleDetails {
  return {
    rule: of,
    conditions: [],
    canary: "",
    setsAlias: "",
    results: [],
    outcomes: [],
    history: [],
    created: NOW - 100,
    by: "me",
    watched: true,
    ...more,
  };
}

function headingOf(rules: readonly RuleSummary[]) {
  const page = { rows: rules.map((one) => ({ kind: "rule", rule: one }) as const), left: 0, next: "", problem: "" };
  return rulesHeading(page, NOW);
}

function nodesOf(rules: readonly RuleSummary[]) {
  return headingOf(rules)[0]?.children?.() ?? [];
}

test("rules stand behind a heading, which is there only where there is one", () => {
  assert.deepEqual(headingOf([]), []);
  const [heading] = headingOf([rule()]);
  assert.equal(heading?.label, "Rules");
  assert.equal(heading.children?.().length, 1);
});

test("a rule that goes on concerns the rules of its workspace, which stand below the services", () => {
  const { rules } = LISTS.kinds;
  const list = { kind: "rules", workspaceId: "local" } as const;
  const nothing = { models: false, assets: false, runs: false, jobs: false, rules: false, events: false, audit: false };
  assert.ok(rules.follows({ ...nothing, rules: true }, list));
  assert.ok(!rules.follows({ ...nothing, models: true, jobs: true }, list));
  assert.equal(rules.below, "services");
});

test("a row says what the rule does now, and then from where to where", () => {
  const [node] = nodesOf([rule({ look: "waiting", status: "version 3: canary 10%" })]);
  assert.ok(node !== undefined);
  assert.equal(node.description, "version 3: canary 10% · factor → prices");
  assert.equal(node.icon.id, "watch");
  const [damaged] = nodesOf([rule({ look: "trouble", error: "rule.json cannot be read.", status: "cannot be read" })]);
  assert.equal(damaged?.description, "cannot be read");
});

test("what can be done with a rule follows from what it does", () => {
  assert.equal(ruleFlags(rule()), "deploymentRule active attended");
  assert.equal(ruleFlags(rule({ paused: true, look: "paused" })), "deploymentRule paused attended");
  assert.equal(ruleFlags(rule({ code: "rule-version-settled" })), "deploymentRule active settled attended");
  assert.equal(ruleFlags(rule({ error: "It is damaged." })), "deploymentRule attended");
  assert.equal(ruleFlags(rule({ installed: "By cron." })), "deploymentRule active installed");
});

test("the page has the history, results that did not hold, and says when nothing carries the rule out", () => {
  const refused = details(rule({ status: "version 3 refused", code: "rule-version-settled", note: "Not again." }), {
    results: [{ kind: "tests", passed: false, text: "1 of 1 tests failed.", seconds: 1 }],
    history: [
      { time: NOW, version: 3, what: "refused", title: "refused", reason: "why", code: "", revision: 0 },
      { time: NOW - 1, version: 0, what: "paused", title: "paused", reason: "me", code: "", revision: 0 },
    ],
    watched: false,
  });
  const page = ruleContent(refused, NOW);
  assert.deepEqual(page.states, [{ text: "version 3 refused", tone: "warning" }]);
  assert.equal(page.notices.length, 2);
  assert.match(JSON.stringify(page.notices), /Run Without the Editor/);
  assert.match(JSON.stringify(page.sections), /Not met.*refused/s);
  assert.equal(ruleContent(details(rule()), NOW).notices.length, 0);
  const installed = ruleContent(details(rule({ installed: "By cron." }), { watched: false }), NOW);
  assert.equal(installed.notices.length, 0);
  assert.match(JSON.stringify(installed.sections), /Without the editor.*By cron/s);
});
