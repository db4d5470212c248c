/**
 * The editor, as far as `extension/window.ts` calls it: notes what it is given to show, and answers as a person who
 * takes the first item or button, types a letter behind a text, and reads each step.
 */

/** All that was given to it since the last look, in order. */
export const given: unknown[] = [];
/** The letter that the person types. */
export const TYPED = "!";

type Listener = (value: unknown) => unknown;
type Task = (bar: { report: (step: unknown) => void }, token: unknown) => unknown;

/** A field whose listeners hear of what a test fires. */
class Emitter {
  private readonly listeners: Listener[] = [];
  readonly event = (listener: Listener): { dispose: () => void } => {
    this.listeners.push(listener);
    return { dispose: () => undefined };
  };
  fire(value: unknown): void {
    for (const listener of this.listeners) {
      listener(value);
    }
  }
}

/** A quick pick, a box or an item of the status bar; it looks at `this`, as the editor's own do. */
class Shown {
  items: readonly { readonly buttons?: readonly unknown[] }[] = [];
  activeItems: readonly unknown[] = [];
  selectedItems: readonly unknown[] = [];
  value = "";
  private readonly emitters = { active: new Emitter(), selection: new Emitter(), button: new Emitter() };
  private readonly typing = new Emitter();
  readonly onDidChangeActive = this.emitters.active.event;
  readonly onDidChangeSelection = this.emitters.selection.event;
  readonly onDidTriggerItemButton = this.emitters.button.event;
  readonly onDidChangeValue = this.typing.event;

  show(): void {
    given.push({ ...(this as object), emitters: undefined, typing: undefined });
    const [item] = this.items;
    if (item === undefined) {
      this.value += TYPED;
      this.typing.fire(this.value);
      return;
    }
    this.activeItems = this.selectedItems = [item];
    this.emitters.active.fire([item]);
    this.emitters.selection.fire([item]);
    this.emitters.button.fire({ item, button: item.buttons?.[0] });
  }
}

function note(...shown: readonly unknown[]): void {
  given.push(...shown);
}

async function message(text: string, options: unknown, ...buttons: readonly string[]): Promise<string | undefined> {
  note(text, options, buttons);
  return Promise.resolve(buttons[0]);
}

interface Box {
  readonly value?: string;
  readonly validateInput?: (text: string) => Promise<unknown>;
}

export const window = {
  showQuickPick: async (items: readonly unknown[], options: { readonly canPickMany?: boolean }): Promise<unknown> => {
    note(items, options);
    return Promise.resolve(options.canPickMany === true ? items : items[0]);
  },
  showInputBox: async (box: Box): Promise<string> => {
    note(box);
    const typed = `${box.value ?? ""}${TYPED}`;
    note(await box.validateInput?.(typed));
    return typed;
  },
  createQuickPick: (): Shown => new Shown(),
  createInputBox: (): Shown => new Shown(),
  createStatusBarItem: (): Shown => new Shown(),
  showInformationMessage: message,
  showWarningMessage: message,
  showErrorMessage: message,
  withProgress: (options: unknown, task: Task): unknown => {
    note(options);
    return task({ report: note }, undefined);
  },
  setStatusBarMessage: note,
  showOpenDialog: note,
  showSaveDialog: note,
  createWebviewPanel: note,
  createOutputChannel: note,
  createTerminal: note,
};
