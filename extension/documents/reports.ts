/** Markdown pages of results: what differs between two models, how a service did. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type {
  DocumentTried,
  ModelComparison,
  Run,
  ServiceProfile,
  WorkspaceProblem,
  WorkspaceRepaired,
  WorkspaceVerified,
} from "../protocol";
import { baseName, bytes, dateTime } from "../text/format";
import { fenceAround, oneLine, plain } from "../views/node";

/** Text from outside in a cell or a heading. */
function cell(text: string): string {
  return plain(oneLine(text));
}

/** A cell that is markdown already: only what would end it is escaped. */
function markdownCell(text: string): string {
  return oneLine(text).replace(/(?<!\\)\|/g, "\\|");
}

/** A table of markdown. Cells are plain text unless they are `written` in markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], written = false): string {
  const shown = written ? markdownCell : cell;
  const line = (cells: readonly string[]): string => `| ${cells.map(shown).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A digest as long as one compares by eye; whole ones make a table wider than the page. */
function shorten(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}

/** What differs, and nothing else. */
export function comparisonPage(comparison: ModelComparison): string {
  const { first, second, differences } = comparison;
  const rows = differences.map(({ what, before, after }) => [
    what,
    before === "" ? "–" : shorten(before),
    after === "" ? "–" : shorten(after),
  ]);
  const found =
    rows.length === 0
      ? l10n.t("They do not differ: the same files, the same descriptions and labels.")
      : table(["", first, second], rows);
  return [`# ${cell(l10n.t("{0} and {1}", first, second))}`, found].join("\n\n");
}

function figure(value: number | null, unit: string): string {
  return value === null ? "" : `${value} ${unit}`;
}

/**
 * The figures of a profile; what could not be measured is left out. It is shown as text, so figures are as they are.
 */
export function profilePage(profile: ServiceProfile): string {
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t("Requests"), String(profile.totalQueries)],
    [l10n.t("Successful"), l10n.t("{0} ({1} %)", profile.successQueries, profile.successRate)],
    [l10n.t("Failed"), cell(profile.error)],
    [l10n.t("Request bodies"), cell(profile.input)],
    [l10n.t("Requests per second, one after the other"), String(profile.measuredQueriesPerSecond)],
    [l10n.t("Average latency"), figure(profile.averageLatencyInMs, "ms")],
    ["50 %", figure(profile.latencyPercentile50InMs, "ms")],
    ["90 %", figure(profile.latencyPercentile90InMs, "ms")],
    ["95 %", figure(profile.latencyPercentile95InMs, "ms")],
    ["99 %", figure(profile.latencyPercentile99InMs, "ms")],
    ["99.9 %", figure(profile.latencyPercentile999InMs, "ms")],
    [l10n.t("Highest CPU"), figure(profile.maxUtilizedCpu, l10n.t("cores"))],
    [l10n.t("Highest memory"), figure(profile.maxUtilizedMemoryInGB, "GB")],
    [l10n.t("Recommended CPU"), figure(profile.recommendedCpu, l10n.t("cores"))],
    [l10n.t("Recommended memory"), figure(profile.recommendedMemoryInGB, "GB")],
  ];
  const shown = rows.filter(([, value]) => value !== "");
  return [
    `# ${l10n.t("Profile of {0}", profile.name)}`,
    table([l10n.t("Measure"), l10n.t("Value")], shown, true),
    l10n.t("Recommended is a quarter more than the highest use, rounded up to a tenth."),
  ].join("\n\n");
}

/** A run of a tracking store: what it was, what it measured, what it was given. */
export function runPage(run: Run): string {
  const pairs = (title: string, values: Readonly<Record<string, string | number>>): string => {
    const rows = Object.entries(values).map(([name, value]) => [name, String(value)]);
    return rows.length === 0 ? "" : `## ${title}\n\n${table([l10n.t("Name"), l10n.t("Value")], rows)}`;
  };
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t("Id"), run.id],
    [l10n.t("Status"), run.status],
    [l10n.t("Started"), run.started === null ? "" : dateTime(run.started)],
    [l10n.t("Ended"), run.ended === null ? "" : dateTime(run.ended)],
    [l10n.t("Parent run"), run.parent],
    [l10n.t("Primary metric"), run.primaryMetric],
    [l10n.t("Best child run"), run.bestChild],
    [l10n.t("Logged models"), run.models.join(", ")],
  ];
  return [
    `# ${cell(l10n.t("Run {0}", run.name === "" ? run.id : run.name))}`,
    table(
      ["", ""],
      rows.filter(([, value]) => value !== ""),
    ),
    pairs(l10n.t("Metrics"), run.metrics),
    pairs(l10n.t("Parameters"), run.params),
    pairs(l10n.t("Tags"), run.tags),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/**
 * Problems of a workspace, and what can be done about each. A list: paths in them would make a table wider than the
 * page.
 */
function problemList(problems: readonly WorkspaceProblem[]): string {
  return problems
    .map(({ subject, message, fix, repairable }) => {
      const next = fix === "" ? "" : `  \n  ${plain(fix)}`;
      const repair = repairable ? `  \n  _${l10n.t("Can be repaired.")}_` : "";
      return `- **${plain(subject)}**  \n  ${plain(shorten(message))}${next}${repair}`;
    })
    .join("\n");
}

/** What verifying a workspace found. */
export function verificationPage(name: string, found: WorkspaceVerified): string {
  const read = found.deep
    ? l10n.t("Every byte was read: versions {0}, files {1}, {2}.", found.versions, found.files, bytes(found.bytes))
    : l10n.t(
        "Records and sizes were compared: versions {0}, files {1}, {2}.",
        found.versions,
        found.files,
        bytes(found.bytes),
      );
  return [`# ${cell(l10n.t("Problems of {0}", name))}`, read, problemList(found.problems)].join("\n\n");
}

/** What repairing a workspace did, and what it could not do. */
export function repairPage(name: string, found: WorkspaceRepaired): string {
  const done = found.done.map((sentence) => `- ${plain(shorten(sentence))}`).join("\n");
  return [
    `# ${cell(l10n.t("Repair of {0}", name))}`,
    ...(done === "" ? [] : [`## ${l10n.t("Repaired")}`, done]),
    ...(found.left.length === 0 ? [] : [`## ${l10n.t("Not Repaired")}`, problemList(found.left)]),
  ].join("\n\n");
}

/** A fence that the text cannot end. */
function fence(text: string, language = ""): string {
  const fence = fenceAround(text, 3);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** What running a script has shown: how it started, each request with its answer, and what it printed. */
export function tryPage(tried: DocumentTried): string {
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t("Entry script"), tried.path],
    [l10n.t("Models"), tried.models.join(", ")],
    [l10n.t("Environment"), tried.environment],
    [
      l10n.t("Import and init()"),
      figure(tried.initMilliseconds === null ? null : Math.round(tried.initMilliseconds), "ms"),
    ],
    [l10n.t("Memory"), tried.memoryBytes === null ? "" : bytes(tried.memoryBytes)],
  ];
  const findings = tried.findings.map(
    ({ path, line, code, message }) => `- **${plain(`${baseName(path)}:${line + 1}`)}** ${code}: ${plain(message)}`,
  );
  const requests = tried.requests.flatMap(({ origin, body, status, milliseconds, answer }) => [
    `## ${cell(l10n.t("Request: {0}", origin))}`,
    fence(body, "json"),
    status === 0 ? l10n.t("No answer came.") : l10n.t("Answer {0} after {1} ms:", status, Math.round(milliseconds)),
    ...(status === 0 && answer === "" ? [] : [fence(answer, "json")]),
  ]);
  return [
    `# ${cell(l10n.t("Try of {0}", baseName(tried.path)))}`,
    plain(tried.summary),
    table(
      ["", ""],
      rows.filter(([, value]) => value !== ""),
    ),
    ...(findings.length === 0 ? [] : [`## ${l10n.t("Findings")}`, findings.join("\n")]),
    ...requests,
    ...(tried.logLines.length === 0 ? [] : [`## ${l10n.t("Log")}`, fence(tried.logLines.join("\n"))]),
  ].join("\n\n");
}
