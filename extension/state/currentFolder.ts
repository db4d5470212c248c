/** Which open folder the person works in. Pure: no `vscode`. */

/**
 * Remembers the folder of the last editor that was in one, while a panel, a log or a file from elsewhere is in front.
 */
export class CurrentFolder {
  private last: string | undefined;

  /**
   * `inFront` is the folder of the editor in front, undefined when it is in none; `open` are all folders. Without any
   * memory it is the first one.
   */
  folder(inFront: string | undefined, open: readonly string[]): string | undefined {
    this.last = [inFront, this.last].find((folder) => folder !== undefined && open.includes(folder)) ?? open[0];
    return this.last;
  }
}
