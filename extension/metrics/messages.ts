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
