"""The panel below the editor (Problems, Output), notifications, dialogs and the status bar."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Late

from workbench.quick_input import QuickInput, plain
from workbench.wait import STEP, STRETCH, until

_READ_PROBLEMS = """rows => rows.filter(row => row.querySelector('.marker-message')).map(row => ({
  message: row.querySelector('.marker-message').innerText.trim(),
  source: row.querySelector('.marker-source')?.innerText.trim() ?? '',
  code: row.querySelector('.marker-code')?.innerText.trim() ?? '',
  place: row.querySelector('.marker-line')?.innerText.trim() ?? '',
  severity: (row.querySelector('.marker-icon .codicon')?.className.match(/codicon-(error|warning|info)/) ?? [])[1] ?? '',
}))"""  # noqa: E501 (a text that would change if it were wrapped)

_VISIBLE_LINES = """lines => lines.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
  .map(line => line.innerText.replaceAll('\\u00a0', ' ').replace(/\\n$/, '')).join('\\n')"""

_PATIENCE = 6.0
"""Seconds until one looks below the bell for a message that did not show by itself."""


@dataclass(frozen=True)
class Problem:
    """One row of the Problems view."""

    message: str
    source: str
    code: str
    place: str
    severity: str


class Panel:
    """Problems and output channels."""

    def __init__(self, page: Page, quick: QuickInput) -> None:
        self._page = page
        self._quick = quick

    def _markers(self) -> Locator:
        view = self._page.locator(".markers-panel:visible").first
        # It may be opening just now, by what was pressed before.
        with contextlib.suppress(Late):
            view.wait_for(timeout=1000)
            return view
        self._quick.run_command("Problems: Focus on Problems View")
        view.wait_for()
        return view

    def problems(self) -> list[Problem]:
        """The problems on screen of all files."""
        rows = self._markers().locator(".monaco-list-row").evaluate_all(_READ_PROBLEMS)
        return [Problem(**row) for row in rows]

    def wait_problem(self, code: str, *, timeout: float = 20.0) -> Problem:
        def seen() -> Problem | None:
            return next((problem for problem in self.problems() if code in problem.code), None)

        found = until(seen, f"a problem {code}", timeout=timeout)
        assert found is not None
        return found

    def wait_no_problem(self, code: str, *, timeout: float = 20.0) -> None:
        until(
            lambda: not any(code in problem.code for problem in self.problems()), f"no problem {code}", timeout=timeout
        )

    def show_channel(self, name: str) -> None:
        """Brings an output channel to the front, once there is one: the list has those of the moment it was opened."""

        def listed() -> bool:
            self._quick.run_command("Output: Show Output Channels...")
            self._quick.wait()
            self._quick.fill(name)
            try:
                self._quick.row(name).wait_for(timeout=STEP)
            except Late:
                self._quick.cancel()
                return False
            return True

        until(listed, f"an output channel {name!r}", timeout=60)
        self._quick.pick(name)
        self._output().wait_for()

    def shown_channel(self) -> str:
        """The name of the output channel in front."""
        choice = self._page.locator(".part.panel select.monaco-select-box").first
        return str(choice.evaluate("choice => choice.selectedOptions[0]?.text ?? ''")) if choice.count() else ""

    def has_keyboard(self) -> bool:
        """Whether what is typed goes to the panel."""
        return bool(self._page.evaluate("document.activeElement?.closest('.part.panel') !== null"))

    def _output(self) -> Locator:
        return self._page.locator(".part.panel .monaco-editor").first

    def output_lines(self) -> str:
        """The lines of the shown channel that are on screen."""
        return str(self._output().locator(".view-line").evaluate_all(_VISIBLE_LINES))

    def wait_output(self, text: str, *, timeout: float = 20.0) -> str:
        """Until the shown channel has the text on screen."""

        def seen() -> str:
            shown = self.output_lines()
            return shown if text in shown else ""

        try:
            return until(seen, f"{text!r} in the output", timeout=timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; on screen:\n{self.output_lines()}") from None

    def close(self) -> None:
        """Where there is one: the editor offers the command then."""
        if self._page.locator(".part.panel").is_visible():
            self._quick.run_command("View: Hide Panel")


class Notifications:
    """Toasts in the corner, and modal dialogs."""

    def __init__(self, page: Page, quick: QuickInput) -> None:
        self._page = page
        self._quick = quick
        self._items = page.locator(
            ".notifications-toasts .notification-list-item, .notifications-center .notification-list-item"
        )

    def texts(self) -> list[str]:
        return [plain(text) for text in self._items.locator(".notification-list-item-message").all_inner_texts()]

    def wait(self, text: str, *, timeout: float = 20.0) -> str:
        """Until a message holds the text; the whole message."""
        bell = self._page.locator('.statusbar [id="status.notifications"] a')
        center = self._page.locator(".notifications-center.visible")
        asked = time.monotonic()

        def seen() -> str:
            # Messages that come faster than a person causes them show only below the bell.
            if time.monotonic() - asked > _PATIENCE and not center.count():
                bell.click()
            return next((item for item in self.texts() if text in item), "")

        return until(seen, f"a message with {text!r}", timeout=timeout)

    def press(self, text: str, button: str) -> None:
        """A button of the message that holds the text."""
        items = self._items.filter(has_text=text)
        clicked = False

        def pressed() -> bool:
            nonlocal clicked
            if clicked and not items.count():
                return True
            # A message that nobody touches goes below the bell after a while.
            self.wait(text)
            there = items.count()
            with contextlib.suppress(Late):
                items.first.hover(timeout=STEP)
                items.first.locator(".monaco-button", has_text=button).first.click(timeout=STEP)
                clicked = True
                # A button that was pressed closes its message.
                with contextlib.suppress(AssertionError):
                    until(lambda: items.count() < there, "the message to close", timeout=STEP / 1000 / STRETCH)
                    return True
            return False

        until(pressed, f"the button {button!r} of a message with {text!r}", timeout=30)

    def clear(self) -> None:
        self._quick.run_command("Notifications: Clear All Notifications")
        self._quick.closed()

    def dialog(self, button: str, *, timeout: float = 20.0) -> str:
        """Presses a button of the modal dialog; the text it had."""
        box = self._page.locator(".monaco-dialog-box")
        box.wait_for(timeout=timeout * 1000 * STRETCH)
        text = plain(box.locator(".dialog-message-row").inner_text())
        pressed = box.locator(".monaco-button", has_text=button).first

        def closed() -> bool:
            with contextlib.suppress(Late):
                if box.count():
                    pressed.click(timeout=STEP)
                box.wait_for(state="hidden", timeout=STEP)
            return box.count() == 0

        until(closed, f"the dialog to close by {button!r}")
        return text


class StatusBar:
    """The bottom line."""

    def __init__(self, page: Page) -> None:
        self._items = page.locator(".statusbar .statusbar-item")

    def texts(self) -> list[str]:
        return [text for text in map(plain, self._items.all_inner_texts()) if text]

    def spoken(self) -> list[str]:
        """What a screen reader says of each, which is more than fits."""
        said: list[str] = self._items.locator("a").evaluate_all(
            "links => links.map(link => link.getAttribute('aria-label') ?? '')"
        )
        return [label for label in said if label]

    def wait(self, text: str, *, timeout: float = 20.0) -> None:
        """Until an item shows or says it."""
        until(
            lambda: any(text in item for item in (*self.texts(), *self.spoken())),
            f"{text!r} in the status bar",
            timeout=timeout,
        )

    def press(self, text: str) -> None:
        self._items.filter(has_text=text).first.click()
