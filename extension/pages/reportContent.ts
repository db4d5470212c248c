/**
 * Pages of a workspace and of results: what verifying, repairing and trying have shown. No
 * `vscode` here.
 */
import * as l10n from "@vscode/l10n";

import type {
  DocumentTried,
  TriedRequest,
  Workspace,
  WorkspaceProblem,
  WorkspaceRepaired,
  WorkspaceVerified,
} from "../protocol";
import { engineKind } from "../text/engines";
import { baseName, bytes, duration, files, versions } from "../text/format";
import {
  type Block,
  block,
  button,
  type Cell,
  column,
  command,
  content,
  copyable,
  fields,
  fileLink,
  folderLink,
  list,
  notice,
  type PageContent,
  pageLinks,
  paragraph,
  preview,
  row,
  section,
  size,
  table,
  text,
  time,
} from "./content";
import { joinWords } from "../text/joinWords";

/** Whole digests in a sentence are longer than the rest of it. */
function shorten(words: string): string {
  return words.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}

export function workspaceContent(workspace: Workspace): PageContent {
  const it = row({ kind: "workspace", workspace });
  const engine = engineKind(workspace.engine).place;
  return content({
    title: workspace.name,
    kind: l10n.t("Workspace"),
    states: [
      ...(workspace.isActive ? [{ text: l10n.t("Active"), tone: "good" as const }] : []),
      ...(workspace.readOnly === "" ? [] : [{ text: l10n.t("Read-only"), tone: "warning" as const }]),
    ],
    actions: [
      ...(workspace.isActive ? [] : [command(l10n.t("Use in This Folder"), "switchWorkspace", it, "first")]),
      command(l10n.t("Check Files…"), "verifyWorkspace", it),
      command(l10n.t("Remove Unused Files"), "cleanUpWorkspace", it),
      command(l10n.t("Back Up…"), "backupWorkspace", it),
      ...(workspace.isDefault ? [] : [command(l10n.t("Remove from List…"), "forgetWorkspace", it, "danger")]),
    ],
    notices: [
      ...(workspace.readOnly === "" ? [] : [notice("warning", workspace.readOnly)]),
      ...(workspace.left === ""
        ? []
        : [notice("plain", workspace.left, [command(l10n.t("Move Here…"), "moveToWorkspace", it, "first")])]),
    ],
    sections: section(
      l10n.t("Overview"),
      fields([
        [l10n.t("Why"), text(workspace.reason)],
        [l10n.t("Models"), text(String(workspace.models))],
        [l10n.t("Services"), text(String(workspace.services))],
        [l10n.t("ACI and AKS"), [...text(engine), ...button(l10n.t("Change…"), "chooseWorkspaceEngine", it)]],
        [l10n.t("ID"), copyable(workspace.id)],
        [l10n.t("Folder"), folderLink(workspace.path)],
        [l10n.t("Subscription"), copyable(workspace.subscriptionId)],
        [l10n.t("Resource group"), text(workspace.resourceGroup)],
        [l10n.t("Connected by"), fileLink(workspace.configPath, workspace.configPath)],
      ]),
    ),
  });
}

function problemRow({ subject, message, fix, repairable }: WorkspaceProblem): readonly Cell[] {
  return [
    text(subject),
    [
      ...text(shorten(joinWords([message, fix], " "))),
      ...(repairable ? ([{ kind: "chip", text: l10n.t("Can be repaired.") }] as const) : []),
    ],
  ];
}

/** Problems of a workspace, and what can be done about each. */
function problems(all: readonly WorkspaceProblem[]): readonly Block[] {
  return table([column(l10n.t("Item"), "long"), column(l10n.t("Problem"), "long")], all.map(problemRow));
}

/** What verifying a workspace found. */
export function verificationContent(id: string, name: string, found: WorkspaceVerified): PageContent {
  const amounts = [versions(found.versions), files(found.files), bytes(found.bytes)] as const;
  const read = found.deep
    ? l10n.t("Every byte was read: {0}, {1}, {2}.", ...amounts)
    : l10n.t("Records and sizes were compared: {0}, {1}, {2}.", ...amounts);
  const repairable = found.problems.some((one) => one.repairable);
  return content({
    title: l10n.t("Problems of {0}", name),
    kind: l10n.t("File check of a workspace"),
    lead: read,
    actions: [
      ...(repairable ? [command(l10n.t("Repair"), "repairWorkspace", id, "first")] : []),
      command(l10n.t("Check Files Again…"), "verifyWorkspace", id),
    ],
    sections: section(l10n.t("Problems"), problems(found.problems)),
  });
}

/** What repairing a workspace did, and what it could not do. */
export function repairContent(id: string, name: string, found: WorkspaceRepaired): PageContent {
  return content({
    title: l10n.t("Repair of {0}", name),
    kind: l10n.t("Repair of a workspace"),
    actions: [command(l10n.t("Check Files…"), "verifyWorkspace", id)],
    sections: [
      ...section(l10n.t("Repaired"), list(found.done.map((sentence) => text(shorten(sentence))))),
      ...section(l10n.t("Not Repaired"), problems(found.left)),
    ],
  });
}

function requestBlocks({ body, status, milliseconds, answer }: TriedRequest): readonly Block[] {
  const outcome =
    status === 0 ? l10n.t("No response.") : l10n.t("Response {0} after {1}:", status, duration(milliseconds));
  return [...block(body, l10n.t("Request body")), ...paragraph(outcome), ...block(answer, l10n.t("Response"))];
}

/** Each call of run() with the first lines of what it returned. */
function miniBatchBlocks({ miniBatches }: DocumentTried): readonly Block[] {
  const calls = miniBatches.map((one): readonly Cell[] => [
    text(one.name),
    text(String(one.items)),
    text(one.error === "" ? String(one.results) : ""),
    text(one.error === "" ? duration(one.milliseconds) : ""),
    text(one.error),
  ]);
  const columns = [
    column(l10n.t("Mini-batch"), "long"),
    column(l10n.t("Items"), "figure"),
    column(l10n.t("Results"), "figure"),
    column(l10n.t("Duration"), "figure"),
    column(l10n.t("Error"), "long"),
  ];
  const isGood = miniBatches.every(({ error }) => error === "");
  return [
    ...table(isGood ? columns.slice(0, -1) : columns, isGood ? calls.map((cells) => cells.slice(0, -1)) : calls),
    ...miniBatches.flatMap(({ head, name, table: rows }) => preview(rows, head, name)),
  ];
}

/** What running a script has shown: how it started, each request with its answer, and what it printed. */
export function tryContent(tried: DocumentTried, workspaceId: string, at: number, now: number): PageContent {
  const { path, initMilliseconds } = tried;
  const findings = tried.findings.map((one): readonly Cell[] => [
    fileLink(one.path, `${baseName(one.path)}:${one.line + 1}`, one.line),
    [...text(one.message), ...button(one.code, "explainRule", one.code)],
  ]);
  const next = tried.isBatch
    ? command(l10n.t("Score in Batch…"), "scoreInBatch", path)
    : command(l10n.t("Deploy"), "deploy", path);
  return content({
    title: l10n.t("Trial run of {0}", baseName(path)),
    kind: tried.isBatch ? l10n.t("Trial run of a batch script") : l10n.t("Trial run of an entry script"),
    states: [{ text: tried.ok ? l10n.t("It works") : l10n.t("It fails"), tone: tried.ok ? "good" : "bad" }],
    lead: tried.summary,
    actions: [command(l10n.t("Try Again"), "tryScript", path, "first"), next],
    sections: [
      ...section(
        l10n.t("Findings"),
        table([column(l10n.t("Line")), column(l10n.t("What happened"), "long")], findings),
      ),
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("Script"), fileLink(path, baseName(path))],
          [l10n.t("Models"), pageLinks(tried.models, (id) => ({ kind: "model", id, workspaceId }))],
          [l10n.t("Environment"), text(tried.environment)],
          [l10n.t("Import and init()"), text(initMilliseconds === null ? "" : duration(initMilliseconds))],
          [l10n.t("Memory"), size(tried.memoryBytes)],
          [l10n.t("Time"), time(at, now)],
        ]),
      ),
      ...section(l10n.t("Mini-Batches"), miniBatchBlocks(tried)),
      ...tried.requests.flatMap((one) => section(l10n.t("Request: {0}", one.origin), requestBlocks(one))),
      ...section(l10n.t("Log"), block(tried.logLines.join("\n"), l10n.t("Log"))),
    ],
  });
}
