/** Lays JSON out for people without changing a character of its values: `1.0` and long integers stay what they are. */

/** Longer texts are shown as they are. */
const LIMIT = 2_000_000;
/** A list of plain values up to this width stays on one line: a row of numbers is read as a row. */
const WIDTH = 100;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

class Layout {
  private at = 0;

  constructor(private readonly tokens: readonly string[]) {}

  value(indent: string): string {
    const token = this.next();
    return token === "[" || token === "{" ? this.container(token, indent) : token;
  }

  /** The text is valid JSON, so that every token that is asked for is there. */
  private next(): string {
    const token = this.tokens[this.at] ?? "";
    this.at += 1;
    return token;
  }

  private opensContainer(): boolean {
    const token = this.tokens[this.at];
    return token === "[" || token === "{";
  }

  /** With the colon behind it. */
  private key(): string {
    const key = `${this.next()}: `;
    this.next();
    return key;
  }

  private container(open: "[" | "{", indent: string): string {
    const close = open === "[" ? "]" : "}";
    const inner = `${indent}  `;
    const items: string[] = [];
    // A list of plain values may stay on one line.
    let plain = open === "[";
    while (this.tokens[this.at] !== close) {
      const key = open === "{" ? this.key() : "";
      plain &&= !this.opensContainer();
      items.push(key + this.value(inner));
      if (this.tokens[this.at] === ",") {
        this.next();
      }
    }
    this.next();
    const line = `${open}${items.join(", ")}${close}`;
    if (items.length === 0 || (plain && line.length <= WIDTH)) {
      return line;
    }
    return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
  }
}

/** JSON with line breaks; anything else, and JSON that is not valid, as it is. */
export function pretty(body: string): string {
  if (body.length > LIMIT) {
    return body;
  }
  try {
    JSON.parse(body);
    return new Layout(body.match(TOKEN) ?? []).value("");
  } catch {
    return body;
  }
}
