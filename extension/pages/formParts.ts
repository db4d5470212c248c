/** Pieces that the forms of the pages have in common. */

export function cell(tag: "th" | "td", style: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = style;
  made.append(...children);
  return made;
}

/** A button of a form; the focus is found again by both names when the page is drawn anew. */
export function pressable(form: string, label: string, style: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = style;
  made.textContent = label;
  made.dataset["focus"] = `${form}/${label}`;
  return made;
}
