/** Where a text stops being JSON, as a person sees it: line and column. No `vscode` here. */

/** What is wrong there. */
export type FaultKind = "value" | "key" | "colon" | "comma" | "quotes" | "string" | "end" | "nested";

export interface JsonFault {
  readonly kind: FaultKind;
  /** Of the first character that does not fit, from 0. */
  readonly offset: number;
  /** From 1, as the editor counts. */
  readonly line: number;
  readonly column: number;
}

/** Longer texts are not looked at while they are typed. */
const LIMIT = 2_000_000;
const DEEPEST = 500;

const BLANK = /[ \t\n\r]*/y;
/** What Python's json.loads takes as well. */
const PLAIN = /true|false|null|NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class SyntaxFault extends Error {
  constructor(
    readonly kind: FaultKind,
    readonly offset: number,
  ) {
    super(kind);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): void {
    this.value(0);
    this.blank();
    if (this.at < this.text.length) {
      throw new SyntaxFault("end", this.at);
    }
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    this.at += found?.[0].length ?? 0;
    return found !== null;
  }

  private blank(): void {
    this.take(BLANK);
  }

  private next(character: string): boolean {
    this.blank();
    if (this.text[this.at] !== character) {
      return false;
    }
    this.at += 1;
    return true;
  }

  private value(depth: number): void {
    if (depth > DEEPEST) {
      throw new SyntaxFault("nested", this.at);
    }
    if (this.next("{")) {
      this.items("}", () => this.entry(depth));
    } else if (this.next("[")) {
      this.items("]", () => this.value(depth + 1));
    } else if (this.text[this.at] === '"') {
      this.string();
    } else if (!this.take(PLAIN)) {
      throw new SyntaxFault(this.text[this.at] === "'" ? "quotes" : "value", this.at);
    }
  }

  private string(): void {
    if (!this.take(TEXT)) {
      throw new SyntaxFault("string", this.at);
    }
  }

  private entry(depth: number): void {
    this.blank();
    if (this.text[this.at] !== '"') {
      throw new SyntaxFault(this.text[this.at] === "'" ? "quotes" : "key", this.at);
    }
    this.string();
    if (!this.next(":")) {
      throw new SyntaxFault("colon", this.at);
    }
    this.value(depth + 1);
  }

  private items(close: string, item: () => void): void {
    if (this.next(close)) {
      return;
    }
    do {
      item();
    } while (this.next(","));
    if (!this.next(close)) {
      throw new SyntaxFault("comma", this.at);
    }
  }
}

/** The first fault; undefined for what json.loads reads, and for texts that are too long to be looked at. */
export function jsonFault(text: string): JsonFault | undefined {
  if (text.length > LIMIT) {
    return undefined;
  }
  try {
    new Reader(text).document();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) {
      throw fault;
    }
    const before = text.slice(0, fault.offset).split("\n");
    return {
      kind: fault.kind,
      offset: fault.offset,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    };
  }
}
