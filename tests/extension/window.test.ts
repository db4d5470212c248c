/** Text of others at the door to the editor's window: nothing hides, and what comes back is what was handed in. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import * as door from "../../extension/window";
import { given, TYPED } from "./editorWindow";

/** ESC, CR, LF, OSC, C1, marks of direction, a line separator, half a character, and a link to a command. */
const HOSTILE = "a\u001b[2K\r\nb\u001b]0;x\u0007\u009b31m\u202ec\u2066d\u2028e\ud800[go](command:f)";
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Every text in what the editor was given, besides what comes back as it was. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, each]) => (name === "real" || name === "hidden" ? [] : textsOf(each)));
}

/** Runs it, looks at all that it showed, and gives what it came to. */
async function looked<T>(show: () => T, lines = false): Promise<Awaited<T>> {
  const result = await show();
  const texts = textsOf(given);
  assert.ok(
    texts.some((text) => text.includes("\\x1b[2K\\n") || text.includes("\\x1b[2K\\r\\n")),
    "it was shown",
  );
  for (const text of texts) {
    assert.doesNotMatch(lines ? text.replaceAll("\n", "") : text, HIDDEN);
  }
  return result;
}

interface Item {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly buttons: readonly { readonly iconPath: never; readonly tooltip: string }[];
  /** What a command goes on with. */
  readonly hidden: string;
}

function item(label: string): Item {
  const buttons = [{ iconPath: undefined as never, tooltip: HOSTILE }];
  return { label, description: HOSTILE, detail: HOSTILE, buttons, hidden: HOSTILE };
}

/** A value of one of the editor's enumerations, which are not there in tests. */
function enumValue(value: unknown): never {
  return value as never;
}

const HEAD = { title: HOSTILE, placeHolder: HOSTILE };

beforeEach(() => {
  given.length = 0;
});

const QUESTIONS: Readonly<Partial<Record<keyof typeof door, () => Promise<void>>>> = {
  showQuickPick: async () => {
    const items = [item(HOSTILE), item("other")];
    assert.equal(await looked(() => door.showQuickPick(items, HEAD)), items[0]);
    assert.equal(await looked(() => door.showQuickPick([HOSTILE], HEAD)), HOSTILE);
    const picked = await looked(() => door.showQuickPick(items, { ...HEAD, canPickMany: true }));
    assert.ok(picked?.every((each, index) => each === items[index]));
  },
  createQuickPick: async () => {
    const items = [item(HOSTILE), item("other")];
    const pick = door.createQuickPick<Item>();
    const heard: unknown[] = [];
    pick.onDidChangeActive((active) => heard.push(...active));
    pick.onDidChangeSelection((selected) => heard.push(...selected));
    pick.onDidTriggerItemButton((pressed) => heard.push(pressed.item));
    Object.assign(pick, { title: HOSTILE, placeholder: HOSTILE, items, activeItems: items.slice(1) });
    assert.ok(pick.activeItems[0] === items[1] && pick.items[0] === items[0]);
    await looked(() => pick.show());
    assert.deepEqual(
      heard.map((each) => each === items[0]),
      [true, true, true],
    );
    assert.equal(pick.selectedItems[0], items[0]);
  },
  showInputBox: async () => {
    let checked = "";
    const validateInput = (text: string): string => {
      checked = text;
      return HOSTILE;
    };
    const typed = await looked(() => door.showInputBox({ ...HEAD, prompt: HOSTILE, value: HOSTILE, validateInput }));
    assert.equal(typed, `${HOSTILE}${TYPED}`, "what is left in the box stays what it was");
    assert.equal(checked, typed);
  },
  createInputBox: async () => {
    const box = door.createInputBox();
    const heard: string[] = [];
    box.onDidChangeValue((text) => heard.push(text));
    const head = { title: HOSTILE, placeholder: HOSTILE, prompt: HOSTILE, validationMessage: HOSTILE };
    Object.assign(box, { ...head, value: HOSTILE });
    assert.equal(box.value, HOSTILE);
    await looked(() => box.show());
    assert.deepEqual([box.value, ...heard], [`${HOSTILE}${TYPED}`, `${HOSTILE}${TYPED}`]);
  },
  createStatusBarItem: async () => {
    const bar = door.createStatusBarItem("id", enumValue(1), 1);
    Object.assign(bar, { text: HOSTILE, tooltip: HOSTILE.replace("\r\n", ""), name: "ours" });
    await looked(() => bar.show());
  },
  setStatusBarMessage: () => looked(() => door.setStatusBarMessage(HOSTILE, 1)),
  withProgress: async () => {
    const step = { message: HOSTILE, increment: 1 };
    const task = async (bar: { report: (step: { message: string }) => void }): Promise<string> => {
      bar.report(step);
      return Promise.resolve(HOSTILE);
    };
    assert.equal(await looked(() => door.withProgress({ location: enumValue(15), title: HOSTILE }, task)), HOSTILE);
  },
  ...Object.fromEntries(
    (["showInformationMessage", "showWarningMessage", "showErrorMessage"] as const).map((name) => [
      name,
      async () => {
        const options = { modal: true, detail: [HOSTILE, HOSTILE] };
        assert.equal(await looked(() => door[name](HOSTILE, options, HOSTILE, "No"), true), HOSTILE);
        const [, shown] = given as [string, { readonly detail: string }];
        assert.equal(shown.detail.split("\n").length, 2, "a line of a list is one line");
      },
    ]),
  ),
  showOpenDialog: async () => {
    await looked(() => door.showOpenDialog({ title: HOSTILE, openLabel: HOSTILE }));
  },
  showSaveDialog: async () => {
    await looked(() => door.showSaveDialog({ title: HOSTILE, saveLabel: HOSTILE }));
  },
  createWebviewPanel: async () => {
    await looked(() => door.createWebviewPanel("type", HOSTILE, enumValue(1)));
  },
  createOutputChannel: async () => {
    await looked(() => door.createOutputChannel(HOSTILE, { log: true }));
  },
  createTerminal: async () => {
    await looked(() => door.createTerminal({ name: HOSTILE }));
  },
};

for (const name of Object.keys(door) as (keyof typeof door)[]) {
  test(`${name} shows names of others with their numbers`, async () => {
    const ask = QUESTIONS[name];
    assert.ok(ask !== undefined, "a new way to the window is tried here as well");
    await ask();
  });
}

test("an icon is drawn where the product has one, and its name in a text of others is letters", async () => {
  const words = "$(error) $(sync~spin)";
  const letters = "\\$(error) \\$(sync~spin)";
  await door.showQuickPick([{ icon: "rocket", label: words, description: words, detail: words }, { label: words }]);
  door.setStatusBarMessage(words, 1, "check");
  const bar = door.createStatusBarItem("id", enumValue(1), 1);
  Object.assign(bar, { text: `$(layers) ${words}` });
  bar.show();
  const texts = textsOf(given).filter((text) => text.includes("sync"));
  const drawn = ["rocket", "check", "layers"].map((icon) => `$(${icon}) ${letters}`);
  assert.deepEqual(new Set(texts), new Set([letters, ...drawn]));
});

test("links of others are not links in what the editor writes as such", async () => {
  await door.showErrorMessage(HOSTILE);
  await door.showInputBox({ prompt: HOSTILE });
  assert.equal(textsOf(given).filter((text) => text.includes("](command:")).length, 0);
});

test("a number that somebody takes out of a box, or that stood in the text itself, is what it looks like", async () => {
  const box = door.createInputBox();
  box.value = "one\ntwo\u202e";
  (box as { value: string }).value = box.value.replace("\u202e", "");
  assert.equal(box.value, "one\ntwo");
  const ambiguous = "C:\\new\nfile";
  assert.equal(await door.showInputBox({ value: ambiguous }), `C:\\new\\nfile${TYPED}`);
});
