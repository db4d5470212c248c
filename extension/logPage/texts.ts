/** Texts of the page of a log in the person's language. What the page puts in later is `{0}` in them. */
import * as l10n from "@vscode/l10n";

function words() {
  return {
    log: l10n.t("Log"),
    filter: l10n.t("Filter"),
    filtersOn: l10n.t("Filter ({0})", "{0}"),
    more: l10n.t("More Actions…"),
    level: l10n.t("Level"),
    levels: {
      debug: l10n.t("debug"),
      info: l10n.t("info"),
      warning: l10n.t("warning"),
      error: l10n.t("error"),
    },
    include: l10n.t("Filter Lines"),
    exclude: l10n.t("Exclude"),
    regex: l10n.t("Use Regular Expressions"),
    requestId: l10n.t("Request id"),
    hideHealth: l10n.t("Hide Health Checks"),
    previous: l10n.t("Previous Run"),
    collapse: l10n.t("Collapse Repeated Errors"),
    follow: l10n.t("Follow"),
    find: l10n.t("Find"),
    findPrevious: l10n.t("Previous Match"),
    findNext: l10n.t("Next Match"),
    found: l10n.t("{0} found", "{0}"),
    notFound: l10n.t("none found"),
    services: l10n.t("Services"),
    choose: l10n.t("Services…"),
    copy: l10n.t("Copy"),
    copied: l10n.t("{0} lines copied", "{0}"),
    fullLog: l10n.t("Open Full Log"),
    newLines: l10n.t("{0} new lines", "{0}"),
    lines: l10n.t("{0} lines", "{0}"),
    leftOut: l10n.t("{0} lines came faster than they can be shown. Click or scroll here to read them.", "{0}"),
    leftOutFiltered: l10n.t(
      "{0} lines came faster than they can be shown. Click or scroll here to read those that fit the filter.",
      "{0}",
    ),
    lost: l10n.t("{0} lines are no longer kept", "{0}"),
    times: l10n.t("{0}× since {1}", "{0}", "{1}"),
    earlier: l10n.t("Earlier lines are read when you scroll up"),
    begin: l10n.t("From the beginning of the log"),
    beginKept: l10n.t("From the oldest line that is kept; {0} earlier ones no longer exist", "{0}"),
    beginPrevious: l10n.t("The previous run, as far as it is kept"),
    gaps: l10n.t("{0} lines in between are not read yet", "{0}"),
    cut: l10n.t("The newest lines; Open Full Log has what else is kept"),
    looking: l10n.t("Looking through earlier lines, back to {0}…", "{0}"),
    reading: l10n.t("Reading…"),
    nothing: l10n.t("Nothing was written yet."),
    nothingFiltered: l10n.t("No line fits the filter. New lines that fit appear here."),
    nothingPrevious: l10n.t("There is no previous run in the log."),
    gone: l10n.t("No longer there: {0}. What was written stays here until you close the page.", "{0}"),
    openLine: l10n.t("Open line {0}", "{0}"),
    onlyRequest: l10n.t("only this request"),
  };
}

export type LogTexts = ReturnType<typeof words>;

export function texts(): LogTexts {
  return words();
}
