"""Tree views of the side bar, the Explorer and context menus."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import PurePosixPath

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Late

from workbench.quick_input import plain
from workbench.wait import STEP, STRETCH, until

_READ_ROWS = """rows => rows.map(row => ({
  label: (row.querySelector('.label-name')?.innerText ?? row.innerText).trim(),
  description: row.querySelector('.label-description')?.innerText.trim() ?? '',
  level: Number(row.getAttribute('aria-level')),
  spoken: row.getAttribute('aria-label') ?? '',
  top: row.getBoundingClientRect().top,
})).sort((a, b) => a.top - b.top).map(({top, ...row}) => row)"""


@dataclass(frozen=True)
class Row:
    """One row as it shows."""

    label: str
    description: str
    level: int
    spoken: str
    """What a screen reader says."""

    @property
    def text(self) -> str:
        return f"{self.label} {self.description}".strip()


def _middle(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box is not None, "it is not on screen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class ContextMenu:
    """The menu that a right-click opens."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._menu = page.locator(".context-view .monaco-menu").first

    def labels(self, target: Locator) -> list[str]:
        """What the menu of a target offers; closes it again. VS Code shows no menu at all when it would be empty."""
        if not self._open(target):
            return []
        labels = self._labels()
        self._page.keyboard.press("Escape")
        self._menu.wait_for(state="hidden")
        return labels

    def choose(self, target: Locator, action: str) -> None:
        """Right-clicks and chooses, in a submenu when the menu itself has no such entry; fails with what is offered
        instead."""
        exact = re.compile(rf"^\s*{re.escape(action)}\s*$")
        deadline = time.monotonic() + 20 * STRETCH
        while True:
            opened = self._open(target)
            entry = self._menu.locator(".action-item", has=self._page.locator(".action-label", has_text=exact)).first
            if opened and entry.count() and self._click(entry):
                return
            if opened and self._choose_below(exact):
                return
            labels = self._labels() if opened else []
            self._page.keyboard.press("Escape")
            # Extensions add their entries a while after the window shows.
            if time.monotonic() > deadline:
                raise AssertionError(f"the context menu does not offer {action!r}; it offers {labels}")
            time.sleep(0.5)

    def _choose_below(self, exact: re.Pattern[str]) -> bool:
        """Chooses an entry of a submenu; False when none has it."""
        menus = self._page.locator(".context-view .monaco-menu")
        for submenu in self._menu.locator(".action-item:has(.submenu-indicator)").all():
            submenu.hover()
            below = menus.nth(1)
            with contextlib.suppress(Late):
                below.wait_for(timeout=STEP)
                label = self._page.locator(".action-label", has_text=exact)
                entry = below.locator(".action-item", has=label).first
                # The submenu of the entry before may still be there.
                entry.wait_for(timeout=STEP)
                return self._click(entry)
        return False

    def offers(self, action: str) -> bool:
        """Whether the menu that opens just now has an entry. Raises when none opens."""
        self._menu.wait_for(timeout=STEP)
        return action in self._labels()

    def pick(self, action: str) -> bool:
        """Chooses in the menu that is open; False when it has no such entry, or closed before it was clicked."""
        exact = re.compile(rf"^\s*{re.escape(action)}\s*$")
        entry = self._menu.locator(".action-item", has=self._page.locator(".action-label", has_text=exact)).first
        return bool(entry.count()) and self._click(entry)

    def _click(self, entry: Locator) -> bool:
        """Chooses an entry; once more while the menu stays: it ignores a click that comes at once, as after a long
        press. False when the menu closed by itself, as where the view below it was drawn anew."""
        clicked = False

        def gone() -> bool:
            nonlocal clicked
            with contextlib.suppress(Late):
                entry.click(timeout=1000 * STRETCH)
                clicked = True
            with contextlib.suppress(Late):
                self._menu.wait_for(state="hidden", timeout=1000 * STRETCH)
                return True
            return False

        time.sleep(0.3)
        until(gone, "the menu to take the click")
        return clicked

    def _open(self, target: Locator) -> bool:
        target.scroll_into_view_if_needed()
        target.click(button="right")
        try:
            self._menu.wait_for(timeout=STEP)
        except Late:
            return False
        return True

    def _labels(self) -> list[str]:
        texts = self._menu.locator(".action-item .action-label:not(.separator)").all_inner_texts()
        return [label for label in map(plain, texts) if label]


class SideBar:
    """View containers, their views and the rows in them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.menu = ContextMenu(page)

    def show(self, container: str) -> None:
        """Opens a view container by the title of its icon in the activity bar."""
        title = re.compile(rf"^\s*{re.escape(container)}", re.IGNORECASE)
        heading = self._page.locator(".part.sidebar .composite.title .title-label", has_text=title)
        if heading.count():
            return
        icon = self._page.locator(f'.activitybar .action-item:has(.action-label[aria-label^="{container}"])').first
        icon.wait_for(timeout=40_000 * STRETCH)

        waited = False

        def shown() -> bool:
            nonlocal waited
            # A second click on the icon of what is shown, or is about to be, would hide it. What does not come, as a
            # window that was reloaded under load has the icon without the view, comes with a click or two.
            if not heading.first.is_visible() and (waited or "checked" not in (icon.get_attribute("class") or "")):
                icon.click()
                # The icon's tooltip would lie over the rows beside it.
                self._page.mouse.move(700, 450)
            with contextlib.suppress(Late):
                heading.first.wait_for(timeout=STEP)
                return True
            waited = True
            return False

        until(shown, f"{container} in the side bar", timeout=20)

    def pane(self, view: str) -> Locator:
        title = re.compile(rf"^\s*{re.escape(view)}", re.IGNORECASE)
        return (
            self._page.locator(".part.sidebar .pane")
            .filter(has=self._page.locator(".pane-header", has_text=title))
            .first
        )

    def open_pane(self, view: str) -> None:
        """Unfolds a view that is folded."""
        header = self.pane(view).locator(".pane-header").first
        header.wait_for()
        if header.get_attribute("aria-expanded") == "false":
            header.click()

    def fold_pane(self, view: str) -> None:
        """Leaves the room to the other views."""
        header = self.pane(view).locator(".pane-header").first
        header.wait_for()
        if header.get_attribute("aria-expanded") == "true":
            header.click()

    def head(self, view: str) -> str:
        """Title and description of a view."""
        return plain(" ".join(self.pane(view).locator(".pane-header").first.inner_text().split()))

    def rows(self, view: str) -> list[Row]:
        """The rows on screen, from top to bottom."""
        found = self.pane(view).locator('.monaco-list-row[role="treeitem"]').evaluate_all(_READ_ROWS)
        return [Row(**row) for row in found]

    def welcome(self, view: str) -> str:
        """The text that an empty view shows."""
        return plain(" ".join(self.pane(view).locator(".welcome-view-content").all_inner_texts()))

    def row(self, view: str, label: str) -> Locator:
        exact = re.compile(rf"^\s*{re.escape(label)}\s*$")
        rows = self.pane(view).locator('.monaco-list-row[role="treeitem"]')
        return rows.filter(has=self._page.locator(".label-name", has_text=exact)).first

    def wait_row(self, view: str, label: str, containing: str = "", *, timeout: float = 20.0) -> Row:
        """Until a row with this label shows the text in its label, description or spoken name."""

        def seen() -> Row | None:
            for row in self.rows(view):
                if row.label == label and (containing in row.text or containing in row.spoken):
                    return row
            return None

        try:
            found = until(seen, f"row {label!r} with {containing!r} in {view}", timeout=timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; rows: {[row.text for row in self.rows(view)]}") from None
        assert found is not None
        return found

    def wait_gone(self, view: str, label: str, *, timeout: float = 20.0) -> None:
        def gone() -> bool:
            return label not in [row.label for row in self.rows(view)]

        try:
            until(gone, f"{label} to go from {view}", timeout=timeout)
        except AssertionError as error:
            shown = self._page.locator(
                ".notification-toast:visible, .monaco-dialog-box:visible, .quick-input-widget:visible"
            )
            raise AssertionError(
                f"{error}; rows: {[row.text for row in self.rows(view)]}; above them: {shown.all_inner_texts()}"
            ) from None

    def take_away(self, view: str, label: str, action: str) -> None:
        """Chooses an entry of a row's context menu that makes the row go; once more where the row stays, as where the
        view was drawn anew in the midst of the click, which closes the menu."""

        def gone() -> bool:
            self.choose(view, label, action)
            with contextlib.suppress(AssertionError):
                self.wait_gone(view, label, timeout=STEP / 1000)
                return True
            return False

        until(gone, f"{label} to go from {view} by {action}", timeout=30)

    def expand(self, view: str, label: str) -> None:
        row = self.row(view, label)
        row.wait_for()

        def unfolded() -> bool:
            # The row may be drawn anew between the look and the click.
            if row.get_attribute("aria-expanded") == "false":
                row.locator(".monaco-tl-twistie").click()
            return row.get_attribute("aria-expanded") != "false"

        until(unfolded, f"{label} to unfold", every=1)

    def choose(self, view: str, label: str, action: str) -> None:
        """An entry of a row's context menu."""
        row = self.row(view, label)
        row.wait_for()
        self.menu.choose(row, action)

    def press_inline(self, view: str, label: str, action: str) -> None:
        """An icon at the end of a row."""
        row = self.row(view, label)
        icon = row.locator(f'.actions .action-label[aria-label^="{action}"]').first

        def pressed() -> bool:
            # A tree that is drawn anew below a resting pointer does not know that it is over a row.
            self._page.mouse.move(5, 5)
            with contextlib.suppress(Late):
                row.hover(timeout=STEP)
                if icon.is_visible():
                    icon.click(timeout=STEP)
                    return True
            return False

        until(pressed, f"the icon {action!r} of {label}", timeout=30)

    def tooltip(self, view: str, label: str, containing: str) -> str:
        """What is said of a row on which the pointer rests, once the text is in it."""
        row = self.row(view, label)
        tooltips = self._page.locator(".monaco-hover:visible, .workbench-hover:visible", has_text=containing)

        def said() -> str:
            # A row that is drawn anew below a resting pointer ends the tooltip, or gets none.
            self._page.mouse.move(5, 5)
            with contextlib.suppress(Late):
                row.hover(timeout=STEP)
                tooltips.first.wait_for(timeout=STEP)
                return tooltips.first.inner_text(timeout=STEP)
            return ""

        return until(said, f"the tooltip of {label} with {containing!r}", timeout=30)

    def inline(self, view: str, label: str) -> list[str]:
        """What the icons at the end of a row do."""
        row = self.row(view, label)
        self._page.mouse.move(5, 5)
        row.hover()
        return [plain(icon.get_attribute("aria-label") or "") for icon in row.locator(".actions .action-label").all()]

    def press_row(self, view: str, label: str, keys: str) -> None:
        """Puts the focus on a row without opening it, then presses keys, one after the other."""
        row = self.row(view, label)
        row.scroll_into_view_if_needed()

        def focused() -> bool:
            # By the arrows: a click would open the page of the row.
            self.pane(view).locator(".monaco-list").first.focus()
            self._page.keyboard.press("Home")
            for _ in range(len(self.rows(view))):
                if "focused" in (row.get_attribute("class") or ""):
                    return True
                self._page.keyboard.press("ArrowDown")
            return "focused" in (row.get_attribute("class") or "")

        until(focused, f"{label} to have the focus")
        for key in keys.split():
            self._page.keyboard.press(key)

    def focused(self, view: str) -> str:
        """The label of the row that keys work on; empty for none."""
        labels = self.pane(view).locator(".monaco-list-row.focused .label-name").all_inner_texts()
        return plain(labels[0]) if labels else ""

    def go_to_end(self, view: str) -> None:
        """To the last row, with the key for it."""
        self.pane(view).locator(".monaco-list").first.focus()
        self._page.keyboard.press("End")

    def choose_title(self, view: str, action: str) -> None:
        """An entry of the menu in the head of a view."""
        header = self.pane(view).locator(".pane-header").first

        def chosen() -> bool:
            with contextlib.suppress(Late):
                header.hover(timeout=STEP)
                header.locator(".actions .action-label.codicon-toolbar-more").first.click(timeout=STEP)
                if self.menu.offers(action) and self.menu.pick(action):
                    return True
            self._page.keyboard.press("Escape")
            return False

        until(chosen, f"{action!r} in the menu of {view}", timeout=30)

    def press_title(self, view: str, action: str) -> None:
        """An icon in the head of a view."""
        pane = self.pane(view)
        icon = pane.locator(f'.pane-header .actions .action-label[aria-label^="{action}"]').first

        def pressed() -> bool:
            self._page.mouse.move(5, 5)
            with contextlib.suppress(Late):
                pane.locator(".pane-header").hover(timeout=STEP)
                icon.click(timeout=STEP)
                return True
            return False

        until(pressed, f"the icon {action!r} of {view}", timeout=30)

    # -- the Explorer

    def file(self, path: str) -> Locator:
        """The Explorer's row of a file, its folders unfolded."""
        self.show("Explorer")
        rows = self._page.locator(".explorer-folders-view .monaco-list-row")
        parts = PurePosixPath(path).parts
        row = rows.first
        for depth, name in enumerate(parts, 1):
            exact = re.compile(rf"^{re.escape(name)}$")
            row = (
                rows.filter(has=self._page.locator(".label-name", has_text=exact))
                .and_(self._page.locator(f'[aria-level="{depth}"]'))
                .first
            )
            row.wait_for()
            if depth < len(parts) and row.get_attribute("aria-expanded") == "false":
                row.click()
                until(lambda folder=row: folder.get_attribute("aria-expanded") == "true", f"{name} to unfold")
        return row

    def select_files(self, *paths: str) -> None:
        """Selects several files, and nothing else: clicks with Ctrl held. One without would open the first file, whose
        editor selects it alone in the Explorer again as soon as it is there."""
        selected = self._page.locator(".explorer-folders-view .monaco-list-row.selected")
        while selected.count():
            selected.first.click(modifiers=["Control"])
        for path in paths:
            self.file(path).click(modifiers=["Control"])

    def drag_file(self, path: str, container: str, view: str) -> None:
        """Drags a file of the Explorer to the end of a view. Over its icon in the activity bar the container opens.

        These are real mouse events; the browser makes the drag events of them.
        """
        mouse = self._page.mouse
        mouse.move(*_middle(self.file(path)))
        mouse.down()
        icon = self._page.locator(f'.activitybar .action-item:has(.action-label[aria-label^="{container}"])').first
        x, y = _middle(icon)
        mouse.move(x, y, steps=10)
        body = self.pane(view).locator(".pane-body").first

        def opened() -> bool:
            mouse.move(x + 1, y)
            mouse.move(x, y)
            return body.is_visible()

        until(opened, f"{container} to open below the dragged file")
        box = body.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 15
        mouse.move(x, y, steps=10)

        def accepted() -> bool:
            mouse.move(x + 1, y)
            mouse.move(x, y)
            return body.locator(".drop-target").count() > 0

        until(accepted, f"{view} to take the dragged file")
        mouse.up()

    def choose_for_file(self, path: str, action: str) -> None:
        self.menu.choose(self.file(path), action)
