/** Which charts the page has and what each of them draws, as data. No editor here and no page. */
import type { MetricHistory, MetricSeries } from "../protocol";
import type { MetricsTexts } from "./texts";

export type Values = readonly (number | null)[];

/** Names of the editor's own colours of charts, in the order in which lines take them. */
export type Colour = "blue" | "orange" | "purple" | "red" | "green" | "yellow" | "foreground";

export interface Line {
  readonly label: string;
  readonly values: Values;
  readonly colour: Colour;
  /** Lengths of dashes and of what lies between them; colour alone does not distinguish lines. */
  readonly dash: readonly number[];
}

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly Line[];
  /** Shown in place of lines. */
  readonly empty: string;
  readonly unit: "rate" | "ms" | "count" | "percent" | "bytes";
}

const COLOURS: readonly Colour[] = ["blue", "orange", "purple", "green", "red", "yellow", "foreground"];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/** A kind of error looks the same whichever others there are; what is wrong with the service itself is red. */
const ERRORS: Readonly<Record<string, Colour>> = {
  failed: "red",
  badRequest: "yellow",
  busy: "orange",
  timeout: "purple",
  unauthorized: "blue",
  notFound: "green",
  tooLarge: "foreground",
};

type LabelledValues = readonly [label: string, values: Values];

function lines(labelled: readonly LabelledValues[]): readonly Line[] {
  return labelled.map(([label, values], index) => ({
    label,
    values,
    colour: COLOURS[index % COLOURS.length] ?? "foreground",
    dash: DASHES[index % DASHES.length] ?? [],
  }));
}

function errorLines(series: MetricSeries, texts: MetricsTexts): readonly Line[] {
  const kinds = Object.keys(ERRORS);
  return Object.entries(series.errors).map(([kind, values]) => ({
    label: texts.kinds[kind] ?? kind,
    values,
    colour: ERRORS[kind] ?? "foreground",
    dash: DASHES[kinds.indexOf(kind) % DASHES.length] ?? [],
  }));
}

/** All errors together; null where nothing is known. */
export function allErrors(series: MetricSeries): Values {
  return series.requests.map((known, index) =>
    known === null ? null : Object.values(series.errors).reduce((sum, values) => sum + (values[index] ?? 0), 0),
  );
}

function ofOne(series: MetricSeries, texts: MetricsTexts): readonly Chart[] {
  const errors = errorLines(series, texts);
  const chart = (id: string, title: string, unit: Chart["unit"], labelled: readonly LabelledValues[]): Chart => ({
    ...{ id, title, unit, empty: "" },
    lines: lines(labelled),
  });
  return [
    chart("requests", texts.requestsPerSecond, "rate", [[texts.requests, series.requests]]),
    chart("latency", texts.latency, "ms", [
      [texts.p50, series.p50Ms],
      [texts.p95, series.p95Ms],
      [texts.p99, series.p99Ms],
    ]),
    {
      ...chart("errors", texts.errorsPerSecond, "rate", []),
      lines: errors,
      empty: errors.length === 0 ? texts.noErrors : "",
    },
    chart("load", texts.load, "count", [
      [texts.inFlight, series.inFlight],
      [texts.queued, series.queued],
    ]),
    chart("cpu", texts.cpu, "percent", [[texts.cpu, series.cpuPercent]]),
    chart("memory", texts.memory, "bytes", [[texts.memory, series.memoryBytes]]),
    chart("workers", texts.workers, "count", [[texts.workers, series.workers]]),
  ];
}

function ofSeveral(services: readonly MetricSeries[], texts: MetricsTexts): readonly Chart[] {
  const chart = (id: string, title: string, unit: Chart["unit"], values: (series: MetricSeries) => Values): Chart => ({
    ...{ id, title, unit, empty: "" },
    lines: lines(services.map((series) => [series.service, values(series)])),
  });
  return [
    chart("requests", texts.requestsPerSecond, "rate", ({ requests }) => requests),
    chart("latency", `${texts.latency} (${texts.p95})`, "ms", ({ p95Ms }) => p95Ms),
    chart("errors", texts.errorsPerSecond, "rate", allErrors),
    chart("load", texts.inFlight, "count", ({ inFlight }) => inFlight),
    chart("cpu", texts.cpu, "percent", ({ cpuPercent }) => cpuPercent),
    chart("memory", texts.memory, "bytes", ({ memoryBytes }) => memoryBytes),
    chart("workers", texts.workers, "count", ({ workers }) => workers),
  ];
}

/** The charts of what was recorded: of one service all figures, of several the ones that are compared. */
export function chartsOf({ services }: MetricHistory, texts: MetricsTexts): readonly Chart[] {
  const [only] = services;
  return services.length === 1 && only !== undefined ? ofOne(only, texts) : ofSeveral(services, texts);
}

/** When another revision began to serve, after the first one that is shown. */
export function revisionMarks({
  services,
}: MetricHistory): readonly { readonly at: number; readonly revision: number }[] {
  const [only] = services;
  if (services.length !== 1 || only === undefined) {
    return [];
  }
  return only.revisions.slice(1).map(({ since, revision }) => ({ at: since, revision }));
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
  return `${figure(value / 1000 ** power)} ${UNITS[power] ?? ""}`;
}

/** Three digits that matter, without those that say nothing. */
export function figure(value: number): string {
  if (value >= 100) {
    return Math.round(value).toString();
  }
  return Number(value.toPrecision(3)).toString();
}

/** A value with its unit; a dash where nothing is known. */
export function withUnit(value: number | null | undefined, unit: Chart["unit"]): string {
  if (value === null || value === undefined) {
    return "–";
  }
  switch (unit) {
    case "ms":
      return value >= 10_000 ? `${figure(value / 1000)} s` : `${figure(value)} ms`;
    case "percent":
      return `${figure(value)}%`;
    case "bytes":
      return bytes(value);
    case "rate":
      return `${figure(value)}/s`;
    case "count":
      return figure(value);
  }
}
