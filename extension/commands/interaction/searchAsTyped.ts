/** A quick pick of several whose items the server searches as the person types. */
import * as vscode from "vscode";

import type { Choice } from "./wizard";
import { debounce } from "./debounce";

/** Offers what suits the typed text below what is chosen already. */
export function searchAsTyped<V>(
  pick: vscode.QuickPick<Choice<V>>,
  search: (text: string) => Promise<readonly Choice<V>[]>,
): vscode.Disposable {
  const run = async (text: string): Promise<void> => {
    try {
      const found = await search(text);
      if (pick.value === text) {
        const chosen = pick.selectedItems;
        const labels = new Set(chosen.map((item) => item.label));
        pick.items = [...chosen, ...found.filter((item) => !labels.has(item.label))].map((item) => ({
          ...item,
          alwaysShow: true,
        }));
        pick.selectedItems = pick.items.filter((item) => labels.has(item.label));
      }
    } catch {
      // Half a condition is no search yet; what was offered stays.
    } finally {
      pick.busy = false;
    }
  };
  const typing = debounce((text) => void run(text));
  return vscode.Disposable.from(
    typing,
    pick.onDidChangeValue((text) => {
      pick.busy = true;
      typing.typed(text);
    }),
  );
}
