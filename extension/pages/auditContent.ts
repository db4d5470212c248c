/** The page of an audit log: the newest changes of a workspace, and whether the log is whole. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { AuditEntry, AuditVerified } from "../protocol";
import {
  type Block,
  type Cell,
  column,
  compactTable,
  content,
  copyable,
  digest,
  fields,
  folderLink,
  notice,
  type PageContent,
  pageAction,
  pageLink,
  section,
  text,
  time,
} from "./content";

/** What a page of an audit log is about. */
export interface AuditPlace {
  readonly workspaceId: string;
  /** In the subjects that are shown; empty for all. */
  readonly about: string;
}

/** What the check of the log came to: nothing while it runs. */
export type AuditCheck = AuditVerified | "checking";

function subjectCell({ subject }: AuditEntry, { workspaceId, about }: AuditPlace): Cell {
  return subject === about || subject === ""
    ? text(subject)
    : pageLink(subject, { kind: "audit", workspaceId, about: subject }, l10n.t("Show only changes of {0}", subject));
}

function whoWords({ by, door }: AuditEntry): string {
  return door === "" ? by : l10n.t("{0}, {1}", by, door);
}

function changes(records: readonly AuditEntry[], place: AuditPlace, now: number): readonly Block[] {
  return compactTable(
    [
      column(l10n.t("Number"), "figure"),
      column(l10n.t("Time")),
      column(l10n.t("Change")),
      column(l10n.t("Subject"), "long"),
      column(l10n.t("Detail"), "extra"),
      column(l10n.t("Who")),
      column(l10n.t("Commit"), "extra"),
    ],
    records.map((one) => [
      text(String(one.seq)),
      time(one.time, now),
      text(one.what),
      subjectCell(one, place),
      text(one.detail),
      text(whoWords(one)),
      [...digest(one.commit), ...text(one.branch)],
    ]),
  );
}

function states(check: AuditCheck): PageContent["states"] {
  if (check === "checking") {
    return [{ text: l10n.t("Being checked"), tone: "busy" }];
  }
  return check.breaks.length === 0
    ? [{ text: l10n.t("Whole"), tone: "good" }]
    : [{ text: l10n.t("Broken"), tone: "bad" }];
}

function breaks({ breaks: all, folder }: AuditVerified): readonly Block[] {
  return compactTable(
    [column(l10n.t("File"), "long"), column(l10n.t("Line"), "figure"), column(l10n.t("Problem"), "long")],
    all.map(({ segment, line, reason }) => [
      segment === "" || segment === "store" ? [] : folderLink(folder, segment),
      text(line === 0 ? "" : String(line)),
      text(reason),
    ]),
  );
}

function overview(check: AuditCheck): readonly Block[] {
  return check === "checking" || check.records === 0
    ? []
    : fields([
        [l10n.t("Records"), text(String(check.records))],
        [l10n.t("Newest record"), text(String(check.last))],
        [l10n.t("Its digest"), copyable(check.digest)],
        [l10n.t("Folder"), folderLink(check.folder)],
      ]);
}

function lead(records: readonly AuditEntry[], about: string): string {
  if (records.length > 0) {
    return about === "" ? "" : l10n.t("Only changes whose subject has “{0}” in it.", about);
  }
  return about === ""
    ? l10n.t("Nothing has been changed yet. Each registration, deployment and deletion is noted here.")
    : l10n.t("No change has “{0}” in its subject.", about);
}

/** The page. `now` in seconds. */
export function auditContent(
  records: readonly AuditEntry[],
  check: AuditCheck,
  place: AuditPlace,
  now: number,
): PageContent {
  const { workspaceId, about } = place;
  const broken = check !== "checking" && check.breaks.length > 0;
  return content({
    title: l10n.t("Audit log"),
    kind: l10n.t("Who did what, when"),
    states: states(check),
    lead: lead(records, about),
    actions: [
      {
        label: l10n.t("Filter…"),
        rank: "other",
        act: { kind: "command", command: "scoredock.filterAuditLog", arguments: [workspaceId, about] },
      },
      ...(about === "" ? [] : [pageAction(l10n.t("Show All Changes"), { kind: "audit", workspaceId, about: "" })]),
      { label: l10n.t("Check Again"), rank: "other", act: { kind: "readAgain" } },
    ],
    notices: broken
      ? [notice("bad", l10n.t("Lines of the log were edited, removed or cut off. This page says so from now on."))]
      : [],
    sections: [
      ...section(l10n.t("Problems"), broken ? breaks(check) : []),
      ...section(l10n.t("Changes"), changes(records, place, now)),
      ...section(l10n.t("Log"), overview(check)),
    ],
  });
}
