/**
 * Parts of a page: those that stand in it, by their ids, and those that its script makes. Texts become text nodes, in
 * which what cannot be seen is shown.
 */

import { inLines } from "../text/visible";

export type Child = Node | string;

export function element(id: string): HTMLElement;
export function element<T extends HTMLElement>(id: string, type: new () => T): T;
export function element(id: string, type = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new Error(`The page lacks #${id}.`);
  }
  return found;
}

/** `look` is the class, or the properties. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  look: string | Partial<HTMLElementTagNameMap[K]>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  Object.assign(made, look === "" ? {} : typeof look === "string" ? { className: look } : look);
  made.append(...children.map((child) => (typeof child === "string" ? inLines(child) : child)));
  return made;
}

/** `focus` is the same when it is drawn again, so that the keyboard stays where it is. */
export function pressable(label: string, style: string, press: () => void, focus = ""): HTMLButtonElement {
  const made = make("button", { type: "button", className: style }, label);
  if (focus !== "") {
    made.dataset["focus"] = focus;
  }
  made.addEventListener("click", press);
  return made;
}

/** The row above the others of a table. */
export function headRow(...names: readonly Child[]): HTMLTableRowElement {
  return make("tr", "", ...names.map((name) => make("th", { scope: "col" }, name)));
}

/** A row of a table; the first cell says what the others are about. */
export function namedRow(name: Child, ...values: readonly Child[]): HTMLTableRowElement {
  return make("tr", "", make("th", { scope: "row" }, name), ...values.map((value) => make("td", "", value)));
}
