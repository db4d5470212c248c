/** The tone in which pages show the state of a service or of an endpoint. No `vscode` here. */
import type { State } from "../protocol";
import type { Tone } from "./content";

export const STATE_TONES: Readonly<Record<State, Tone>> = {
  Healthy: "good",
  Transitioning: "busy",
  Unhealthy: "warning",
  Unschedulable: "bad",
  Failed: "bad",
  Stopped: "plain",
};
