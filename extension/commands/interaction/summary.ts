/** All that will be done in one quick pick: the first item does it, each line below can be changed before. */
import * as vscode from "vscode";

import { answerOf } from "./quickInput";
import { createQuickPick, type PickItem } from "../../window";

const { l10n } = vscode;

/** One part of what will be done. */
export interface SummaryLine<A> {
  /** An icon of the editor, such as `package`. */
  readonly icon: string;
  readonly label: string;
  readonly value: (answers: A) => string;
  /** A second line, for what the person should know of it. */
  readonly note?: (answers: A) => string;
  /** Left out when it says no. */
  readonly when?: (answers: A) => boolean;
  /** Undefined when the person went back. */
  readonly change: (answers: A) => Promise<A | undefined>;
}

export interface Summary<A> {
  readonly title: string;
  /** What the first item says, with its icon. */
  readonly act: Required<Pick<PickItem, "icon" | "label">>;
  /** All of it in one line. */
  readonly described: (answers: A) => string;
  readonly lines: readonly SummaryLine<A>[];
  /** The line that has to be answered before it can be done. */
  readonly open?: (answers: A) => SummaryLine<A> | undefined;
  /** What comes later, such as whether Docker answers, and changes what lines say. */
  readonly later?: Promise<unknown>;
}

interface Item<A> extends PickItem {
  readonly line?: SummaryLine<A>;
}

function itemsOf<A>(summary: Summary<A>, answers: A): Item<A>[] {
  const lines = summary.lines
    .filter((line) => line.when?.(answers) ?? true)
    .map((line): Item<A> => {
      const note = line.note?.(answers) ?? "";
      return {
        icon: line.icon,
        label: line.label,
        description: line.value(answers),
        ...(note === "" ? {} : { detail: note }),
        line,
      };
    });
  return [
    { ...summary.act, detail: summary.described(answers), alwaysShow: true },
    { label: l10n.t("Change"), kind: vscode.QuickPickItemKind.Separator },
    ...lines,
  ];
}

/** Shows it once; what was chosen, or undefined when it was closed. */
async function choose<A>(summary: Summary<A>, answers: A): Promise<Item<A> | undefined> {
  const pick = createQuickPick<Item<A>>();
  pick.title = summary.title;
  pick.placeholder = l10n.t("Press Enter to continue, or select what to change");
  pick.matchOnDescription = true;
  pick.ignoreFocusOut = true;
  pick.items = itemsOf(summary, answers);
  let open = true;
  const redraw = (): void => {
    if (open) {
      const at = pick.items.findIndex((item) => item === pick.activeItems[0]);
      pick.items = itemsOf(summary, answers);
      pick.activeItems = pick.items.slice(at, at + 1);
    }
  };
  summary.later?.then(redraw, redraw);
  const answer = await answerOf<Item<A>>(pick, (resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0] ?? pick.activeItems[0]));
  });
  open = false;
  return answer;
}

/** Asks what is still open; undefined when the person went back. */
async function answerOpen<A>(summary: Summary<A>, start: A): Promise<{ readonly answers: A; readonly done: boolean }> {
  let answers = start;
  for (;;) {
    const line = summary.open?.(answers);
    if (line === undefined) {
      return { answers, done: true };
    }
    const changed = await line.change(answers);
    if (changed === undefined) {
      return { answers, done: false };
    }
    answers = changed;
  }
}

/** The answers to do it with, or undefined when the person left. Each change comes back to the summary. */
export async function runSummary<A>(summary: Summary<A>, start: A): Promise<A | undefined> {
  let answers = start;
  for (;;) {
    const chosen = await choose(summary, answers);
    if (chosen === undefined) {
      return undefined;
    }
    if (chosen.line !== undefined) {
      answers = (await chosen.line.change(answers)) ?? answers;
      continue;
    }
    const end = await answerOpen(summary, answers);
    if (end.done) {
      return end.answers;
    }
    answers = end.answers;
  }
}
