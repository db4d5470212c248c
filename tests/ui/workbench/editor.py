"""The text editor: files, typing, hovers, lenses and quick fixes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Late

from workbench.quick_input import QuickInput, plain
from workbench.wait import STEP, STRETCH, until

# The middle of the first place where a text shows on one line of the editor.
_PLACE_OF = """(editor, wanted) => {
  for (const line of editor.querySelectorAll('.view-line')) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const pieces = [];
    let text = '';
    while (walker.nextNode()) {
      pieces.push({from: text.length, node: walker.currentNode});
      text += walker.currentNode.data;
    }
    const start = text.replaceAll('\\u00a0', ' ').indexOf(wanted);
    if (start < 0) continue;
    const middle = start + Math.floor(wanted.length / 2);
    const piece = pieces.findLast(item => item.from <= middle);
    const range = document.createRange();
    range.setStart(piece.node, middle - piece.from);
    range.setEnd(piece.node, middle - piece.from + 1);
    const box = range.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  }
  return null;
}"""

_NOTHING_COPIED = "nothing was copied"
_NOBODY_HAS_KEYBOARD = "() => document.activeElement === document.body"
_AT_KEYBOARD = "() => document.activeElement.outerHTML.slice(0, 300)"


class Editor:
    """The active editor of the window."""

    def __init__(self, page: Page, quick: QuickInput, folder: Path) -> None:
        self._page = page
        self._quick = quick
        self._folder = folder

    @property
    def _active(self) -> Locator:
        return self._page.locator(".part.editor .editor-group-container.active .monaco-editor").first

    def open(self, path: str) -> None:
        """Opens a file of the folder by its path."""
        name = PurePosixPath(path).name

        def opened() -> bool:
            self._quick.search_and_pick("Control+p", str(self._folder / path), name)
            with contextlib.suppress(Late):
                # Another group may show the file already, while a page is in front in this one.
                tab = self._page.locator(".editor-group-container.active .tab.active", has_text=name)
                tab.first.wait_for(timeout=STEP)
                self._active.wait_for(timeout=STEP)
                return self._is_in_front(path)
            return False

        # A file that has just been written is not found at first, but one of the same name elsewhere is.
        until(opened, f"{path} in front")
        with contextlib.suppress(AssertionError):
            until(self.has_keyboard, f"{name} to have the keyboard", timeout=5)
            return
        # The list of files gives the keyboard back to what had it before, and right after the last page was closed
        # that is nothing: a person would click into the text then.
        if self._page.evaluate(_NOBODY_HAS_KEYBOARD):
            self._quick.run_command("View: Focus Active Editor Group")
        try:
            until(self.has_keyboard, f"{name} to have the keyboard")
        except AssertionError as late:
            raise AssertionError(f"{late}; it is at {self._page.evaluate(_AT_KEYBOARD)}") from None

    def _is_in_front(self, path: str) -> bool:
        """Whether the breadcrumbs begin with this path, where it is one below the folder."""
        parts = list(PurePosixPath(path).parts)
        if path.startswith("/") or len(parts) < 2:
            return True
        items = self._page.locator(".editor-group-container.active .monaco-breadcrumb-item")
        until(lambda: parts[-1] in items.all_inner_texts(), "the breadcrumbs of the file")
        return items.all_inner_texts()[: len(parts)] == parts

    def reveal(self, line: int) -> None:
        """Goes to a line, counted from one."""
        self._quick.search("Control+g", f":{line}")
        until(lambda: any(str(line) in row for row in self._quick.texts()), f"line {line} to be offered")
        self._quick.accept()
        self._quick.closed()
        until(self.has_keyboard, "the editor to have the keyboard")

    def tabs(self) -> list[str]:
        return self._page.locator(".part.editor .tab").evaluate_all("tabs => tabs.map(tab => tab.dataset.resourceName)")

    def text(self) -> str:
        """The whole text, copied as a person would."""
        return copy_all(self._page, self._active)

    def place(self, text: str) -> tuple[float, float]:
        """The middle of a text on screen, once the lines stand still: lenses that come move them."""
        seen: list[list[float] | None] = [None]

        def still() -> list[float] | None:
            seen.append(self._active.evaluate(_PLACE_OF, text))
            return seen[-1] if seen[-1] == seen[-2] else None

        found = until(still, f"{text!r} in the editor")
        assert found is not None
        return found[0], found[1]

    def click(self, text: str) -> None:
        """Puts the cursor into the middle of a text."""
        self._press_at(text, self._page.mouse.click)

    def select(self, text: str) -> None:
        """Selects exactly one word by a double click; where the window took too long between the two, they were two."""

        def selected() -> bool:
            self._press_at(text, self._page.mouse.dblclick)
            return self._active.locator(".selected-text").count() > 0

        until(selected, f"{text!r} to be selected")

    def _press_at(self, text: str, press: Callable[[float, float], None]) -> None:
        """With the mouse on a text; again when the lines moved meanwhile or another part of the window has the
        keyboard."""

        def pressed() -> bool:
            x, y = self.place(text)
            press(x, y)
            return self.has_keyboard() and self._active.evaluate(_PLACE_OF, text) == [x, y]

        until(pressed, f"the editor to take the mouse at {text!r}")

    def has_keyboard(self) -> bool:
        """Whether what is typed goes to the text."""
        return bool(self._active.evaluate("editor => editor.contains(document.activeElement)"))

    def replace_word(self, old: str, new: str) -> None:
        """Types over a word."""
        self.select(old)
        self._page.keyboard.type(new)
        self.place(new)

    def save(self) -> None:
        """Saves the changed file that is in front."""
        dirty = self._page.locator(".part.editor .editor-group-container.active .tab.active.dirty")
        until(lambda: dirty.count() == 1, "the file to be changed")
        self._page.keyboard.press("Control+s")
        until(lambda: dirty.count() == 0, "the file to be saved")

    def squiggles(self, severity: str = "error") -> int:
        """Underlined places on screen: error, warning, info or hint."""
        return self._active.locator(f".squiggly-{severity}").count()

    def faded(self) -> int:
        """Places on screen that are shown as useless."""
        return self._active.locator(".squiggly-inline-unnecessary").count()

    def struck(self) -> int:
        """Places on screen that are struck through."""
        return self._active.locator(".squiggly-inline-deprecated").count()

    def colour(self, word: str) -> str:
        """The colour of the first part of a line with this text; empty while none is on screen."""
        parts = self._active.locator(".view-line span span", has_text=word)
        return str(parts.first.evaluate("part => getComputedStyle(part).color")) if parts.count() else ""

    def suggestions(self, wanted: str = "") -> list[str]:
        """Asks for completions at the cursor with the keyboard, and leaves the list open.

        Asked again while none holds what is wanted: a list without it may be the editor's own, of words of the file.
        """
        rows = self._page.locator(".suggest-widget.visible .monaco-list-row")

        def offered() -> list[str]:
            if rows.count():
                self._page.keyboard.press("Escape")
            self._page.keyboard.press("Control+Space")
            with contextlib.suppress(Late):
                rows.first.wait_for(timeout=STEP)
            labels = [plain(text) for text in rows.locator(".label-name").all_inner_texts()]
            return labels if any(wanted in label for label in labels) else []

        return until(offered, f"completions with {wanted!r}", timeout=20, every=0.5)

    def lenses(self) -> list[str]:
        """Texts of the code lenses on screen."""
        return [plain(text) for text in self._active.locator(".codelens-decoration a").all_inner_texts()]

    def press_lens(self, title: str) -> None:
        lens = self._active.locator(".codelens-decoration a", has_text=re.compile(rf"{re.escape(title)}\s*$")).first
        lens.wait_for(timeout=20_000 * STRETCH)
        lens.click()

    def hover(self, text: str, *, timeout: float = 10.0) -> str:
        """What the hover over a text says."""
        boxes = self._page.locator(
            ".monaco-editor .monaco-hover:visible, .monaco-resizable-hover .monaco-hover:visible"
        )

        def shown() -> str:
            return next((text for text in map(plain, boxes.all_inner_texts()) if text and text != "Loading..."), "")

        def said() -> str:
            # Lines that move below a resting pointer end the hover, so the pointer comes anew.
            self._page.mouse.move(5, 5)
            x, y = self.place(text)
            self._page.mouse.move(x - 2, y)
            self._page.mouse.move(x, y, steps=3)
            with contextlib.suppress(AssertionError):
                return until(shown, "a hover", timeout=STEP / 1000 / STRETCH)
            return ""

        return until(said, f"a hover over {text!r}", timeout=timeout)

    def quick_fixes(self, text: str) -> list[str]:
        """Opens the list of quick fixes at a text and leaves it open."""
        self.click(text)
        return self.fixes_at_cursor()

    def fixes_at_cursor(self) -> list[str]:
        """The same with the keyboard; asked again while the editor does not know of any yet."""
        rows = self._page.locator(".action-widget .monaco-list-row.action")

        def listed() -> bool:
            self._page.keyboard.press("Control+.")
            with contextlib.suppress(Late):
                rows.first.wait_for(timeout=STEP)
            return rows.count() > 0

        until(listed, "the list of quick fixes")
        return [plain(title) for title in rows.locator(".title").all_inner_texts()]

    def apply_fix(self, text: str, title: str) -> None:
        """Chooses a quick fix by a piece of its title."""

        def listed() -> bool:
            if any(title in fix for fix in self.quick_fixes(text)):
                return True
            # The fixes of another place, or of the text as it was.
            self._page.keyboard.press("Escape")
            return False

        until(listed, f"the quick fix {title!r}", every=0.5)
        # The list lies under a shield until the mouse has moved.
        self._page.mouse.move(400, 20)
        self._page.mouse.move(410, 25)
        rows = self._page.locator(".action-widget .monaco-list-row.action")
        rows.filter(has=self._page.locator(".title", has_text=title)).first.click()


def copy_all(page: Page, editor: Locator) -> str:
    """Select all and copy, in any of the window's editors."""
    page.evaluate(f"navigator.clipboard.writeText({_NOTHING_COPIED!r})")
    # Not by a click: a lens above any of the lines may take that.
    editor.locator(".native-edit-context, textarea.inputarea").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")

    def copied() -> str | None:
        text = str(page.evaluate("navigator.clipboard.readText()"))
        return None if text == _NOTHING_COPIED else text

    # An editor without text copies nothing.
    with contextlib.suppress(AssertionError):
        return (until(lambda: [text] if (text := copied()) is not None else [], "a copy", timeout=2)[0]).replace(
            "\r\n", "\n"
        )
    return ""
