/** The way between the script of a page and the extension: messages both ways, and what the page keeps. */

/** What VS Code gives to the script of a page, once. */
interface Host {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Host;

interface Message {
  readonly kind: string;
}

/** What to do with each kind of message. */
type Receivers<To extends Message> = {
  readonly [K in To["kind"]]: (message: Extract<To, { readonly kind: K }>) => void;
};

/** Data that the extension put into the page; undefined where there is none. */
export function read(id: "texts" | "state"): unknown {
  const found = document.getElementById(`given-${id}`);
  return found === null ? undefined : JSON.parse(found.textContent);
}

/** What is said on a channel: by the page, by the extension, and what outlives the page's script. */
interface Spoken {
  readonly from: Message;
  readonly to: Message;
  readonly state: object;
}

export class Channel<S extends Spoken> {
  private readonly host = acquireVsCodeApi();
  /** What was kept; at first what the extension put into the page. */
  state = (this.host.getState() ?? read("state")) as S["state"];

  /** At once: a page in which nothing was changed is there again after a reload of the window, too. */
  constructor() {
    this.host.setState(this.state);
  }

  send(message: S["from"]): void {
    this.host.postMessage(message);
  }

  keep(change: Partial<S["state"]>): void {
    this.state = { ...this.state, ...change };
    this.host.setState(this.state);
  }

  listen(receivers: Receivers<S["to"]>): void {
    const all = receivers as unknown as Readonly<Record<string, (message: S["to"]) => void>>;
    window.addEventListener("message", ({ data }: MessageEvent<S["to"]>) => all[data.kind]?.(data));
  }
}
