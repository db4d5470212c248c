/** The pages of the kept revisions of a service, and of what differs between two of them. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { RevisionComparison, RevisionDifference, ServiceRevision, ServiceRevisions } from "../protocol";
import { engineKind } from "../text/engines";
import { baseName } from "../text/format";
import {
  type Block,
  block,
  type Cell,
  type Column,
  column,
  content,
  fileLink,
  type PageAction,
  type PageContent,
  pageLinks,
  type PageRef,
  paragraph,
  section,
  table,
  text,
  time,
  pageAction,
} from "./content";

const COMMIT_DIGITS = 8;

function rollBack(label: string, name: string, revision: number, rank: PageAction["rank"]): PageAction {
  return { label, rank, act: { kind: "command", command: "scoredock.rollBackService", arguments: [name, revision] } };
}

function stateCell({ state }: ServiceRevision): Cell {
  switch (state) {
    case "current":
      return [{ kind: "state", text: l10n.t("current"), tone: "good" }];
    case "failed":
      return [{ kind: "state", text: l10n.t("failed to start"), tone: "bad" }];
    case "kept":
      return text(l10n.t("kept"));
  }
}

/** Which change made it. */
function changeCell({ verb, rolledBackTo }: ServiceRevision): Cell {
  return text(rolledBackTo === 0 ? verb : l10n.t("rollback to {0}", rolledBackTo));
}

function commitCell({ commit, branch, dirty }: ServiceRevision): Cell {
  if (commit === "") {
    return text("–");
  }
  const short = commit.slice(0, COMMIT_DIGITS);
  return [
    { kind: "copy", text: short, whole: commit, label: l10n.t("Copy {0}", short) },
    ...text(branch),
    ...text(dirty === true ? l10n.t("with changes") : ""),
  ];
}

function buttons(found: ServiceRevisions, one: ServiceRevision, workspaceId: string): Cell {
  const current = found.revisions.find(({ state }) => state === "current")?.revision ?? 0;
  if (one.state === "current" || current === 0) {
    return [];
  }
  const [before, after] = one.revision < current ? [one.revision, current] : [current, one.revision];
  const page: PageRef = { kind: "revisionComparison", name: found.name, before, after, workspaceId };
  const isKept = found.revisions.some(({ state, created }) => state === "current" && created !== 0);
  return [
    { kind: "action", action: rollBack(l10n.t("Roll Back"), found.name, one.revision, "other") },
    ...(isKept ? [{ kind: "action" as const, action: pageAction(l10n.t("Compare"), page) }] : []),
  ];
}

interface RevisionColumn {
  readonly column: Column;
  readonly cell: (one: ServiceRevision, now: number) => Cell;
}

/** Whether something in which most revisions are alike is worth a column. */
function differs(revisions: readonly ServiceRevision[], of: (one: ServiceRevision) => string): boolean {
  return new Set(revisions.map(of)).size > 1;
}

/** What says nothing of these revisions is left out: half a window has room for six columns. */
function columnsOf(found: ServiceRevisions, workspaceId: string): readonly RevisionColumn[] {
  const { revisions } = found;
  const account: RevisionColumn = {
    column: column(l10n.t("Account")),
    cell: ({ by }) => text(by === "" ? "–" : by),
  };
  const engine: RevisionColumn = {
    column: column(l10n.t("Engine")),
    cell: (one) => text(engineKind(one.engine).title),
  };
  const script: RevisionColumn = {
    column: column(l10n.t("Entry script"), "long"),
    cell: ({ entryScript }) => fileLink(entryScript, entryScript === "" ? "" : baseName(entryScript)),
  };
  return [
    { column: column(l10n.t("Revision"), "figure"), cell: ({ revision }) => text(String(revision)) },
    { column: column(l10n.t("State")), cell: stateCell },
    { column: column(l10n.t("Created"), "spare"), cell: ({ created }, now) => time(created, now) },
    { column: column(l10n.t("Made by"), "spare"), cell: changeCell },
    ...(differs(revisions, ({ by }) => by) ? [account] : []),
    ...(revisions.some(({ commit }) => commit !== "")
      ? [{ column: column(l10n.t("Commit"), "spare"), cell: commitCell }]
      : []),
    {
      column: column(l10n.t("Models"), "long"),
      cell: ({ models }) => pageLinks(models, (id) => ({ kind: "model", id, workspaceId })),
    },
    ...(differs(revisions, ({ entryScript }) => entryScript) ? [script] : []),
    ...(differs(revisions, ({ engine }) => engine) ? [engine] : []),
    { column: column(l10n.t("Actions")), cell: (one) => buttons(found, one, workspaceId) },
  ];
}

/** `now` in seconds. */
export function revisionsContent(found: ServiceRevisions, workspaceId: string, now: number): PageContent {
  const { name, previous, revisions } = found;
  const columns = columnsOf(found, workspaceId);
  return content({
    title: l10n.t("Revisions of {0}", name),
    kind: l10n.t("Revisions"),
    lead: l10n.t(
      "Roll Back deploys the kept files of a revision as a new one. The current revision responds until it is healthy.",
    ),
    actions: [
      ...(previous === 0 ? [] : [rollBack(l10n.t("Roll Back to {0}", previous), name, previous, "first")]),
      pageAction(l10n.t("Show Details"), { kind: "service", name, workspaceId }),
    ],
    sections: section(
      l10n.t("Kept Revisions"),
      table(
        columns.map((each) => each.column),
        revisions.map((one) => columns.map(({ cell }) => cell(one, now))),
      ),
    ),
  });
}

function value(words: string): Cell {
  return text(words === "" ? "–" : words);
}

function kindText(kind: RevisionDifference["kind"]): string {
  switch (kind) {
    case "file":
      return l10n.t("Files");
    case "package":
      return l10n.t("Packages");
    case "model":
      return l10n.t("Models");
    case "setting":
      return l10n.t("Settings");
  }
}

const KINDS: readonly RevisionDifference["kind"][] = ["file", "package", "model", "setting"];

function ofOneKind(found: RevisionComparison, kind: RevisionDifference["kind"]): readonly Block[] {
  const all = found.differences.filter((one) => one.kind === kind);
  const titles = [l10n.t("Name"), l10n.t("Revision {0}", found.before), l10n.t("Revision {0}", found.after)];
  return [
    ...table(
      titles.map((title) => column(title, "long")),
      all.map(({ name, before, after }) => [text(name), value(before), value(after)]),
    ),
    ...all.flatMap(({ name, diff }) => block(diff, l10n.t("Differences of {0}", name))),
  ];
}

export function revisionComparisonContent(found: RevisionComparison, workspaceId: string): PageContent {
  const { name, before, after, differences } = found;
  const same = l10n.t("There are no differences: files, packages, models and settings are the same.");
  return content({
    title: l10n.t("Revisions {0} and {1} of {2}", before, after, name),
    kind: l10n.t("Comparison"),
    actions: [pageAction(l10n.t("Show Revisions"), { kind: "revisions", name, workspaceId })],
    sections: [
      ...section(l10n.t("Overview"), paragraph(differences.length === 0 ? same : "")),
      ...KINDS.flatMap((kind) => section(kindText(kind), ofOneKind(found, kind))),
    ],
  });
}
