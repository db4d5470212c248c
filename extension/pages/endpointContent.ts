/** The page of an endpoint: where it answers, who gets how much, how the versions do, and what copies showed. */
import * as l10n from "@vscode/l10n";

import type { EndpointDetails, EndpointDifference, EndpointVersionDetails } from "../protocol";
import { engineKind } from "../text/engines";
import { baseName, duration } from "../text/format";
import { endpointFlags, takeoverText, versionFlags, versionState } from "../text/endpointText";
import {
  type Block,
  block,
  type Cell,
  code,
  column,
  command,
  content,
  copyable,
  fields,
  fileLink,
  notice,
  type PageAction,
  type PageContent,
  paragraph,
  section,
  table,
  text,
  time,
  allowedFlags,
  pageLink,
  STATE_TONES,
} from "./content";
import type { LimitFields } from "./limitsForm";

/** What a version without limits is offered. */
const WATCHED_SECONDS = 60;
const WATCHED_RESPONSES = 20;

/** What a button of this page is about; commands read it. */
export interface EndpointArgument {
  readonly endpoint: string;
  readonly version?: string;
}

function actions(endpoint: EndpointDetails): readonly PageAction[] {
  const ref: EndpointArgument = { endpoint: endpoint.name };
  const runs = endpointFlags(endpoint).includes("routing");
  return [
    runs
      ? command(l10n.t("Send Request"), "sendRequest", ref, "first")
      : command(l10n.t("Start"), "startEndpoint", ref, "first"),
    command(l10n.t("Add Version…"), "addEndpointVersion", ref),
    command(l10n.t("Mirror Traffic…"), "mirrorEndpoint", ref),
    command(l10n.t("Metrics"), "showMetrics", ref),
    command(l10n.t("Show Lineage"), "showLineage", `endpoint:${endpoint.name}`),
    ...(runs ? [command(l10n.t("Stop"), "stopEndpoint", ref)] : []),
    command(l10n.t("Delete Endpoint"), "deleteEndpoint", ref, "danger"),
  ];
}

function missing(endpoint: EndpointDetails): PageContent["notices"] {
  return endpoint.versions
    .filter(({ state }) => state === "Missing")
    .map(({ name, service, isDefault }) =>
      notice(
        "warning",
        isDefault
          ? l10n.t(
              "The service {0} of the default version {1} was deleted. Deploy it again, or promote another version.",
              service,
              name,
            )
          : l10n.t(
              "The service {0} of version {1} was deleted. Deploy it again, or delete the version.",
              service,
              name,
            ),
        isDefault
          ? []
          : [command(l10n.t("Delete Version"), "deleteEndpointVersion", { endpoint: endpoint.name, version: name })],
      ),
    );
}

/** Versions that take no requests. */
function takeoverNotices(endpoint: EndpointDetails): PageContent["notices"] {
  if (endpoint.phase !== "degraded") {
    return [];
  }
  return endpoint.versions
    .filter((version) => takeoverText(version) !== "")
    .map((version) =>
      notice(
        "warning",
        l10n.t("Version {0} takes no requests: {1}; {2}.", version.name, versionState(version), takeoverText(version)),
        version.state === "Missing" ? [] : [command(l10n.t("Open Log"), "openLog", version.service)],
      ),
    );
}

/** Why the router is not well. */
function routerNotices({ reason }: EndpointDetails): PageContent["notices"] {
  return reason === "" ? [] : [notice("warning", reason, [])];
}

/** How callers outside of the cluster reach it. */
function gatewayNotices({ notes }: EndpointDetails): PageContent["notices"] {
  return notes.map((note) => notice("plain", note));
}

/** What the router withdrew by itself. */
function withdrawals(endpoint: EndpointDetails): PageContent["notices"] {
  return endpoint.versions
    .filter(({ withdrawn }) => withdrawn !== "")
    .map(({ name, withdrawn, service }) =>
      notice("warning", l10n.t("{0} The default version gets its requests.", withdrawn), [
        command(l10n.t("Open Log"), "openLog", service),
        command(l10n.t("Promote"), "promoteVersion", { endpoint: endpoint.name, version: name }),
      ]),
    );
}

/** Copies that came to nothing; who sent the requests has not noticed it. */
function failedCopies(endpoint: EndpointDetails): PageContent["notices"] {
  return endpoint.versions
    .filter(({ name, uncopied }) => name === endpoint.mirror && uncopied > 0)
    .map(({ name, copied, uncopied, service }) =>
      notice(
        "warning",
        l10n.t(
          "{0} of {1} copies of requests to {2} got no response. Clients do not notice it.",
          uncopied,
          copied + uncopied,
          name,
        ),
        [command(l10n.t("Open Log"), "openLog", service)],
      ),
    );
}

function address(endpoint: EndpointDetails): readonly Block[] {
  const { logFile } = endpoint;
  return fields([
    [l10n.t("Scoring URI"), copyable(endpoint.scoringUri)],
    [l10n.t("Compute target"), text(endpoint.compute)],
    [l10n.t("Sticky header"), code(endpoint.stickyHeader)],
    [l10n.t("Reached no version"), text(endpoint.unanswered === 0 ? "" : String(endpoint.unanswered))],
    [l10n.t("Log file"), fileLink(logFile, logFile === "" ? "" : baseName(logFile))],
  ]);
}

function traffic(endpoint: EndpointDetails): readonly Block[] {
  const { versions } = endpoint;
  const ref: EndpointArgument = { endpoint: endpoint.name };
  const [only] = versions;
  return [
    ...(only !== undefined && versions.length === 1
      ? paragraph(
          l10n.t(
            "{0} is the only version and gets all requests. Add Version… adds another, which gets none at first.",
            only.name,
          ),
        )
      : []),
    {
      kind: "traffic",
      rows: versions.map((version) => ({
        name: version.name,
        share: version.share,
        isDefault: version.isDefault,
        marks: [
          ...(version.type === "" ? [] : [version.type === "Control" ? l10n.t("Control") : l10n.t("Treatment")]),
          ...(version.withdrawn === "" ? [] : [l10n.t("withdrawn")]),
          ...(version.name === endpoint.mirror ? [l10n.t("copies of {0}%", endpoint.mirrorShare)] : []),
        ],
      })),
      texts: {
        version: l10n.t("Version"),
        share: l10n.t("Traffic in %"),
        default: l10n.t("Default"),
        shareOf: l10n.t("Percent of the requests for {0}", "{0}"),
        rest: l10n.t("{0} gets the rest", "{0}"),
        tooMuch: l10n.t("Together more than 100%"),
        reset: l10n.t("Reset"),
      },
      apply: command(l10n.t("Apply…"), "setEndpointTraffic", ref, "first"),
    },
  ];
}

function mean(value: number | null): Cell {
  return text(value === null ? "–" : duration(value));
}

function buttons(endpoint: EndpointDetails, version: EndpointVersionDetails): Cell {
  const ref: EndpointArgument = { endpoint: endpoint.name, version: version.name };
  const offers = allowedFlags(versionFlags(version), ref, [
    ["promotable", l10n.t("Promote"), "promoteVersion"],
    ["withdrawable", l10n.t("Withdraw"), "withdrawVersion"],
    ["deletable", l10n.t("Delete Version"), "deleteEndpointVersion"],
  ]);
  return offers.map((action) => ({ kind: "action", action }));
}

function serviceCell({ workspaceId }: EndpointDetails, { service, state }: EndpointVersionDetails): Cell {
  return state === "Missing" ? text(service) : pageLink(service, { kind: "service", name: service, workspaceId });
}

/** As fields show them: no limit is an empty one. */
export function limitFields(limits: EndpointVersionDetails["limits"]): LimitFields {
  const limit = (number = 0): string => (number === 0 ? "" : String(number));
  return {
    errors: limit(limits?.errors),
    milliseconds: limit(limits?.milliseconds),
    seconds: String(limits?.seconds ?? WATCHED_SECONDS),
    requests: String(limits?.requests ?? WATCHED_RESPONSES),
  };
}

/** Above what the router withdraws a version by itself. */
function automatic(endpoint: EndpointDetails): readonly Block[] {
  const rows = endpoint.versions
    .filter(({ isDefault }) => !isDefault)
    .map(({ name, limits }) => ({ name, values: limitFields(limits) }));
  if (rows.length === 0) {
    return [];
  }
  const ref: EndpointArgument = { endpoint: endpoint.name };
  return [
    ...paragraph(l10n.t("A version above a limit gets no more requests; the default version responds in its place.")),
    {
      kind: "limits",
      rows,
      texts: {
        version: l10n.t("Version"),
        errors: l10n.t("Errors above %"),
        milliseconds: l10n.t("95th percentile above ms"),
        seconds: l10n.t("Within seconds"),
        requests: l10n.t("At least responses"),
        none: l10n.t("none"),
        reset: l10n.t("Reset"),
      },
      apply: command(l10n.t("Apply Limits…"), "setVersionLimits", ref, "first"),
    },
  ];
}

function versions(endpoint: EndpointDetails): readonly Block[] {
  return table(
    [
      column(l10n.t("Version"), "long"),
      column(l10n.t("Service"), "long"),
      column(l10n.t("State")),
      // The page of the service tells it, too.
      column(l10n.t("Engine"), "extra"),
      column(l10n.t("Responses"), "figure"),
      column(l10n.t("Errors"), "figure"),
      column(l10n.t("Mean"), "figure"),
      column(l10n.t("Actions")),
    ],
    endpoint.versions.map((version) => [
      text(version.name),
      serviceCell(endpoint, version),
      [
        {
          kind: "state",
          text: versionState(version),
          tone: version.state === "Missing" ? "warning" : STATE_TONES[version.state],
        },
      ],
      text(version.engine === "" ? "–" : engineKind(version.engine).title),
      text(String(version.answered)),
      text(String(version.failed + version.lost)),
      mean(version.meanMs),
      buttons(endpoint, version),
    ]),
  );
}

function copies(endpoint: EndpointDetails): readonly Block[] {
  const version = endpoint.versions.find(({ name }) => name === endpoint.mirror);
  if (version === undefined) {
    return [];
  }
  return fields([
    [l10n.t("Copies go to"), text(l10n.t("{0}, {1}% of the requests", version.name, endpoint.mirrorShare))],
    [l10n.t("Compared"), text(String(version.copied - version.incomparable))],
    [l10n.t("Different"), text(String(version.different))],
    [l10n.t("Not comparable"), text(version.incomparable === 0 ? "" : String(version.incomparable))],
    [l10n.t("Without a response"), text(version.uncopied === 0 ? "" : String(version.uncopied))],
    [l10n.t("Copies left out"), text(version.dropped === 0 ? "" : String(version.dropped))],
    [
      l10n.t("Mean response time"),
      version.copyMeanMs === null
        ? []
        : text(
            l10n.t(
              "{0} ms, and {1} ms of the response that the client got",
              version.copyMeanMs.toFixed(1),
              (version.comparedMeanMs ?? 0).toFixed(1),
            ),
          ),
    ],
  ]);
}

function differenceRow(one: EndpointDifference, now: number): readonly Cell[] {
  const [other = 0, copy = 0] = one.milliseconds;
  return [
    time(one.time, now),
    code(one.difference),
    code(one.request.slice(0, SHORT)),
    text(`${other.toFixed(1)} / ${copy.toFixed(1)}`),
  ];
}

/** Characters of a request in a row; the newest one is shown whole below. */
const SHORT = 80;

function differences(found: readonly EndpointDifference[], now: number): readonly Block[] {
  const [first] = found;
  if (first === undefined) {
    return [];
  }
  const titles = [first.comparedWith, first.version] as const;
  return [
    ...paragraph(l10n.t("The first {0} different responses; the first of them is shown whole below.", found.length)),
    ...table(
      [
        column(l10n.t("Time")),
        column(l10n.t("Difference"), "long"),
        column(l10n.t("Request"), "long"),
        column(l10n.t("ms, {0} / {1}", ...titles), "figure"),
      ],
      found.map((one) => differenceRow(one, now)),
    ),
    ...block(first.request, l10n.t("Request")),
    ...titles.flatMap((name, index) => [
      ...paragraph(l10n.t("Response of {0}", name)),
      ...block(first.answers[index] ?? "", l10n.t("Response of {0}", name)),
    ]),
  ];
}

/** The page of an endpoint as it is now. `now` in seconds. */
export function endpointContent(
  endpoint: EndpointDetails,
  different: readonly EndpointDifference[],
  now: number,
): PageContent {
  return content({
    title: endpoint.name,
    kind: l10n.t("Endpoint"),
    states: endpoint.status.words.map((words) => ({ text: words, tone: STATE_TONES[endpoint.state] })),
    actions: actions(endpoint),
    notices: [
      ...routerNotices(endpoint),
      ...gatewayNotices(endpoint),
      ...missing(endpoint),
      ...takeoverNotices(endpoint),
      ...withdrawals(endpoint),
      ...failedCopies(endpoint),
    ],
    sections: [
      ...section(l10n.t("Address"), address(endpoint)),
      ...section(l10n.t("Traffic"), traffic(endpoint)),
      ...section(l10n.t("Versions"), versions(endpoint)),
      ...section(l10n.t("Automatic Withdrawal"), automatic(endpoint)),
      ...section(l10n.t("Copies of Requests"), copies(endpoint)),
      ...section(l10n.t("Different Responses"), differences(different, now)),
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("Created"), time(endpoint.created, now)],
          [l10n.t("Updated"), time(endpoint.updated, now)],
        ]),
      ),
    ],
  });
}
