/** What the page of metrics and the extension say to one another; both sides are built from this. */
import type { MetricHistory } from "../protocol";

/** What the page keeps across a reload of the window. */
export interface MetricsState {
  readonly names: readonly string[];
  readonly workspaceId: string;
  /** How far back. */
  readonly seconds: number;
  /** Only what this revision answered; 0 for all. */
  readonly revision: number;
  readonly paused: boolean;
}

export type FromMetricsPage =
  | { readonly kind: "ask"; readonly seconds: number; readonly revision: number }
  | { readonly kind: "export"; readonly seconds: number; readonly revision: number }
  /** Choose services that are shown beside each other. */
  | { readonly kind: "compare" };

export type ToMetricsPage =
  | { readonly kind: "history"; readonly history: MetricHistory }
  /** Other services from now on. */
  | { readonly kind: "names"; readonly names: readonly string[] }
  /** The figures cannot be had; what is shown stays. `gone` for a service that was deleted. */
  | { readonly kind: "failure"; readonly sentence: string; readonly gone: boolean };

/** Texts of the page in the person's language. `{0}` stands for a value. */
export interface MetricsTexts {
  readonly title: string;
  readonly range: string;
  readonly ranges: Readonly<Record<string, string>>;
  readonly revision: string;
  readonly allRevisions: string;
  readonly pause: string;
  readonly goOn: string;
  readonly paused: string;
  readonly live: string;
  readonly exportCsv: string;
  readonly compare: string;
  readonly loading: string;
  readonly time: string;
  readonly service: string;
  readonly requests: string;
  readonly requestsPerSecond: string;
  readonly latency: string;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
  readonly errors: string;
  readonly errorsPerSecond: string;
  readonly noErrors: string;
  readonly kinds: Readonly<Record<string, string>>;
  readonly load: string;
  readonly inFlight: string;
  readonly queued: string;
  readonly cpu: string;
  readonly memory: string;
  readonly workers: string;
  readonly totals: string;
  readonly table: string;
  readonly keys: string;
  readonly none: string;
}
