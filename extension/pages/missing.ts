/** What a page says when the thing is not there, or could not be read: one sentence and the next step. */
import * as l10n from "@vscode/l10n";

import type { Failure } from "../text/errors";
import { content, notice, type PageAction, type PageContent } from "./content";
import type { Gone } from "./sources";

function close(): PageAction {
  return { label: l10n.t("Close"), rank: "other", act: { kind: "close" } };
}

/** Of something that was deleted, or that was never there. */
export function gonePage(title: string, { sentence, view, label }: Gone): PageContent {
  const show: PageAction = {
    label,
    rank: "first",
    act: { kind: "command", command: `scoredock.${view}.focus`, arguments: [] },
  };
  return content({
    title,
    kind: "",
    states: [{ text: l10n.t("Deleted"), tone: "bad" }],
    notices: [notice("warning", sentence, [show, close()])],
  });
}

/** Of something that could not be read. */
export function failurePage(title: string, failure: Failure): PageContent {
  const again: PageAction = { label: l10n.t("Try Again"), rank: "first", act: { kind: "readAgain" } };
  const remedies = failure.remedies.map((remedy): PageAction => ({
    label: remedy.title,
    rank: "other",
    act: { kind: "command", command: remedy.command, arguments: remedy.arguments },
  }));
  return content({
    title,
    kind: "",
    notices: [notice("bad", failure.sentence, [again, ...remedies, close()])],
  });
}
