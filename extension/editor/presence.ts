/** Whether the person works in a file while something else runs. */
import * as vscode from "vscode";

import { showInformation } from "./notifications";

const { Keyboard, Mouse } = vscode.TextEditorSelectionChangeKind;

export interface Outcome<T> {
  readonly result: T;
  /** What is shown by itself now would take the keyboard from the person. */
  readonly isElsewhere: boolean;
}

/** Runs it, and says whether the person went to a file or typed in one meanwhile. */
export async function withPresence<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  let isElsewhere = false;
  const listening = [
    vscode.window.onDidChangeTextEditorSelection(({ kind }) => {
      isElsewhere ||= kind === Keyboard || kind === Mouse;
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      isElsewhere ||= editor !== undefined;
    }),
  ];
  try {
    const result = await work();
    return { result, isElsewhere };
  } finally {
    for (const one of listening) {
      one.dispose();
    }
  }
}

/** Opens it, or a message with a button that does while the person is elsewhere. */
export function openOrOffer(isElsewhere: boolean, message: string, open: () => void): void {
  if (isElsewhere) {
    showInformation(message, [{ title: vscode.l10n.t("Show"), act: open }]);
  } else {
    open();
  }
}
