/** What many requests have measured: responses a second, latency, failures, in words. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { DisplayedLoad } from "../../panels/messages";
import type { ServiceLoad } from "../../protocol";
import { duration } from "../../text/format";
import { joinWords } from "../../text/joinWords";

function latency(milliseconds: number | null): string {
  return milliseconds === null ? "–" : duration(milliseconds);
}

function statusOf(load: ServiceLoad, isOver: boolean): string {
  const sent = isOver
    ? l10n.t("{0} responses in {1} s", load.answered, load.seconds.toFixed(1))
    : l10n.t("{0} responses so far, {1} per second now", load.answered, load.recentPerSecond);
  const failed = load.failed === 0 ? "" : l10n.t("{0} failed", load.failed);
  return joinWords([sent, failed, load.note]);
}

export function displayedLoad(load: ServiceLoad, isOver: boolean): DisplayedLoad {
  return {
    isOver,
    status: statusOf(load, isOver),
    figures: [
      [l10n.t("Per second"), String(load.perSecond)],
      ["p50", latency(load.p50)],
      ["p95", latency(load.p95)],
      ["p99", latency(load.p99)],
      [l10n.t("Longest"), latency(load.longest)],
    ],
    errors: load.errors.map(({ reason, count }) => `${count} × ${reason}`),
  };
}

/** What could not be begun, or broke off. */
export function failedLoad(sentence: string): DisplayedLoad {
  return { isOver: true, status: sentence, figures: [], errors: [] };
}
