/** Texts of the page of metrics in the person's language. What the page puts in later is `{0}` in them. */
import * as l10n from "@vscode/l10n";

function words() {
  const kinds: Readonly<Record<string, string>> = {
    badRequest: l10n.t("bad request (4xx)"),
    unauthorized: l10n.t("not authorized (401, 403)"),
    notFound: l10n.t("not found (404)"),
    tooLarge: l10n.t("too large (413)"),
    busy: l10n.t("busy (503)"),
    timeout: l10n.t("timed out (504)"),
    failed: l10n.t("failed (5xx)"),
  };
  return {
    title: l10n.t("Metrics of {0}", "{0}"),
    range: l10n.t("Time range"),
    ranges: {
      600: l10n.t("10 minutes"),
      3600: l10n.t("1 hour"),
      21_600: l10n.t("6 hours"),
      86_400: l10n.t("24 hours"),
    },
    revision: l10n.t("Revision"),
    allRevisions: l10n.t("All"),
    pause: l10n.t("Pause"),
    goOn: l10n.t("Go On"),
    paused: l10n.t("Paused"),
    live: l10n.t("Live"),
    exportCsv: l10n.t("Export CSV…"),
    compare: l10n.t("Compare…"),
    loading: l10n.t("Reading…"),
    time: l10n.t("Time"),
    service: l10n.t("Service"),
    requests: l10n.t("Requests"),
    requestsPerSecond: l10n.t("Requests per Second"),
    latency: l10n.t("Latency"),
    p50: "p50",
    p95: "p95",
    p99: "p99",
    errors: l10n.t("Errors"),
    errorsPerSecond: l10n.t("Errors per Second"),
    noErrors: l10n.t("No errors in this time."),
    kinds,
    load: l10n.t("In Flight and Queued"),
    inFlight: l10n.t("In flight"),
    queued: l10n.t("Queued"),
    cpu: l10n.t("CPU"),
    memory: l10n.t("Memory"),
    workers: l10n.t("Workers"),
    totals: l10n.t("In This Time"),
    table: l10n.t("Show as Table"),
    keys: l10n.t("The arrow keys move through the times."),
    none: l10n.t("none"),
  };
}

export type MetricsTexts = ReturnType<typeof words>;

export function texts(): MetricsTexts {
  return words();
}
