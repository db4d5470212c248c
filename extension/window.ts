/**
 * What the editor's window shows, under the editor's own names: lists, boxes, messages, progress, status bar, dialogs,
 * tabs. Names, commands and files in them are of others, so that each text goes through the rule of `text/visible.ts`
 * here, and nobody else calls these functions of the editor (`eslint.window.mjs`). Who picks an item, presses a button
 * or leaves a box as it was gives back what was handed in, and not what stood there.
 */
import * as vscode from "vscode";

import { withoutLinks } from "./text/format";
import { editable, inLines, inRow } from "./text/visible";

/** A field of the editor's own objects, on its way in and on its way back. */
interface Field {
  readonly set?: (value: never) => unknown;
  readonly get?: (value: never) => unknown;
}

/** An object of the editor with some of its fields behind the rule. */
function behind<T extends object>(inner: T, fields: Partial<Record<keyof T, Field>>): T {
  const fieldOf = (name: PropertyKey): Field => (fields as Readonly<Record<PropertyKey, Field>>)[name] ?? {};
  return new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      const get = fieldOf(name).get;
      if (get !== undefined) {
        return get(value as never);
      }
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value) => {
      const set = fieldOf(name).set;
      return Reflect.set(target, name, set === undefined ? value : set(value as never), target);
    },
  });
}

/** One line of text, also where there is none. */
function row<T extends string | undefined>(text: T): T {
  return (text === undefined ? text : inRow(text)) as T;
}

/** A sentence on one line, in a place where the editor makes links. */
function sentence<T extends string | undefined>(text: T): T {
  return (text === undefined ? text : withoutLinks(inRow(text))) as T;
}

/** An object with those of its texts that it has as they may be shown. */
function withRows<T extends object>(thing: T, names: readonly (keyof T)[], shown: (text: string) => string = inRow): T {
  const texts = names.map((name) => [name, thing[name]] as const).filter(([, text]) => typeof text === "string");
  return { ...thing, ...Object.fromEntries(texts.map(([name, text]) => [name, shown(text as string)])) };
}

/** One line of text in a place where the editor draws icons by their names: `$(error)` in it stays these letters. */
function withoutIcons(text: string): string {
  return inRow(text).replaceAll("$(", "\\$(");
}

/** The same behind an icon, where it has one. */
function withIcon(icon: string, text: string): string {
  return icon === "" ? withoutIcons(text) : `$(${icon}) ${withoutIcons(text)}`;
}

const LEADING_ICON = /^\$\(([a-z~-]+)\) /;

/** An item of a list, with an icon in front of its label. */
export interface PickItem extends vscode.QuickPickItem {
  /** The name of one of the editor's icons. */
  readonly icon?: string;
}

function shownItem<T extends PickItem>(item: T): T {
  const texts = withRows(item, ["description", "detail"], withoutIcons);
  const shown = { ...texts, label: withIcon(item.icon ?? "", item.label) };
  return item.buttons === undefined ? shown : { ...shown, buttons: item.buttons.map(shownButton) };
}

/** The editor's own, as Back, are compared with what comes back, and hold no text of others. */
function shownButton<T extends vscode.QuickInputButton>(button: T): T {
  return button.tooltip === row(button.tooltip) ? button : withRows(button, ["tooltip"]);
}

function shownProblem<T extends string | vscode.InputBoxValidationMessage | null | undefined>(problem: T): T {
  if (typeof problem === "string") {
    return sentence(problem);
  }
  const notice: vscode.InputBoxValidationMessage | null | undefined = problem;
  return (notice ? withRows(notice, ["message"], sentence) : notice) as T;
}

type Pickable = string | PickItem;

/** One of them as it was handed in; with `canPickMany` those that were picked. */
export function showQuickPick<T extends Pickable>(
  items: readonly T[],
  options: vscode.QuickPickOptions & { readonly canPickMany: true },
): Promise<T[] | undefined>;
export function showQuickPick<T extends Pickable>(
  items: readonly T[],
  options?: vscode.QuickPickOptions,
): Promise<T | undefined>;
export async function showQuickPick<T extends Pickable>(
  items: readonly T[],
  options: vscode.QuickPickOptions = {},
): Promise<T | T[] | undefined> {
  const shown = items.map((real) => ({ ...shownItem(typeof real === "string" ? { label: real } : real), real }));
  const picked: unknown = await vscode.window.showQuickPick(
    shown,
    withRows(options, ["title", "placeHolder"], sentence),
  );
  const realOf = (item: unknown): T => (item as { readonly real: T }).real;
  return Array.isArray(picked) ? picked.map(realOf) : picked === undefined ? undefined : realOf(picked);
}

/** A list whose items, where they are read, are those that were handed in. */
export function createQuickPick<T extends PickItem>(): vscode.QuickPick<T> {
  const inner = vscode.window.createQuickPick<T>();
  let shownOf = new Map<T, T>();
  let realOf = new Map<T, T>();
  const given: Field = { set: (items: readonly T[]) => items.map((item) => shownOf.get(item) ?? item) };
  const back = (items: readonly T[]): readonly T[] => items.map((item) => realOf.get(item) ?? item);
  const chosen: Field = { ...given, get: back };
  const listened: Field = {
    get: (event: vscode.Event<readonly T[]>) => (listener: (items: readonly T[]) => unknown) =>
      event((items) => listener(back(items))),
  };
  const fields: Partial<Record<keyof vscode.QuickPick<T>, Field>> = {
    title: { set: sentence },
    placeholder: { set: sentence },
    items: {
      set: (items: readonly T[]) => {
        shownOf = new Map(items.map((item) => [item, shownItem(item)]));
        realOf = new Map([...shownOf].map(([item, shown]) => [shown, item]));
        return items.map((item) => shownOf.get(item) ?? item);
      },
      get: back,
    },
    activeItems: chosen,
    selectedItems: chosen,
    onDidChangeActive: listened,
    onDidChangeSelection: listened,
    onDidTriggerItemButton: {
      get:
        (event: vscode.Event<vscode.QuickPickItemButtonEvent<T>>) =>
        (listener: (pressed: vscode.QuickPickItemButtonEvent<T>) => unknown) =>
          event(({ item, button }) => listener({ item: realOf.get(item) ?? item, button })),
    },
  };
  return behind(inner, fields);
}

/** The line that somebody wrote; one that would hide something stands there with its numbers, and stays what it was. */
export async function showInputBox(options: vscode.InputBoxOptions): Promise<string | undefined> {
  const line = editable(options.value ?? "");
  const shown = withRows(options, ["title", "prompt", "placeHolder"], sentence);
  const text = await vscode.window.showInputBox({
    ...shown,
    ...(options.value === undefined ? {} : { value: line.shown }),
    ...(options.validateInput && {
      validateInput: async (typed) => shownProblem(await options.validateInput?.(line.real(typed))),
    }),
  });
  return text === undefined ? undefined : line.real(text);
}

/** The same for a box that stays open. */
export function createInputBox(): vscode.InputBox {
  let line = editable("");
  const texts = { title: { set: sentence }, placeholder: { set: sentence }, prompt: { set: sentence } };
  return behind(vscode.window.createInputBox(), {
    ...texts,
    validationMessage: { set: shownProblem },
    value: {
      set: (value: string) => {
        line = editable(value);
        return line.shown;
      },
      get: (value: string) => line.real(value),
    },
    onDidChangeValue: {
      get: (event: vscode.Event<string>) => (listener: (value: string) => unknown) =>
        event((value) => listener(line.real(value))),
    },
  });
}

type Show = (message: string, options: vscode.MessageOptions, ...buttons: string[]) => Thenable<string | undefined>;

export interface MessageOptions {
  /** A question that must be answered before anything else. */
  readonly modal?: boolean;
  /** A sentence, or the lines of a list: no name in it begins a line of its own. */
  readonly detail?: string | readonly string[];
}

/** The button that was pressed. */
async function ask(
  show: Show,
  message: string,
  { detail, ...options }: MessageOptions,
  buttons: readonly string[],
): Promise<string | undefined> {
  const shown = buttons.map((each) => inRow(each));
  const pressed = await show(
    sentence(message),
    detail === undefined
      ? options
      : {
          ...options,
          detail: [detail]
            .flat()
            .map((line) => inRow(line))
            .join("\n"),
        },
    ...shown,
  );
  return pressed === undefined ? undefined : buttons[shown.indexOf(pressed)];
}

export async function showInformationMessage(
  message: string,
  options: MessageOptions = {},
  ...buttons: readonly string[]
): Promise<string | undefined> {
  return ask(vscode.window.showInformationMessage, message, options, buttons);
}

export async function showWarningMessage(
  message: string,
  options: MessageOptions = {},
  ...buttons: readonly string[]
): Promise<string | undefined> {
  return ask(vscode.window.showWarningMessage, message, options, buttons);
}

export async function showErrorMessage(
  message: string,
  options: MessageOptions = {},
  ...buttons: readonly string[]
): Promise<string | undefined> {
  return ask(vscode.window.showErrorMessage, message, options, buttons);
}

export function withProgress<R>(
  options: vscode.ProgressOptions,
  task: (
    bar: vscode.Progress<{ message?: string; increment?: number }>,
    token: vscode.CancellationToken,
  ) => Thenable<R>,
): Thenable<R> {
  return vscode.window.withProgress(withRows(options, ["title"], sentence), (bar, token) =>
    task({ report: (step) => bar.report(withRows(step, ["message"], sentence)) }, token),
  );
}

/** Shown for so many milliseconds. */
export function setStatusBarMessage(text: string, milliseconds: number, icon = ""): void {
  vscode.window.setStatusBarMessage(withIcon(icon, text), milliseconds);
}

export function createStatusBarItem(
  id: string,
  alignment: vscode.StatusBarAlignment,
  priority: number,
): vscode.StatusBarItem {
  // A tooltip in markdown is made by `text/markdown.ts`, by the same rule.
  const tooltip = (text: string | vscode.MarkdownString | undefined): unknown =>
    typeof text === "string" ? withoutLinks(text) : text;
  return behind(vscode.window.createStatusBarItem(id, alignment, priority), {
    // Its icon changes with its text and stands in front of it.
    text: { set: (text: string) => withIcon(LEADING_ICON.exec(text)?.[1] ?? "", text.replace(LEADING_ICON, "")) },
    tooltip: { set: tooltip },
    accessibilityInformation: {
      set: (spoken: vscode.AccessibilityInformation) => withRows(spoken, ["label"], inLines),
    },
  });
}

export async function showOpenDialog(options: vscode.OpenDialogOptions): Promise<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog(withRows(options, ["title", "openLabel"]));
}

export async function showSaveDialog(options: vscode.SaveDialogOptions): Promise<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog(withRows(options, ["title", "saveLabel"]));
}

export function createWebviewPanel(
  type: string,
  title: string,
  column: vscode.ViewColumn | { readonly viewColumn: vscode.ViewColumn; readonly preserveFocus?: boolean },
  options: vscode.WebviewPanelOptions & vscode.WebviewOptions = {},
): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(type, inRow(title), column, options);
}

export function createOutputChannel(name: string, options: { readonly log: true }): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel(inRow(name), options);
}

export function createTerminal(options: vscode.TerminalOptions): vscode.Terminal {
  return vscode.window.createTerminal(withRows(options, ["name"]));
}
