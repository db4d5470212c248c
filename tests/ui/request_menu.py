"""The menus of the request panel and of other pages, which hold what is wanted now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import until

if TYPE_CHECKING:
    from playwright.sync_api import Frame


def press_item(panel: Frame, item: str) -> None:
    """By the keyboard. The menu is opened again where something else took the keyboard, which closes it."""
    more, menu, entry = (panel.locator(f"#{id}") for id in ("more", "moreMenu", item))

    def pressed() -> bool:
        if menu.is_hidden():
            more.press("Enter")
        if not entry.evaluate("it => { it.focus(); return document.hasFocus() && document.activeElement === it; }"):
            return False
        entry.press("Enter")
        return True

    until(pressed, f"{item} in the menu")
    until(menu.is_hidden, "the menu to go")


def press_more(page: Frame, label: str) -> None:
    """In the menu of a page's header, by the keyboard."""
    page.get_by_role("button", name="More Actions…").press("Enter")
    page.get_by_role("menuitem", name=label, exact=True).press("Enter")
