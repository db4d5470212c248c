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
export function read(id: "texts" | "state" | "first"): unknown {
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
  /** Shown for the first time: a page that was hidden meanwhile, or is there again after a reload, asks anew. */
  private readonly isNew = this.host.getState() === undefined;
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

  /** To be called last: what stands in the page as its first message is received at once. */
  listen(receivers: Receivers<S["to"]>): void {
    const all = receivers as unknown as Readonly<Record<string, (message: S["to"]) => void>>;
    const first = (this.isNew ? read("first") : undefined) as S["to"] | undefined;
    window.addEventListener("message", ({ data }: MessageEvent<S["to"]>) => all[data.kind]?.(data));
    if (first !== undefined) {
      all[first.kind]?.(first);
    }
  }
}
