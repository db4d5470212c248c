/** Lists of words in which some may be empty and then say nothing. No `vscode` here. */

export function filled(words: readonly string[]): string[] {
  return words.filter((each) => each !== "");
}

/** One line of them. */
export function joined(words: readonly string[], between = " · "): string {
  return filled(words).join(between);
}
