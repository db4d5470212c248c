/** What a page says when the thing is not there, or could not be read: one sentence and the next step. */
import * as l10n from "@vscode/l10n";

import type { Failure } from "../text/errors";
import { content, notice, type PageAction, type PageContent, type PageRef } from "./content";

const GONE = new Set([
  "model-not-found",
  "service-not-found",
  "revision-not-found",
  "endpoint-not-found",
  "asset-not-found",
  "run-not-found",
  "batch-job-not-found",
  "drift-missing",
  "lineage-missing",
  "rule-missing",
  "event-subscription-missing",
  "workspace-not-found",
]);

/** As a tab names it before anything is known of it. */
export function titleOf(page: PageRef): string {
  switch (page.kind) {
    case "model":
    case "environment":
    case "image":
    case "workspace":
    case "run":
      return page.id;
    case "service":
    case "endpoint":
    case "job":
    case "rule":
    case "subscription":
      return page.name;
    case "audit":
      return l10n.t("Audit log");
    case "drift":
      return l10n.t("Drift of {0}", page.name);
    case "lineage":
      return l10n.t("Lineage of {0}", page.id.replace(/^\w+:/, ""));
    case "comparison":
      return l10n.t("{0} and {1}", page.first, page.second);
    case "imageComparison":
      return l10n.t("{0} and {1}", page.comparison.first, page.comparison.second);
    case "description":
      return l10n.t("API of {0}", page.name);
    case "revisions":
      return l10n.t("Revisions of {0}", page.name);
    case "revisionComparison":
      return l10n.t("Revisions {0} and {1} of {2}", page.before, page.after, page.name);
    case "profile":
      return l10n.t("Profile of {0}", page.profile.name);
    case "size":
      return l10n.t("Size of {0}", page.report.name);
    case "try":
      return l10n.t("Try");
    case "verification":
      return l10n.t("Problems of {0}", page.name);
    case "repair":
      return l10n.t("Repair of {0}", page.name);
  }
}

/** What it was, and where the others of its kind are. */
function goneWords(page: PageRef): { readonly sentence: string; readonly view: string; readonly label: string } {
  const amongModels = (sentence: string) => ({ sentence, view: "models", label: l10n.t("Show Models") });
  const amongServices = (sentence: string) => ({ sentence, view: "services", label: l10n.t("Show Services") });
  const elsewhere = l10n.t("{0} is no longer registered in this workspace.", titleOf(page));
  switch (page.kind) {
    case "revisionComparison":
      return amongServices(l10n.t("Revision {0} or {1} of {2} is no longer kept.", page.before, page.after, page.name));
    case "endpoint":
      return amongServices(l10n.t("The endpoint {0} was deleted. The services of its versions are kept.", page.name));
    case "service":
    case "description":
    case "revisions":
      return amongServices(l10n.t("The service {0} was deleted. Registered models are kept.", page.name));
    case "model":
      return amongModels(
        l10n.t("{0} is no longer registered in this workspace. Other versions are in the Models view.", page.id),
      );
    case "comparison":
      return amongModels(
        l10n.t(
          "{0} or {1} is no longer registered in this workspace, so they cannot be compared.",
          page.first,
          page.second,
        ),
      );
    case "run":
      return amongModels(l10n.t("The run {0} is no longer in its tracking store.", page.id));
    case "job":
      return {
        sentence: l10n.t("The batch job {0} was deleted. Its output is kept.", page.name),
        view: "jobs",
        label: l10n.t("Show Batch Jobs"),
      };
    case "lineage":
      return amongModels(elsewhere);
    case "rule":
      return amongServices(l10n.t("The rule {0} was deleted. The service stays as it is.", page.name));
    case "drift":
      return amongServices(l10n.t("The comparison {0} was deleted.", page.name));
    case "subscription":
      return {
        sentence: l10n.t("The subscription {0} was deleted. Its receiver gets no more events.", page.name),
        view: "workspaces",
        label: l10n.t("Show Workspaces"),
      };
    case "environment":
    case "image":
    case "imageComparison":
      return { sentence: elsewhere, view: "environments", label: l10n.t("Show Environments") };
    case "workspace":
    case "profile":
    case "size":
    case "try":
    case "verification":
    case "repair":
    case "audit":
      return { sentence: elsewhere, view: "workspaces", label: l10n.t("Show Workspaces") };
  }
}

function close(): PageAction {
  return { label: l10n.t("Close"), rank: "other", act: { kind: "close" } };
}

/** Of something that was deleted, or that was never there. */
export function gonePage(page: PageRef): PageContent {
  const { sentence, view, label } = goneWords(page);
  const show: PageAction = {
    label,
    rank: "first",
    act: { kind: "command", command: `scoredock.${view}.focus`, arguments: [] },
  };
  return content({
    title: titleOf(page),
    kind: "",
    states: [{ text: l10n.t("Deleted"), tone: "bad" }],
    notices: [notice("warning", sentence, [show, close()])],
  });
}

export function isGone(failure: Failure): boolean {
  return GONE.has(failure.code);
}

/** Of something that could not be read. */
export function failurePage(page: PageRef, failure: Failure): PageContent {
  const again: PageAction = { label: l10n.t("Try Again"), rank: "first", act: { kind: "readAgain" } };
  const remedies = failure.remedies.map((remedy): PageAction => ({
    label: remedy.title,
    rank: "other",
    act: { kind: "command", command: remedy.command, arguments: remedy.arguments },
  }));
  return content({
    title: titleOf(page),
    kind: "",
    notices: [notice("bad", failure.sentence, [again, ...remedies, close()])],
  });
}
