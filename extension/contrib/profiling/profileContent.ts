/** The page of what profiling a service has measured. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { ServiceProfile } from "../../protocol";
import { bytes, duration } from "../../text/format";
import {
  type Block,
  column,
  command,
  content,
  fields,
  notice,
  type PageContent,
  paragraph,
  section,
  table,
  text,
  time,
  pageLink,
} from "../../pages/content";

function latency(milliseconds: number | null): string {
  return milliseconds === null ? "" : duration(milliseconds);
}

function cores(count: number | null): string {
  return count === null ? "" : count === 1 ? l10n.t("1 core") : l10n.t("{0} cores", count);
}

function memory(gigabytes: number | null): string {
  return gigabytes === null ? "" : bytes(gigabytes * 1e9);
}

/** The percentiles of a measurement. */
export function latencies(profile: ServiceProfile): readonly Block[] {
  const rows: readonly (readonly [string, number | null])[] = [
    [l10n.t("Average"), profile.averageLatencyInMs],
    ["50%", profile.latencyPercentile50InMs],
    ["90%", profile.latencyPercentile90InMs],
    ["95%", profile.latencyPercentile95InMs],
    ["99%", profile.latencyPercentile99InMs],
    ["99.9%", profile.latencyPercentile999InMs],
  ];
  return table(
    [column(l10n.t("Share of the requests")), column(l10n.t("Response within"), "figure")],
    rows.filter(([, value]) => value !== null).map(([name, value]) => [text(name), text(latency(value))]),
  );
}

function resources(profile: ServiceProfile): readonly Block[] {
  const rows: readonly (readonly [string, string, string])[] = [
    [l10n.t("CPU"), cores(profile.maxUtilizedCpu), cores(profile.recommendedCpu)],
    [l10n.t("Memory"), memory(profile.maxUtilizedMemoryInGB), memory(profile.recommendedMemoryInGB)],
  ];
  const shown = rows.filter(([, highest, recommended]) => highest !== "" || recommended !== "");
  return shown.length === 0
    ? []
    : [
        ...table(
          [column(""), column(l10n.t("Highest"), "figure"), column(l10n.t("Recommended"), "figure")],
          shown.map((cells) => cells.map((words) => text(words))),
        ),
        ...paragraph(l10n.t("Recommended is a quarter more than the highest use, rounded up to a tenth.")),
      ];
}

/** `measured` and `now` in seconds. */
export function profileContent(
  profile: ServiceProfile,
  workspaceId: string,
  measured: number,
  now: number,
): PageContent {
  const failed = profile.totalQueries - profile.successQueries;
  return content({
    title: l10n.t("Profile of {0}", profile.name),
    kind: l10n.t("Profile"),
    states: [
      {
        text: l10n.t("{0} of {1} requests successful", profile.successQueries, profile.totalQueries),
        tone: failed === 0 ? "good" : "bad",
      },
    ],
    actions: [
      command(l10n.t("Profile Again…"), "profileService", profile.name, "first"),
      command(l10n.t("Find Size…"), "findServiceSize", profile.name),
      command(l10n.t("Send Request"), "sendRequest", profile.name),
      command(l10n.t("Open Log"), "openLog", profile.name),
    ],
    notices: [
      ...(profile.error === "" ? [] : [notice("bad", profile.error)]),
      ...(profile.generator.note === "" ? [] : [notice("warning", profile.generator.note)]),
    ],
    sections: [
      ...section(
        l10n.t("Overview"),
        fields([
          [l10n.t("Service"), pageLink(profile.name, { kind: "service", name: profile.name, workspaceId })],
          [l10n.t("Measured"), time(measured, now)],
          [l10n.t("Request bodies"), text(profile.input)],
          [l10n.t("Requests"), text(String(profile.totalQueries))],
          [l10n.t("Successful"), text(l10n.t("{0} ({1}%)", profile.successQueries, profile.successRate))],
          [l10n.t("Requests per second"), text(l10n.t("{0}, one after the other", profile.measuredQueriesPerSecond))],
        ]),
      ),
      ...section(l10n.t("Latency"), latencies(profile)),
      ...section(l10n.t("CPU and Memory"), resources(profile)),
    ],
  });
}
