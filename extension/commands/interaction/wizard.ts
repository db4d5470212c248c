/** A wizard of short quick inputs: back, finish early, and every step already answered. */
import * as vscode from "vscode";

import { debounce } from "./debounce";
import { createInputBox, createQuickPick } from "../../window";

export interface Choice<V> extends vscode.QuickPickItem {
  readonly value: V;
}

interface BaseStep<A> {
  readonly placeholder?: string;
  /** Left out when it says no. */
  readonly when?: (answers: A) => boolean;
}

/** A line of text. */
export interface TextStep<A> extends BaseStep<A> {
  readonly kind: "text";
  readonly prompt: (answers: A) => string;
  readonly value: (answers: A) => string;
  /** A sentence that keeps the step open, or one of less severity that only informs. */
  readonly validate?: (text: string, answers: A) => string | vscode.InputBoxValidationMessage | undefined;
  readonly save: (answers: A, text: string) => A;
}

type Texts<A> = { [K in keyof A]: A[K] extends string ? K : never }[keyof A];

/** A line of text that is one field of the answers. */
export function fieldStep<A>(
  field: Texts<A>,
  prompt: string | (() => string),
  validate?: TextStep<A>["validate"],
): TextStep<A> {
  return {
    kind: "text",
    prompt: () => (typeof prompt === "string" ? prompt : prompt()),
    ...(validate === undefined ? {} : { validate }),
    value: (answers) => String(answers[field]),
    save: (answers, text) => ({ ...answers, [field]: text }),
  };
}

/** One of several. */
export interface PickStep<A, V> extends BaseStep<A> {
  readonly kind: "pick";
  readonly items: (answers: A) => readonly Choice<V>[];
  readonly active: (answers: A, value: V) => boolean;
  /** The items are drawn anew when it comes, as they say more then. */
  readonly later?: Promise<unknown>;
  /** Undefined asks again, as after a cancelled file dialog. */
  readonly save: (answers: A, value: V) => A | undefined | Promise<A | undefined>;
}

/** Any number of several. */
export interface ManyStep<A, V> extends BaseStep<A> {
  readonly kind: "many";
  readonly items: (answers: A) => readonly Choice<V>[];
  readonly picked: (answers: A, value: V) => boolean;
  readonly save: (answers: A, values: readonly V[]) => A | Promise<A>;
  /** More to choose from, asked of the server as the person types. */
  readonly search?: (text: string) => Promise<readonly Choice<V>[]>;
}

// Steps of different value types stand in one list; each is only ever used with its own items.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type WizardStep<A> = TextStep<A> | PickStep<A, any> | ManyStep<A, any>;

export interface Wizard<A> {
  readonly title: string;
  /** What the button that ends the wizard at once says. */
  readonly finish: string;
  readonly steps: readonly WizardStep<A>[];
  /** What is asked only when the person wants it: a button of the last step, and what it says. */
  readonly more?: { readonly label: string; readonly steps: readonly WizardStep<A>[] };
}

type Outcome<A> =
  { readonly kind: "next" | "finish" | "more"; readonly answers: A } | { readonly kind: "back" | "cancel" };

interface Position {
  readonly title: string;
  /** Of the steps of a wizard, with its buttons; a question that stands alone can only be gone back from. */
  readonly among?: WizardPosition;
}

interface WizardPosition {
  readonly step: number;
  readonly total: number;
  /** Ends it at once; none where Enter does. */
  readonly finish?: vscode.QuickInputButton | undefined;
  /** Asks for more after the last step. */
  readonly more?: vscode.QuickInputButton | undefined;
}

function buttonsAt({ among }: Position): vscode.QuickInputButton[] {
  if (among === undefined) {
    return [vscode.QuickInputButtons.Back];
  }
  const own = [among.finish, among.more].filter((button) => button !== undefined);
  return among.step > 1 ? [vscode.QuickInputButtons.Back, ...own] : own;
}

/** Shows an input until it is answered; every way out of it disposes it. */
async function showInput<A>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  at: Position,
  accept: () => A | undefined | Promise<A | undefined>,
): Promise<Outcome<A>> {
  input.title = at.title;
  input.step = at.among?.step;
  input.totalSteps = at.among?.total;
  input.ignoreFocusOut = true;
  input.buttons = buttonsAt(at);
  const listeners: vscode.Disposable[] = [];
  try {
    return await new Promise<Outcome<A>>((resolve, reject) => {
      let accepting = false;
      const settle = async (kind: "next" | "finish" | "more"): Promise<void> => {
        if (accepting) {
          return;
        }
        accepting = true;
        try {
          const answers = await accept();
          if (answers !== undefined) {
            resolve({ kind, answers });
          } else {
            // A file dialog hides the input; it was cancelled, so the question stands again.
            input.show();
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        } finally {
          accepting = false;
        }
      };
      listeners.push(
        input.onDidAccept(() => void settle("next")),
        input.onDidTriggerButton((button) => {
          if (button === vscode.QuickInputButtons.Back) {
            resolve({ kind: "back" });
          } else {
            void settle(button === at.among?.more ? "more" : "finish");
          }
        }),
        input.onDidHide(() => {
          if (!accepting) {
            resolve({ kind: "cancel" });
          }
        }),
      );
      input.show();
    });
  } finally {
    vscode.Disposable.from(...listeners).dispose();
    input.dispose();
  }
}

function blocks(problem: string | vscode.InputBoxValidationMessage | undefined): boolean {
  if (problem === undefined || typeof problem === "string") {
    return problem !== undefined && problem !== "";
  }
  return problem.severity === vscode.InputBoxValidationSeverity.Error;
}

async function askText<A>(step: TextStep<A>, answers: A, at: Position): Promise<Outcome<A>> {
  const box = createInputBox();
  box.value = step.value(answers);
  box.prompt = step.prompt(answers);
  box.placeholder = step.placeholder;
  const check = (): boolean => {
    const problem = step.validate?.(box.value, answers);
    box.validationMessage = problem ?? "";
    return !blocks(problem);
  };
  // An empty box is not wrong before the person has answered.
  if (box.value !== "") {
    check();
  }
  const typing = box.onDidChangeValue(check);
  try {
    return await showInput(box, at, () => (check() ? step.save(answers, box.value) : undefined));
  } finally {
    typing.dispose();
  }
}

async function askPick<A>(step: PickStep<A, unknown>, answers: A, at: Position): Promise<Outcome<A>> {
  const pick = createQuickPick<Choice<unknown>>();
  pick.items = step.items(answers);
  const active = pick.items.filter((item) => step.active(answers, item.value)).slice(0, 1);
  // An empty list would leave none active, and Enter without effect.
  if (active.length > 0) {
    pick.activeItems = active;
  }
  pick.matchOnDescription = true;
  pick.placeholder = step.placeholder;
  let open = true;
  const redraw = (): void => {
    if (open) {
      const at = pick.items.findIndex((item) => item === pick.activeItems[0]);
      pick.items = step.items(answers);
      pick.activeItems = pick.items.slice(at, at + 1);
    }
  };
  step.later?.then(redraw, redraw);
  try {
    return await showInput(pick, at, () => {
      const chosen = pick.selectedItems[0] ?? pick.activeItems[0];
      return chosen === undefined ? undefined : step.save(answers, chosen.value);
    });
  } finally {
    open = false;
  }
}

/** Offers what suits the typed text below what is chosen already. */
function searchAsTyped<V>(
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
      // Half a condition is not a search yet; what was offered stays.
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

async function askMany<A>(step: ManyStep<A, unknown>, answers: A, at: Position): Promise<Outcome<A>> {
  const pick = createQuickPick<Choice<unknown>>();
  pick.canSelectMany = true;
  pick.items = step.items(answers);
  pick.selectedItems = pick.items.filter((item) => step.picked(answers, item.value));
  pick.matchOnDescription = true;
  pick.placeholder = step.placeholder;
  const searching = step.search === undefined ? undefined : searchAsTyped(pick, step.search);
  try {
    return await showInput(pick, at, () =>
      step.save(
        answers,
        pick.selectedItems.map((item) => item.value),
      ),
    );
  } finally {
    searching?.dispose();
  }
}

async function ask<A>(step: WizardStep<A>, answers: A, at: Position): Promise<Outcome<A>> {
  switch (step.kind) {
    case "text":
      return askText(step, answers, at);
    case "pick":
      return askPick(step, answers, at);
    case "many":
      return askMany(step, answers, at);
  }
}

/** One question by itself: the answers with what was said, or undefined when the person went back or closed it. */
export async function askAlone<A>(title: string, step: WizardStep<A>, answers: A): Promise<A | undefined> {
  const outcome = await ask(step, answers, { title });
  return "answers" in outcome ? outcome.answers : undefined;
}

/** The steps that are asked, by what was answered so far. */
class Steps<A> {
  private steps: readonly WizardStep<A>[];
  private readonly finish: vscode.QuickInputButton;
  private readonly more: vscode.QuickInputButton;

  constructor(private readonly wizard: Wizard<A>) {
    this.steps = wizard.steps;
    this.finish = { iconPath: new vscode.ThemeIcon("check-all"), tooltip: wizard.finish };
    this.more = { iconPath: new vscode.ThemeIcon("settings"), tooltip: wizard.more?.label ?? "" };
  }

  /** The first step from a place on that applies; undefined behind the last. */
  next(from: number, answers: A): number | undefined {
    const found = this.steps.findIndex((step, at) => at >= from && (step.when?.(answers) ?? true));
    return found === -1 ? undefined : found;
  }

  /** The one before that applies, or the first of all. */
  before(index: number, answers: A): number {
    for (let at = index - 1; at > 0; at -= 1) {
      if (this.steps[at]?.when?.(answers) ?? true) {
        return at;
      }
    }
    return 0;
  }

  addMore(): void {
    this.steps = [...this.wizard.steps, ...(this.wizard.more?.steps ?? [])];
  }

  async ask(index: number, answers: A): Promise<Outcome<A>> {
    const [step] = this.steps.slice(index);
    return step === undefined
      ? { kind: "finish", answers }
      : ask(step, answers, { title: this.wizard.title, among: this.position(index, answers) });
  }

  private position(index: number, answers: A): WizardPosition {
    const applying = this.steps.map((step, at) => ((step.when?.(answers) ?? true) ? at : -1)).filter((at) => at >= 0);
    const passed = applying.filter((at) => at <= index).length;
    const isLast = passed === applying.length && this.wizard.more !== undefined && this.steps === this.wizard.steps;
    const buttons = isLast ? { more: this.more } : { finish: this.finish };
    return { step: passed, total: applying.length, ...buttons };
  }
}

/** The answers, or undefined when the person left the wizard. */
export async function runWizard<A>(wizard: Wizard<A>, start: A): Promise<A | undefined> {
  const steps = new Steps(wizard);
  let answers = start;
  let from = 0;
  for (;;) {
    const index = steps.next(from, answers);
    if (index === undefined) {
      return answers;
    }
    const outcome = await steps.ask(index, answers);
    if (!("answers" in outcome)) {
      if (outcome.kind === "cancel") {
        return undefined;
      }
      from = steps.before(index, answers);
      continue;
    }
    if (outcome.kind === "finish") {
      return outcome.answers;
    }
    if (outcome.kind === "more") {
      steps.addMore();
    }
    answers = outcome.answers;
    from = index + 1;
  }
}
