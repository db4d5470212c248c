/** A form of several parts in the page of the request panel: a table of its fields. Texts are text nodes only. */
import type { RequestPart } from "../protocol";
import type { Texts } from "./messages";
import { element } from "./pageElements";

export interface PartsActions {
  /** The parts were changed from here. */
  readonly changed: (parts: readonly RequestPart[]) => void;
  /** Lets the person choose the file of a part. */
  readonly chooseFile: (index: number) => void;
}

export const EMPTY_PART: RequestPart = {
  name: "",
  text: "",
  path: "",
  content: "",
  isFile: false,
  fileName: "",
  contentType: "",
};

function cell(...children: readonly HTMLElement[]): HTMLTableCellElement {
  const made = document.createElement("td");
  made.append(...children);
  return made;
}

export class PartsPart {
  private readonly box = element("parts", HTMLElement);
  private readonly rows = element("partRows", HTMLElement);
  private readonly add = element("addPart", HTMLButtonElement);
  private parts: readonly RequestPart[] = [];

  constructor(
    private readonly texts: Texts,
    private readonly actions: PartsActions,
  ) {
    this.add.addEventListener("click", () => {
      this.set([...this.parts, EMPTY_PART]);
      this.focus(this.parts.length - 1, "input");
    });
  }

  /** Undefined for a body that is no form. */
  show(parts: readonly RequestPart[] | undefined): void {
    this.box.hidden = parts === undefined;
    if (parts !== undefined && parts !== this.parts) {
      this.parts = parts;
      this.draw();
    }
  }

  setFile(index: number, path: string, fileName: string): void {
    this.change(index, { path, fileName, content: "", contentType: "" });
    this.draw();
    this.focus(index, "button");
  }

  private set(parts: readonly RequestPart[]): void {
    this.parts = parts;
    this.draw();
    this.actions.changed(parts);
  }

  /** Of one part; the row that is typed in stays. */
  private change(index: number, values: Partial<RequestPart>): void {
    this.parts = this.parts.map((part, at) => (at === index ? { ...part, ...values } : part));
    this.actions.changed(this.parts);
  }

  private focus(index: number, what: string): void {
    this.rows.children[index]?.querySelector<HTMLElement>(what)?.focus();
  }

  private draw(): void {
    this.rows.replaceChildren(...this.parts.map((part, index) => this.row(part, index)));
  }

  private row(part: RequestPart, index: number): HTMLTableRowElement {
    const { texts } = this;
    const row = document.createElement("tr");
    const name = this.line(texts.partName, part.name, (text) => {
      this.change(index, { name: text });
    });
    const kind = document.createElement("select");
    kind.append(new Option(texts.partText, "text"), new Option(texts.partFile, "file"));
    kind.value = part.isFile ? "file" : "text";
    kind.setAttribute("aria-label", texts.partKind);
    kind.addEventListener("change", () => {
      this.set(this.parts.map((each, at) => (at === index ? { ...each, isFile: kind.value === "file" } : each)));
      this.focus(index, "select");
    });
    const type = this.line(texts.partType, part.contentType ?? "", (text) => {
      this.change(index, { contentType: text });
    });
    type.placeholder = part.isFile ? texts.partTypeHint : "";
    const remove = document.createElement("button");
    remove.className = "secondary remove";
    remove.textContent = "✕";
    remove.title = texts.removePart;
    remove.setAttribute("aria-label", texts.removePart);
    remove.addEventListener("click", () => {
      this.set(this.parts.filter((_, at) => at !== index));
      if (this.parts.length === 0) {
        this.add.focus();
      } else {
        this.focus(Math.min(index, this.parts.length - 1), ".remove");
      }
    });
    row.append(
      cell(name),
      cell(kind),
      part.isFile ? this.file(part, index) : this.text(part, index),
      cell(type),
      cell(remove),
    );
    return row;
  }

  private line(label: string, value: string, changed: (text: string) => void): HTMLInputElement {
    const input = document.createElement("input");
    input.className = "line";
    input.spellcheck = false;
    input.value = value;
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () => {
      changed(input.value);
    });
    return input;
  }

  /** Several lines, as a field may have them. */
  private text(part: RequestPart, index: number): HTMLTableCellElement {
    const area = document.createElement("textarea");
    area.rows = Math.min(6, (part.text ?? "").split("\n").length);
    area.spellcheck = false;
    area.value = part.text ?? "";
    area.setAttribute("aria-label", this.texts.partValue);
    area.addEventListener("input", () => {
      this.change(index, { text: area.value });
    });
    return cell(area);
  }

  private file(part: RequestPart, index: number): HTMLTableCellElement {
    const choose = document.createElement("button");
    choose.className = "secondary";
    choose.textContent = this.texts.chooseFile;
    choose.addEventListener("click", () => {
      this.actions.chooseFile(index);
    });
    const name = document.createElement("code");
    const shown = part.fileName === "" ? (part.path ?? "") : (part.fileName ?? "");
    name.textContent = shown === "" ? this.texts.noFile : shown;
    name.title = part.path ?? "";
    return cell(choose, name);
  }
}
