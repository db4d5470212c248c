/** A form of several parts in the page of the request panel: a table of its fields. Texts are text nodes only. */
import type { RequestPart } from "../protocol";
import type { Texts } from "./texts";
import { element, make, pressable } from "../webview/elements";

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

export class PartsPart {
  private readonly box = element("parts");
  private readonly rows = element("partRows");
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

  /** Undefined for a body that is not a form. */
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
    const name = this.line(texts.partName, part.name, (text) => this.change(index, { name: text }));
    const kinds = [new Option(texts.partText, "text"), new Option(texts.partFile, "file")];
    const kind = make("select", { ariaLabel: texts.partKind }, ...kinds);
    kind.value = part.isFile ? "file" : "text";
    kind.addEventListener("change", () => {
      this.set(this.parts.map((each, at) => (at === index ? { ...each, isFile: kind.value === "file" } : each)));
      this.focus(index, "select");
    });
    const type = this.line(texts.partType, part.contentType ?? "", (text) => {
      this.change(index, { contentType: text });
    });
    type.placeholder = part.isFile ? texts.partTypeHint : "";
    const remove = pressable("✕", "secondary remove", () => {
      this.set(this.parts.filter((_, at) => at !== index));
      if (this.parts.length === 0) {
        this.add.focus();
      } else {
        this.focus(Math.min(index, this.parts.length - 1), ".remove");
      }
    });
    remove.title = remove.ariaLabel = texts.removePart;
    const value = part.isFile ? this.file(part, index) : [this.text(part, index)];
    return make("tr", "", ...[[name], [kind], value, [type], [remove]].map((inside) => make("td", "", ...inside)));
  }

  private line(label: string, value: string, changed: (text: string) => void): HTMLInputElement {
    const input = make("input", { className: "line", spellcheck: false, value, ariaLabel: label });
    input.addEventListener("input", () => changed(input.value));
    return input;
  }

  /** Several lines, as a field may have them. */
  private text({ text = "" }: RequestPart, index: number): HTMLTextAreaElement {
    const area = make("textarea", { rows: Math.min(6, text.split("\n").length), spellcheck: false, value: text });
    area.ariaLabel = this.texts.partValue;
    area.addEventListener("input", () => this.change(index, { text: area.value }));
    return area;
  }

  private file({ path = "", fileName = "" }: RequestPart, index: number): readonly HTMLElement[] {
    const choose = pressable(this.texts.chooseFile, "secondary", () => this.actions.chooseFile(index));
    const shown = fileName === "" ? path : fileName;
    return [choose, make("code", { title: path }, shown === "" ? this.texts.noFile : shown)];
  }
}
