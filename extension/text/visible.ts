/**
 * Text of others as people may see it, by the same rule as the terminal's (`visible.py`): what moves, hides or turns
 * the text beside it is shown as its number. No `vscode` here.
 */

/** Control characters but line ends and tabs, line separators, halves of characters, and what turns the direction. */
const UNSEEN = /(?!\r?\n|\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** The same and line ends, which a row has not. */
const HIDDEN = new RegExp(`\\r?\\n|${UNSEEN.source}`, "gu");
const LONGEST = 4_000;

function asNumber(character: string): string {
  const code = character.charCodeAt(0);
  const digits = code < 0x100 ? 2 : 4;
  return `\\${digits === 2 ? "x" : "u"}${code.toString(16).padStart(digits, "0")}`;
}

/** With its lines and tabs. */
export function inLines(text: string): string {
  return text.replace(UNSEEN, (character) => (character === "\r" ? "\\r" : asNumber(character)));
}

/** On one line, as a row has it, and not longer than it can be looked at; a line of a log is as long as it is. */
export function inRow(text: string, longest = LONGEST): string {
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return inLines(short).replace(/\r\n|\n/g, "\\n");
}

/** A text in a box that somebody edits. */
export interface EditableText {
  /** What stands there: with numbers for what a box would hide or, as ends of lines, leave out. */
  readonly shown: string;
  /** What is meant by what stands there in the end. */
  readonly real: (typed: string) => string;
}

/**
 * A number that was put into the box stands for its character until somebody takes it away. Where the same signs are
 * in the text itself, only a text that nobody edited is what it was, and others are taken as they are typed.
 */
export function editable(text: string): EditableText {
  const shown = inRow(text, Infinity);
  const characters = new Map([...text.matchAll(HIDDEN)].map(([character]) => [inRow(character), character]));
  const isClear = ![...characters.keys()].some((number) => text.includes(number));
  const meant = (typed: string): string =>
    [...characters].reduce((line, [number, character]) => line.replaceAll(number, character), typed);
  return { shown, real: (typed) => (typed === shown ? text : isClear ? meant(typed) : typed) };
}
