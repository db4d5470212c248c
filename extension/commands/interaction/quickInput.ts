/** An input of the editor that is shown until it is answered, and taken away in any case. */
import type * as vscode from "vscode";
import { createQuickPick } from "../../window";

/** What `listen` resolves with; undefined where the person left. */
export async function answerOf<T>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  listen: (resolve: (answer: T | undefined) => void) => void,
): Promise<T | undefined> {
  try {
    return await new Promise((resolve) => {
      input.onDidHide(() => resolve(undefined));
      listen(resolve);
      input.show();
    });
  } finally {
    input.dispose();
  }
}

interface Choices {
  readonly title: string;
  readonly placeholder: string;
  readonly offered: readonly vscode.QuickPickItem[];
  /** Says what a text is that is typed and not offered. */
  readonly describe?: (typed: string) => string;
  /** Whether a text can be chosen. */
  readonly fits?: (text: string) => boolean;
}

/** One that is offered, or what the person types. */
export async function chooseOrType(choices: Choices): Promise<string | undefined> {
  const { title, placeholder, offered, describe = () => "", fits = () => true } = choices;
  const pick = createQuickPick();
  pick.title = title;
  pick.placeholder = placeholder;
  const show = (): void => {
    const typed = pick.value.trim();
    const isNew = typed !== "" && offered.every(({ label }) => label !== typed);
    const own = { label: typed, description: describe(typed), alwaysShow: true };
    pick.items = isNew ? [own, ...offered] : offered;
  };
  show();
  pick.onDidChangeValue(show);
  return answerOf<string>(pick, (resolve) => {
    pick.onDidAccept(() => {
      const label = (pick.selectedItems[0] ?? pick.activeItems[0])?.label;
      if (label === undefined || fits(label)) {
        resolve(label);
      }
    });
  });
}
