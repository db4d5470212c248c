/** Lists of words in which some may be empty and then say nothing. No `vscode` here. */

export function withText(words: readonly string[]): string[] {
  return words.filter((each) => each !== "");
}

/** One line of them. */
export function joinWords(words: readonly string[], between = " · "): string {
  return withText(words).join(between);
}

/** The names of what applies, separated by spaces, as the menus of the manifest match them. */
export function applying(all: Readonly<Record<string, boolean>>): string {
  return Object.keys(all)
    .filter((name) => all[name])
    .join(" ");
}
