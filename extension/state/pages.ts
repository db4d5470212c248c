/**
 * Lists that a view shows a page at a time: what was asked for, and what came back. Pure: no `vscode`, no protocol.
 *
 * A list is asked for when it is first shown, then page by page. When the server says that it may have changed, as many
 * rows as are shown are asked for again, and only lists whose answer is another one are reported.
 */
import { isDeepStrictEqual } from "node:util";

/** Rows of one page. */
export const PAGE = 100;

/** Some rows of a list, from its beginning. */
export interface Page<R> {
  readonly rows: readonly R[];
  /** How many follow; undefined when some do and nobody counted them. */
  readonly left: number | undefined;
  /** What the server wants to see for the page after these; empty where it counts rows. */
  readonly next: string;
  /** Why the list could not be read; empty when it could. */
  readonly problem: string;
}

/** Where a page begins, and how many rows are list. */
export interface PageStart {
  readonly offset: number;
  readonly next: string;
  readonly limit: number;
}

const START: PageStart = { offset: 0, next: "", limit: PAGE };

/** How a kind of lists is identified and asked for. */
export interface ListSource<W, R> {
  ask(list: W, from: PageStart): Promise<Page<R>>;
  key(list: W): string;
  /** Of a row within its list; a row that moved to the next page meanwhile is not shown twice. */
  identity(row: R): string;
  /** A failure as the sentence of a page without rows. */
  explain(error: unknown): string;
}

interface HeldList<W, R> {
  readonly list: W;
  readonly page: Page<R>;
  /** Its row is closed and the server said that it may have changed. */
  readonly stale: boolean;
}

/** The rows of two pages that follow one another. */
export function joinPages<R>(first: Page<R>, second: Page<R>, identity: (row: R) => string): Page<R> {
  const known = new Set(first.rows.map(identity));
  return { ...second, rows: [...first.rows, ...second.rows.filter((row) => !known.has(identity(row)))] };
}

export class PagedLists<W, R> {
  private readonly held = new Map<string, HeldList<W, R>>();
  /** The last work on each list; the next one waits for it. */
  private readonly working = new Map<string, { readonly list: W; readonly done: Promise<unknown> }>();
  private readonly closed = new Set<string>();
  /** Work that a `clear` overtook. */
  private readonly overtaken = new Set<Promise<unknown>>();

  constructor(private readonly source: ListSource<W, R>) {}

  /** What is known of a list without asking. */
  peek(list: W): Page<R> | undefined {
    return this.held.get(this.source.key(list))?.page;
  }

  /** A first page that was known before; the next `again` asks for it. */
  seed(list: W, page: Page<R>): void {
    this.keep(list, page);
  }

  /** All that is known of lists that are not longer than a page. */
  known(): readonly { readonly list: W; readonly page: Page<R> }[] {
    return [...this.held.values()].flatMap(({ list, page }) =>
      page.problem === "" && page.rows.length <= PAGE ? [{ list, page }] : [],
    );
  }

  /** The list as far as it is shown; its first page is asked for when it was not. Never rejects. */
  async open(list: W): Promise<Page<R>> {
    return (
      this.peek(list) ?? this.after(list, async () => this.peek(list) ?? this.keep(list, await this.read(list, START)))
    );
  }

  /** The list with one more page. Never rejects. */
  async more(list: W): Promise<Page<R>> {
    return this.after(list, async () => {
      const shown = this.peek(list);
      if (shown === undefined || shown.left === 0) {
        return shown ?? this.keep(list, await this.read(list, START));
      }
      return this.keep(list, await this.following(list, shown));
    });
  }

  /** Asks again for the shown lists that suit; gives those that are not what they were. Never rejects. */
  async again(suits: (list: W) => boolean): Promise<W[]> {
    const changed: W[] = [];
    for (const [key, one] of [...this.held]) {
      if (!suits(one.list)) {
        continue;
      }
      if (this.closed.has(key)) {
        this.held.set(key, { ...one, stale: true });
      } else if (await this.renew(one.list)) {
        changed.push(one.list);
      }
    }
    return changed;
  }

  /** The row of a list was closed: it is not asked for again until it is opened. */
  close(list: W): void {
    this.closed.add(this.source.key(list));
  }

  /** The row of a list was opened; true when the list is another one than before. */
  async reopen(list: W): Promise<boolean> {
    const key = this.source.key(list);
    this.closed.delete(key);
    return this.held.get(key)?.stale === true && this.renew(list);
  }

  /** Forgets the lists that suit, and answers that are still on their way. */
  clear(suits: (list: W) => boolean): void {
    for (const { list, done } of this.working.values()) {
      if (suits(list)) {
        this.overtaken.add(done);
      }
    }
    for (const [key, one] of [...this.held]) {
      if (suits(one.list)) {
        this.held.delete(key);
        this.closed.delete(key);
      }
    }
  }

  /** True when the list is another one than before. */
  private async renew(list: W): Promise<boolean> {
    return this.after(list, async () => {
      const before = this.peek(list);
      if (before === undefined) {
        return false;
      }
      const wish = Math.max(PAGE, before.rows.length);
      let page = await this.read(list, { ...START, limit: wish });
      while (page.problem === "" && page.left !== 0 && page.rows.length < wish) {
        const longer = await this.following(list, page);
        if (longer.rows.length === page.rows.length) {
          break;
        }
        page = longer;
      }
      if (this.peek(list) !== before) {
        return false;
      }
      // What is shown stays while it cannot be read, with the reason below it.
      page = page.problem === "" ? page : { ...before, problem: page.problem };
      this.keep(list, page);
      return !isDeepStrictEqual(before, page);
    });
  }

  private async following(list: W, shown: Page<R>): Promise<Page<R>> {
    const page = await this.read(list, { offset: shown.rows.length, next: shown.next, limit: PAGE });
    return page.problem === ""
      ? joinPages(shown, page, (row) => this.source.identity(row))
      : { ...shown, problem: page.problem };
  }

  private async read(list: W, from: PageStart): Promise<Page<R>> {
    try {
      return await this.source.ask(list, from);
    } catch (error) {
      return { rows: [], left: 0, next: "", problem: this.source.explain(error) };
    }
  }

  private keep(list: W, page: Page<R>): Page<R> {
    this.held.set(this.source.key(list), { list, page, stale: false });
    return page;
  }

  /** Work on one list is done one after the other; what a `clear` overtook leaves nothing behind. */
  private async after<T>(list: W, work: () => Promise<T>): Promise<T> {
    const key = this.source.key(list);
    const before = this.working.get(key)?.done;
    const now = (async () => {
      await before;
      return work();
    })();
    this.working.set(key, { list, done: now });
    try {
      return await now;
    } finally {
      if (this.overtaken.delete(now)) {
        this.held.delete(key);
      }
      if (this.working.get(key)?.done === now) {
        this.working.delete(key);
      }
    }
  }
}
