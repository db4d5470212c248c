"""The command palette, quick picks and input boxes."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Late

from workbench.wait import STEP, STRETCH, until


def plain(text: str) -> str:
    """Text as a person reads it, without non-breaking spaces."""
    return re.sub(r"[ \t\u00a0]+", " ", text).strip()


class QuickInput:
    """What drops down from the top of the window."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._widget = page.locator(".quick-input-widget:visible")
        self._field = self._widget.locator("input").first
        self._rows = self._widget.locator(".monaco-list-row")
        self._ok = self._widget.locator(".quick-input-action .monaco-button, .quick-input-action a").first

    def wait(self, placeholder_or_title: str = "", *, timeout: float = 20.0) -> None:
        """Until it is open, with this text as its title, placeholder or prompt."""
        self._field.wait_for(timeout=timeout * 1000 * STRETCH)
        if placeholder_or_title:
            until(
                lambda: placeholder_or_title in self.heading(),
                f"a quick input about {placeholder_or_title!r}",
                timeout=timeout,
            )

    def is_open(self) -> bool:
        return self._widget.count() > 0

    def heading(self) -> str:
        """Title, placeholder and prompt together; empty when nothing is open, or closes just now."""
        named, prompt, _ = self._question()
        return plain(" | ".join(text for text in (named, prompt) if text))

    def value(self) -> str:
        return self._field.input_value()

    def labels(self) -> list[str]:
        """Labels of the rows on screen."""
        # Rows are used again; the second line of an earlier one may still be there, hidden.
        first = "rows => rows.map(row => row.querySelector('.label-name')?.innerText ?? '')"
        return [text for text in map(plain, self._rows.evaluate_all(first)) if text]

    def texts(self) -> list[str]:
        """Labels, descriptions and details of the rows on screen."""
        return [plain(text.replace("\n", " ")) for text in self._rows.all_inner_texts()]

    def row(self, label: str) -> Locator:
        exact = re.compile(rf"^\s*{re.escape(label)}\s*$", re.IGNORECASE)
        return self._rows.filter(has=self._page.locator(".label-name", has_text=exact)).first

    def pick(self, label: str, *, stays: bool = False) -> None:
        """Clicks the row with exactly this label; `stays` when the question does."""
        self._take(self.row(label), repr(label), stays)

    def choose(self, containing: str) -> None:
        """Clicks the first row that shows this text anywhere."""
        self._take(self._rows.filter(has_text=containing).first, f"a row with {containing!r}", stays=False)

    def _take(self, row: Locator, what: str, stays: bool) -> None:
        try:
            row.wait_for()
        except Late:
            raise AssertionError(f"no row {what}; there are {self.texts()}") from None
        # A click in a list of several only ticks the row.
        if stays or self._page.locator(".quick-input-widget.show-checkboxes:visible").count():
            row.click()
        else:
            self._leave(lambda: row.click(timeout=STEP), what)

    def _leave(self, gesture: Callable[[], None], what: str) -> None:
        """Makes a gesture that answers the question, and again while the question stays.

        A question shows before its rows are there, and drops what comes before it listens.
        """
        asked = self._question()

        def left() -> bool:
            now = self._question()
            # What is wrong with a text takes the place of the prompt, and goes again, while the text stays.
            same_text = bool(now[2]) and now[2] == asked[2]
            return now[0] != asked[0] or (now[1] != asked[1] and not same_text)

        hindered = ""

        def answered() -> bool:
            nonlocal hindered
            try:
                if not left():
                    gesture()
            except Late as late:
                hindered = str(late)
            deadline = time.monotonic() + STEP / 1000
            while not left() and time.monotonic() < deadline:
                time.sleep(0.05)
            return left()

        try:
            until(answered, f"an answer to {' | '.join(asked)!r} by {what}", timeout=30)
        except AssertionError as error:
            raise AssertionError(f"{error}; {hindered or 'the gesture was made'}") from None

    def _question(self) -> tuple[str, str, str]:
        """Title with placeholder, prompt, and text of what is asked; all empty when nothing is."""
        if not self.is_open():
            return "", "", ""
        try:
            placeholder = self._field.get_attribute("placeholder", timeout=1000) or ""
            value = self._field.input_value(timeout=1000)
        except Late:
            return "", "", ""
        title = self._widget.locator(".quick-input-title").all_inner_texts()
        message = self._widget.locator(".quick-input-message").all_inner_texts()
        return plain(" | ".join([*title, placeholder])), plain(" | ".join(message)), value

    def fill(self, text: str) -> None:
        self._field.fill(text)

    def accept(self) -> None:
        """Enter, until it has answered the question."""
        self._leave(lambda: self._field.press("Enter", timeout=STEP), "Enter")

    def go_on(self, *, timeout: float = 60.0) -> None:
        """Enter on a summary, which does what it says."""
        self.wait("Press Enter to continue", timeout=timeout)
        until(lambda: bool(self.labels()), "the lines of the summary")
        self.accept()

    def change(self, line: str) -> None:
        """Chooses a line of a summary, to be asked about it."""
        self.wait("Press Enter to continue", timeout=60)
        self.pick(line)

    def answer(self, text: str) -> None:
        self.fill(text)
        self.accept()

    def refuse(self, text: str, why: str) -> None:
        """Types what the question does not take: it says why, and Enter does not help."""
        self.fill(text)
        until(lambda: why in self.heading() or any(why in row for row in self.texts()), f"the refusal {why!r}")
        self._field.press("Enter")

    def choose_path(self, path: str, *, by_key: bool = False, proposed: str = "") -> None:
        """A file or folder in the editor's own dialog, once that shows the folder it begins with, and the proposed
        name."""
        until(
            lambda: ".." in self.labels() and self.value().endswith(f"/{proposed}"),
            f"the dialog to list a folder for {proposed or 'a choice'}",
        )
        dialog = self.heading()
        self.fill(path)

        def taken() -> bool:
            # While the dialog reads a folder it does not listen.
            if self.heading() == dialog:
                with contextlib.suppress(Late):
                    self._field.press("Enter", timeout=1000) if by_key else self._ok.click(timeout=1000)
            return self.heading() != dialog

        until(taken, f"the dialog to take {path}", every=1)

    def press_ok(self) -> None:
        """The OK button of a pick of several."""
        self._ok.click()

    def press_button(self, tooltip: str) -> None:
        """A button in the title line of the input, which answers the question."""
        button = self._widget.locator(f'.quick-input-titlebar [aria-label^="{tooltip}"]').first

        def press() -> None:
            # A pointer that rests on the input makes it explain itself, right over the button, now or in a moment.
            for x in (30, 5):
                self._page.mouse.move(x, 5)
            with contextlib.suppress(Late):
                self._page.locator(".monaco-hover:visible").first.wait_for(state="hidden", timeout=2000)
            # An explanation of something else may stay; one over the button holds up the click.
            button.click(timeout=STEP)

        button.wait_for()
        self._leave(press, f"the button {tooltip!r}")

    def cancel(self) -> None:
        self._page.keyboard.press("Escape")
        self._widget.wait_for(state="hidden")

    def closed(self) -> None:
        """Waits until nothing asks any more."""
        until(lambda: not self.is_open(), "the quick input to close")

    # -- the command palette

    def search(self, key: str, text: str) -> None:
        """Opens one of the editor's searches by its key and types into it.

        A page that is just being drawn swallows the key, and what just gets the focus closes the search: then once
        more.
        """

        def typed() -> bool:
            self._page.keyboard.press(key)
            with contextlib.suppress(Late):
                self._field.wait_for(timeout=STEP)
                self._field.fill(text, timeout=STEP)
                return self._field.input_value(timeout=STEP) == text
            return False

        until(typed, f"a search for {text!r}", timeout=30)

    def search_and_pick(self, key: str, text: str, label: str, *, timeout: float = 20.0) -> None:
        """Clicks a row of one of the editor's searches; fails when it is not offered."""
        deadline = time.monotonic() + timeout * STRETCH
        while True:
            # The palette lists what is registered when it opens, so it is opened anew while extensions load.
            self.search(key, text)
            row = self.row(label)
            try:
                row.wait_for(timeout=STEP)
                row.click(timeout=STEP)
            except Late:
                offered = self.labels()
                self.cancel()
                if time.monotonic() > deadline:
                    raise AssertionError(f"{label!r} is not offered; there are {offered[:8]}") from None
                continue
            return

    def run_command(self, title: str, *, timeout: float = 20.0) -> None:
        """Runs a command by its whole palette title; fails when the palette does not offer it."""
        self.search_and_pick("F1", f">{title}", title, timeout=timeout)

    def do(self, kind: str, thing: str, verb: str) -> None:
        """Runs a verb by the palette's Model…, Service…, Environment… or Workspace…: first the thing, unless it is the
        only one, then what to do with it. Without a thing it is a command of the view."""
        self.ask(f"Scoredock: {kind}…", f"{kind} | ")
        for label in filter(None, (thing, verb)):
            row = self.row(label)

            def is_only(label: str = label) -> bool:
                # In whatever language: its name stands in the question.
                return label == thing and thing in self.heading().partition(" | ")[2]

            def offered(row: Locator = row, label: str = label, is_only: Callable[[], bool] = is_only) -> bool:
                if is_only():
                    return True
                self._field.fill(label, timeout=STEP)
                with contextlib.suppress(Late):
                    row.wait_for(timeout=STEP)
                    # The list filters a moment after the typing, and rows move under the mouse then.
                    before = self.labels()
                    self._page.wait_for_timeout(150)
                    return label in before and self.labels() == before
                return False

            try:
                until(offered, f"{label!r} to be offered")
            except AssertionError:
                self.fill("")
                raise AssertionError(f"no {label!r} for {kind} {thing}; there are {self.labels()}") from None
            if is_only():
                self.fill("")
                continue
            self._leave(lambda row=row: row.click(timeout=STEP), repr(label))

    def ask(self, title: str, question: str, *, timeout: float = 30.0) -> None:
        """Runs a command until its first question is there: whatever gets the focus just then closes a question."""

        def shows() -> bool:
            if question not in self.heading():
                self.run_command(title)
            with contextlib.suppress(AssertionError):
                return until(lambda: question in self.heading(), f"{question!r}", timeout=STEP / 1000 / STRETCH)
            return False

        until(shows, f"{title!r} to ask about {question!r}", timeout=timeout)

    def type_command(self, title: str) -> None:
        """Runs a command by the keyboard alone."""
        row = self.row(title)

        def first() -> bool:
            self.search("F1", f">{title}")
            with contextlib.suppress(Late):
                row.and_(self._page.locator(".focused")).wait_for(timeout=STEP)
                return True
            self.cancel()
            return False

        until(first, f"{title!r} to be the first")
        self._page.keyboard.press("Enter")

    def offers_command(self, title: str) -> bool:
        """Whether the palette has it now; ask only once the extension is known to be loaded."""
        self.search("F1", f">{title}")
        found = False
        with contextlib.suppress(Late):
            self.row(title).wait_for(timeout=1500 * STRETCH)
            found = True
        self.cancel()
        return found
