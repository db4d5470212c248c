/** Help with the body in the page of the request panel: a list at the caret, and a form. Texts are text nodes only. */
import type { BodyForm, BodyFormField, BodyProposals } from "../protocol";
import { element, make } from "../webview/elements";

export interface BodyActions {
  /** Asks what may stand at the caret. */
  readonly propose: (before: string) => void;
  /** Asks for the values as fields. */
  readonly form: (body: string) => void;
  /** The body was changed from here. */
  readonly changed: () => void;
}

/** Where the caret is in a text area, in pixels from its corner. */
function caretPlace(area: HTMLTextAreaElement): { readonly left: number; readonly top: number } {
  const mirror = make("div", "mirror");
  const style = getComputedStyle(area);
  for (const name of ["fontFamily", "fontSize", "lineHeight", "padding", "borderWidth", "tabSize"] as const) {
    mirror.style[name] = style[name];
  }
  mirror.style.width = `${area.clientWidth}px`;
  mirror.textContent = area.value.slice(0, area.selectionStart);
  const mark = make("span", "", "\u200b");
  mirror.append(mark);
  document.body.append(mirror);
  const place = { left: mark.offsetLeft, top: mark.offsetTop + mark.offsetHeight - area.scrollTop };
  mirror.remove();
  return place;
}

class ProposalList {
  private readonly list = element("proposals", HTMLUListElement);
  private items: BodyProposals["items"] = [];
  private typed = "";
  private chosen = 0;
  /** What stood before the caret when it was asked. */
  private asked: string | undefined;

  constructor(
    private readonly body: HTMLTextAreaElement,
    private readonly actions: BodyActions,
  ) {
    body.addEventListener("keydown", (event) => this.press(event));
    body.addEventListener("input", (event) => {
      // What is typed while the answer is on its way is asked anew.
      if (this.asked !== undefined || (event instanceof InputEvent && event.data === '"')) {
        this.ask();
      }
    });
    body.addEventListener("blur", () => this.close());
  }

  /** `before` is what it was asked for: answers may overtake one another. */
  show(before: string, { items, typed }: BodyProposals): void {
    const { body } = this;
    if (this.asked !== before || before !== body.value.slice(0, body.selectionStart)) {
      return; // something else was typed meanwhile
    }
    this.items = items;
    this.typed = typed;
    this.chosen = 0;
    this.list.replaceChildren(
      ...items.map(({ label, detail }, index) => {
        const row = make("li", { id: `proposal-${index}`, role: "option" });
        row.append(make("code", "", label), " ", make("span", "", detail));
        row.addEventListener("mousedown", (event) => {
          event.preventDefault();
          this.chosen = index;
          this.take();
        });
        return row;
      }),
    );
    if (items.length === 0) {
      this.close();
      return;
    }
    const { left, top } = caretPlace(body);
    this.list.style.left = `${body.offsetLeft + Math.min(left, body.clientWidth - 160)}px`;
    this.list.style.top = `${body.offsetTop + Math.min(top, body.clientHeight)}px`;
    this.list.hidden = false;
    this.mark();
  }

  private ask(): void {
    this.asked = this.body.value.slice(0, this.body.selectionStart);
    this.actions.propose(this.asked);
  }

  private close(): void {
    this.list.hidden = true;
    this.asked = undefined;
    this.body.removeAttribute("aria-activedescendant");
  }

  private mark(): void {
    [...this.list.children].forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === this.chosen));
    });
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" });
    this.body.setAttribute("aria-activedescendant", `proposal-${this.chosen}`);
  }

  private press(event: KeyboardEvent): void {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.ask();
      return;
    }
    if (this.list.hidden || event.ctrlKey || event.metaKey) {
      return;
    }
    const act: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Enter: () => this.take(),
      Tab: () => this.take(),
      Escape: () => this.close(),
    };
    const done = act[event.key];
    if (done !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      done();
    } else if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") {
      this.close();
    }
  }

  private move(by: number): void {
    this.chosen = (this.chosen + by + this.items.length) % this.items.length;
    this.mark();
  }

  private take(): void {
    const item = this.items[this.chosen];
    const { body, typed } = this;
    this.close();
    if (item !== undefined) {
      const end = body.selectionStart;
      body.setRangeText(item.text, end - typed.length, end, "end");
      this.actions.changed();
    }
  }
}

export class BodyPart {
  private readonly body = element("body", HTMLTextAreaElement);
  private readonly form = element("form");
  private readonly views = element("bodyViews");
  private readonly asJson = element("asJson", HTMLButtonElement);
  private readonly asForm = element("asForm", HTMLButtonElement);
  private readonly reason = element("formReason");
  private readonly proposals: ProposalList;
  private fields: BodyFormField[] = [];
  private isForm = false;

  constructor(private readonly actions: BodyActions) {
    this.proposals = new ProposalList(this.body, actions);
    this.asForm.addEventListener("click", () => actions.form(this.body.value));
    this.asJson.addEventListener("click", () => {
      this.reason.textContent = "";
      this.choose(false);
    });
  }

  showProposals(before: string, proposals: BodyProposals): void {
    this.proposals.show(before, proposals);
  }

  /** The body is JSON, or something else, which has no form. */
  allow(isJson: boolean): void {
    this.views.hidden = !isJson;
    this.reason.textContent = "";
    if (this.isForm && isJson) {
      this.actions.form(this.body.value);
    } else {
      this.isForm = false;
      this.form.hidden = true;
      this.press();
    }
  }

  showForm({ fields, reason }: BodyForm): void {
    this.reason.textContent = reason === "" ? "" : reason;
    this.fields = [...fields];
    this.form.replaceChildren(...fields.flatMap((field, index) => this.row(field, index)));
    this.choose(reason === "");
  }

  private choose(isForm: boolean): void {
    this.isForm = isForm;
    this.form.hidden = !isForm;
    this.body.hidden = isForm;
    this.press();
  }

  private press(): void {
    this.asForm.setAttribute("aria-pressed", String(this.isForm));
    this.asJson.setAttribute("aria-pressed", String(!this.isForm));
  }

  private row(field: BodyFormField, index: number): readonly HTMLElement[] {
    const id = `field-${index}`;
    const label = make("label", { htmlFor: id }, field.label);
    const input = field.kind === "choice" ? make("select", { id }) : make("input", { id });
    if (input instanceof HTMLSelectElement) {
      input.append(...field.choices.map((choice) => new Option(choice, choice)));
    } else {
      input.className = "line";
      input.spellcheck = false;
      input.inputMode = field.kind === "number" ? "decimal" : "text";
    }
    input.value = field.value;
    input.addEventListener("input", () => {
      this.write(index, field.kind === "text" ? JSON.stringify(input.value) : input.value);
    });
    return [label, input];
  }

  /** Puts a value where the former one stood; what stands behind it moves. */
  private write(index: number, text: string): void {
    const field = this.fields[index];
    if (field === undefined) {
      return;
    }
    const { body } = this;
    const moved = text.length - (field.end - field.start);
    body.value = body.value.slice(0, field.start) + text + body.value.slice(field.end);
    this.fields = this.fields.map((each, at) => ({
      ...each,
      start: at > index ? each.start + moved : each.start,
      end: at >= index ? each.end + moved : each.end,
    }));
    this.actions.changed();
  }
}
