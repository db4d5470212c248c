/** The part of the request panel's page that shows a response. Texts reach the page as text nodes only. */
import type { DisplayedAnswer, DisplayedTable, ResponseView } from "./messages";
import type { Texts } from "./texts";
import { element, headRow, make, namedRow, pressable } from "../webview/elements";
import { joinWords } from "../text/joinWords";

/** What the rest of the page does for it. */
export interface ResponseActions {
  readonly goToLine: (frame: number) => void;
  readonly copy: (text: string) => void;
  readonly chosenView: () => ResponseView;
  readonly chooseView: (view: ResponseView) => void;
}

const NOTHING: DisplayedAnswer = {
  status: 0,
  ok: false,
  summary: "",
  headers: [],
  body: "",
  image: "",
  table: null,
  note: "",
  canBeSaved: false,
  canBeRecorded: false,
  advice: "",
  exception: "",
  frames: [],
  log: "",
};

/** Pixels of a response that must be in view: two or three lines. */
const FIRST_LINES = 60;

/** Characters of a response that a screen reader says by itself. */
const SPOKEN_LIMIT = 200;

export class ResponsePart {
  private readonly response = element("response");
  private readonly summary = element("summary");
  private readonly spoken = element("spoken");
  private readonly advice = element("advice");
  private readonly answer = element("answer");
  private readonly note = element("note");
  private readonly imageBox = element("imageBox");
  private readonly image = element("image", HTMLImageElement);
  private readonly imageSize = element("imageSize");
  private readonly tableBox = element("tableBox");
  private readonly views = element("views");
  private readonly asText = element("asText", HTMLButtonElement);
  private readonly asTable = element("asTable", HTMLButtonElement);
  private readonly copy = element("copy", HTMLButtonElement);
  private readonly record = element("record", HTMLButtonElement);
  private readonly saveAnswer = element("saveAnswer", HTMLButtonElement);
  private readonly failure = element("failure");
  private readonly exception = element("exception");
  private readonly frames = element("frames", HTMLOListElement);
  private readonly line = element("line", HTMLButtonElement);
  private readonly log = element("log");
  private readonly logBox = element("logBox", HTMLDetailsElement);
  private readonly headersBox = element("headersBox", HTMLDetailsElement);
  private shown = NOTHING;
  /** The response is coming, and what has come is shown. */
  private isStreaming = false;

  constructor(
    private readonly texts: Texts,
    private readonly actions: ResponseActions,
  ) {
    this.line.addEventListener("click", () => actions.goToLine(0));
    this.copy.addEventListener("click", () => actions.copy(this.answer.textContent));
    for (const [button, view] of [
      [this.asText, "text"],
      [this.asTable, "table"],
    ] as const) {
      button.addEventListener("click", () => {
        actions.chooseView(view);
        this.showBody();
      });
    }
    this.image.addEventListener("error", () => {
      this.imageSize.textContent = texts.noImage;
    });
    this.image.addEventListener("load", () => {
      const { naturalWidth, naturalHeight } = this.image;
      this.imageSize.textContent = texts.imageSize
        .replace("{0}", String(naturalWidth))
        .replace("{1}", String(naturalHeight));
    });
  }

  /** A request is under way. */
  wait(): void {
    this.isStreaming = false;
    this.summary.className = "";
    this.summary.textContent = this.texts.waiting;
    this.spoken.textContent = this.texts.waiting;
  }

  /** More of a response that takes its time. */
  add(summary: string, text: string): void {
    if (!this.isStreaming) {
      this.show("", "");
      this.isStreaming = true;
      this.spoken.textContent = summary;
    }
    this.summary.textContent = summary;
    if (text !== "") {
      const isFirst = this.answer.hidden;
      const { answer } = this;
      const atEnd = answer.scrollTop + answer.clientHeight >= answer.scrollHeight - 4;
      answer.append(text);
      answer.hidden = false;
      this.copy.hidden = false;
      if (atEnd) {
        answer.scrollTop = answer.scrollHeight;
      }
      if (isFirst) {
        this.reveal();
      }
    }
  }

  /** An end without a response, after which what has come stays. */
  end(line: string, kind: "bad" | ""): void {
    if (this.isStreaming) {
      this.isStreaming = false;
      this.summary.className = kind;
      this.summary.textContent = line;
      this.spoken.textContent = line;
    } else {
      this.show(line, kind);
    }
  }

  show(line: string, kind: "ok" | "bad" | "", shown: DisplayedAnswer = NOTHING): void {
    this.isStreaming = false;
    this.shown = shown;
    this.advice.textContent = shown.advice;
    this.advice.hidden = shown.advice === "";
    this.summary.className = kind;
    this.summary.textContent = line;
    this.note.textContent = shown.note;
    this.note.hidden = shown.note === "";
    this.answer.textContent = shown.body;
    this.answer.scrollTop = 0;
    this.imageBox.hidden = shown.image === "";
    this.imageSize.textContent = "";
    this.image.src = shown.image;
    this.fillTable(shown.table);
    this.showBody();
    this.record.hidden = !shown.canBeRecorded;
    this.saveAnswer.hidden = !shown.canBeSaved;
    this.showFailure(shown);
    this.showLog(shown.log, shown.status >= 500);
    this.showHeaders(shown.headers);
    // The exception speaks for itself.
    const said = shown.exception === "" ? shown.body.slice(0, SPOKEN_LIMIT).replace(/\s+/g, " ") : "";
    this.spoken.textContent = joinWords([line, said], ". ");
    if (kind !== "") {
      this.reveal();
    }
  }

  /** Brings the response into view, unless its beginning is: the first lines, or a failure with its line. */
  private reveal(): void {
    const { failure, frames, exception, advice, note, imageBox, tableBox, answer, summary } = this;
    const first = [failure, advice, note, imageBox, tableBox, answer, summary].find(({ hidden }) => !hidden) ?? summary;
    const { top, bottom } = first.getBoundingClientRect();
    const needed =
      first === failure
        ? (frames.firstElementChild ?? exception).getBoundingClientRect().bottom
        : Math.min(bottom, top + FIRST_LINES);
    if (summary.getBoundingClientRect().top < 0 || needed > window.innerHeight) {
      this.response.scrollIntoView({ block: "start" });
    }
  }

  /** The lines of the log, which come a moment after the response. */
  showLog(lines: string, open = false): void {
    this.log.textContent = lines;
    this.logBox.hidden = lines === "";
    this.logBox.open = open;
  }

  /** As text, or the rows as a table. */
  private showBody(): void {
    const { body, table } = this.shown;
    const asTable = table !== null && this.actions.chosenView() === "table";
    this.views.hidden = table === null;
    this.asText.setAttribute("aria-pressed", String(!asTable));
    this.asTable.setAttribute("aria-pressed", String(asTable));
    this.tableBox.hidden = !asTable;
    this.answer.hidden = asTable || body === "";
    this.copy.hidden = body === "";
  }

  private fillTable(table: DisplayedTable | null): void {
    element("tableCaption").textContent = table?.caption ?? "";
    element("tableHead", HTMLTableSectionElement).replaceChildren(headRow(...(table?.columns ?? [])));
    const rows = (table?.rows ?? []).map((values) => make("tr", "", ...values.map((value) => make("td", "", value))));
    element("tableRows", HTMLTableSectionElement).replaceChildren(...rows);
  }

  private showHeaders(rows: DisplayedAnswer["headers"]): void {
    element("headers", HTMLTableSectionElement).replaceChildren(...rows.map(([name, value]) => namedRow(name, value)));
    this.headersBox.hidden = rows.length === 0;
  }

  private showFailure({ exception, frames }: DisplayedAnswer): void {
    this.failure.hidden = exception === "";
    this.exception.textContent = exception;
    this.line.hidden = frames.length === 0;
    this.frames.replaceChildren(
      ...frames.map(({ place, code }, index) => {
        const link = pressable(place, "link", () => this.actions.goToLine(index));
        return make("li", "", link, " ", make("code", "", code));
      }),
    );
  }
}
