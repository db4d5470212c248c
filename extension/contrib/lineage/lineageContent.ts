/** Pages of a lineage, and of the audit log: what was made of what, and who changed it when. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { AuditEntry, AuditVerified, LineageDetails, LineageKind, LineageThing } from "../../protocol";
import { baseName } from "../../text/format";
import { joinWords } from "../../text/joinWords";
import {
  type Block,
  type Cell,
  code,
  column,
  command,
  compactTable,
  content,
  contributedPage,
  copyable,
  digest,
  fields,
  fileLink,
  folderLink,
  notice,
  pageAction,
  type PageContent,
  pageLink,
  type PageRef,
  section,
  size,
  STATE_TONES,
  table,
  text,
  time,
  type Tone,
} from "../../pages/content";

function kindName(kind: LineageKind): string {
  switch (kind) {
    case "data":
      return l10n.t("Files");
    case "dataset":
      return l10n.t("Dataset");
    case "run":
      return l10n.t("Run");
    case "model":
      return l10n.t("Model");
    case "environment":
      return l10n.t("Environment");
    case "image":
      return l10n.t("Image");
    case "revision":
      return l10n.t("Revision");
    case "service":
      return l10n.t("Service");
    case "endpoint":
      return l10n.t("Endpoint");
    case "batch":
      return l10n.t("Batch job");
    case "drift":
      return l10n.t("Comparison");
  }
}

function stateWords(state: string): string {
  switch (state) {
    case "deleted":
      return l10n.t("In the trash");
    case "missing":
      return l10n.t("No longer there");
    case "serving":
      return l10n.t("Serving");
    case "drift":
      return l10n.t("Drift");
    case "CompletedWithErrors":
      return l10n.t("Completed with errors");
    default:
      return state;
  }
}

/** The page of its own that a thing has. */
function pageOf({ kind, name, created }: LineageThing, workspaceId: string): PageRef | undefined {
  switch (kind) {
    case "model":
    case "environment":
    case "image":
      return { kind, id: name, workspaceId };
    case "service":
    case "endpoint":
      return { kind, name, workspaceId };
    case "batch":
      return contributedPage("job", { name, workspaceId });
    case "revision":
      return { kind: "revisions", name: name.slice(0, name.lastIndexOf("/")), workspaceId };
    case "drift":
      return contributedPage("drift", { name, workspaceId, at: created ?? 0 });
    case "data":
    case "dataset":
    case "run":
      return undefined;
  }
}

function lineageOf({ id }: LineageThing, workspaceId: string): PageRef {
  return { kind: "lineage", id, workspaceId };
}

/** What has no page of its own leads to its lineage. */
function nameCell(thing: LineageThing, workspaceId: string): Cell {
  const page = pageOf(thing, workspaceId);
  if (thing.state === "missing") {
    return text(thing.name);
  }
  if (thing.kind === "data") {
    return fileLink(thing.name, baseName(thing.name));
  }
  return pageLink(thing.name, page ?? lineageOf(thing, workspaceId));
}

function commitCell(thing: {
  readonly commit: string;
  readonly branch: string;
  readonly dirty?: boolean | null;
}): Cell {
  const changed = thing.dirty === true ? l10n.t("with uncommitted changes") : "";
  return [...digest(thing.commit), ...text(joinWords([thing.branch, changed]))];
}

function things(all: readonly LineageThing[], workspaceId: string, now: number): readonly Block[] {
  return compactTable(
    [
      column(l10n.t("Kind")),
      column(l10n.t("Name"), "long"),
      column(l10n.t("State")),
      column(l10n.t("Created")),
      column(l10n.t("By"), "extra"),
      column(l10n.t("Commit"), "extra"),
    ],
    all.map((one) => [
      text(kindName(one.kind)),
      [
        ...nameCell(one, workspaceId),
        ...(one.state === "missing" || pageOf(one, workspaceId) === undefined
          ? []
          : pageLink(l10n.t("Lineage"), lineageOf(one, workspaceId))),
      ],
      text(stateWords(one.state)),
      time(one.created, now),
      text(one.by),
      commitCell(one),
    ]),
  );
}

function whoWords({ by, door }: AuditEntry): string {
  return door === "" ? by : l10n.t("{0}, {1}", by, door);
}

/** What a change is of, where that is not the thing itself. */
function subjectWords({ subject }: AuditEntry, thing: LineageThing): string {
  return subject.endsWith(`/${thing.name}`) ? "" : subject;
}

function changes(records: readonly AuditEntry[], thing: LineageThing, now: number): readonly Block[] {
  return compactTable(
    [
      column(l10n.t("Time")),
      column(l10n.t("Change")),
      column(l10n.t("Subject"), "extra"),
      column(l10n.t("Detail"), "long"),
      column(l10n.t("Who")),
      column(l10n.t("Commit"), "extra"),
    ],
    records.map((one) => [
      time(one.time, now),
      text(one.what),
      text(subjectWords(one, thing)),
      text(one.detail),
      text(whoWords(one)),
      commitCell(one),
    ]),
  );
}

function overview(thing: LineageThing, workspaceId: string, now: number): readonly Block[] {
  return fields([
    [kindName(thing.kind), pageOf(thing, workspaceId) === undefined ? text(thing.name) : nameCell(thing, workspaceId)],
    [l10n.t("Created"), time(thing.created, now)],
    [l10n.t("By"), text(thing.by)],
    [l10n.t("Commit"), commitCell(thing)],
    [l10n.t("Digest"), digest(thing.facts["digest"] ?? "")],
    [l10n.t("Experiment"), text(thing.facts["experiment"] ?? "")],
    [l10n.t("Entry script"), code(thing.facts["entryScript"] ?? "")],
  ]);
}

function files(thing: LineageThing): readonly Block[] {
  return table(
    [column(l10n.t("File"), "long"), column(l10n.t("Size"), "figure"), column("SHA-256")],
    thing.files.map((one) => [code(one.path), size(one.size), digest(one.sha256)]),
  );
}

function toneOf(state: string): Tone {
  if (state === "deleted") {
    return "bad";
  }
  return Object.entries(STATE_TONES).find(([name]) => name === state)?.[1] ?? "plain";
}

function states({ state }: LineageThing): PageContent["states"] {
  const words = stateWords(state);
  return words === "" ? [] : [{ text: words, tone: toneOf(state) }];
}

/** The page; parts without content are left out. `now` in seconds. */
export function lineageContent(details: LineageDetails, workspaceId: string, now: number): PageContent {
  const { thing } = details;
  if (thing === null) {
    return content({ title: l10n.t("Lineage"), kind: l10n.t("Lineage") });
  }
  const isAlone = details.before.length === 0 && details.after.length === 0;
  return content({
    title: l10n.t("Lineage of {0}", thing.name),
    kind: l10n.t("Lineage"),
    states: states(thing),
    lead: isAlone ? l10n.t("No source is recorded, and nothing was made of it yet.") : "",
    actions: [command(l10n.t("Export as OpenLineage…"), "exportLineage", thing.id)],
    sections: [
      ...section(l10n.t("Overview"), overview(thing, workspaceId, now)),
      ...section(l10n.t("Made Of"), things(details.before, workspaceId, now)),
      ...section(l10n.t("Went Into"), things(details.after, workspaceId, now)),
      ...section(l10n.t("Changes"), changes(details.records, thing, now)),
      ...section(l10n.t("Files"), files(thing), true),
    ],
  });
}

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

function auditTable(records: readonly AuditEntry[], place: AuditPlace, now: number): readonly Block[] {
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

function auditStates(check: AuditCheck): PageContent["states"] {
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

function logFields(check: AuditCheck, since: number, now: number): readonly Block[] {
  return check === "checking" || check.records === 0
    ? []
    : fields([
        [l10n.t("Begins"), time(since, now)],
        [l10n.t("Records"), text(String(check.records))],
        [l10n.t("Newest record"), text(String(check.last))],
        [l10n.t("Its digest"), copyable(check.digest)],
        [l10n.t("Folder"), folderLink(check.folder)],
      ]);
}

function auditLead(records: readonly AuditEntry[], about: string): string {
  if (records.length > 0) {
    return about === "" ? "" : l10n.t("Only changes whose subject has “{0}” in it.", about);
  }
  return about === ""
    ? l10n.t("Nothing is noted yet. Each registration, deployment and deletion is from now on.")
    : l10n.t("No change has “{0}” in its subject.", about);
}

/** The page. `now` in seconds. */
export function auditContent(
  { records, since }: Pick<LineageDetails, "records" | "since">,
  check: AuditCheck,
  place: AuditPlace,
  now: number,
): PageContent {
  const { workspaceId, about } = place;
  const broken = check !== "checking" && check.breaks.length > 0;
  return content({
    title: l10n.t("Audit log"),
    kind: l10n.t("Who did what, when"),
    states: auditStates(check),
    lead: auditLead(records, about),
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
      ...section(l10n.t("Changes"), auditTable(records, place, now)),
      ...section(l10n.t("Log"), logFields(check, since, now)),
    ],
  });
}
