/**
 * Answers that the editor gets at once, although the server may be busy. No `vscode` here.
 *
 * An editor measures how long the lines above a function take, and asks less often where that is long: after one
 * answer of a minute it waits a minute before it asks again, and every change on the way puts that off. What is shown
 * would then be old for minutes. So it never waits: it gets what was answered last, and hears when that is another.
 */

/** Milliseconds that an editor waits for an answer. */
const PATIENCE = 150;

interface LastAnswer<T> {
  readonly answer: T;
  /** For the comparison. */
  readonly text: string;
}

export class PromptAnswers<T> {
  private readonly known = new Map<string, LastAnswer<T>>();

  constructor(private readonly patience = PATIENCE) {}

  /**
   * What `ask` says, or what it said last of this `key` where it takes long; `again` is called when it then says
   * something else. Nothing is kept of a question that was `given up`.
   */
  async answer(
    key: string,
    ask: () => Promise<T>,
    { givenUp, again }: { readonly givenUp: () => boolean; readonly again: () => void },
  ): Promise<T | undefined> {
    let late = false;
    const asked = ask().then((answer) => {
      if (givenUp()) {
        return answer;
      }
      const text = JSON.stringify(answer ?? null);
      const isNews = this.known.get(key)?.text !== text;
      this.known.set(key, { answer, text });
      if (late && isNews) {
        again();
      }
      return answer;
    });
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<T | undefined>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        // Nobody waits for it any more; the next question says what is wrong.
        asked.catch(() => undefined);
        resolve(this.known.get(key)?.answer);
      }, this.patience);
    });
    try {
      return await Promise.race([asked, waited]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Of what is closed nothing need be known. */
  forget(key: string): void {
    this.known.delete(key);
  }
}
