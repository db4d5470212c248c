"""What is there after Deploy was clicked: the summary, a question, errors that stop it, or a message with buttons."""

from __future__ import annotations

from dataclasses import dataclass

from workbench import Window, until
from workbench.quick_input import plain

_UNDER_WAY = ("Preparing Scoredock", "Deploying", "Updating", "Starting", "Looking for versions")
_ERRORS = "must be fixed before this can be deployed"


@dataclass(frozen=True)
class Seen:
    """What waits for the person."""

    kind: str
    """`summary`, `errors`, `question`, `dialog`, `requests` (the panel of a service that is up) or `message`."""
    text: str
    offered: tuple[str, ...] = ()
    """Rows or buttons."""


def look(window: Window) -> Seen | None:
    """None while nothing waits."""
    page = window.page
    box = page.locator(".monaco-dialog-box")
    if box.count():
        buttons = tuple(map(plain, box.locator(".monaco-button").all_inner_texts()))
        return Seen("dialog", plain(box.locator(".dialog-message-row").inner_text()), buttons)
    if window.quick.is_open():
        heading, labels = window.quick.heading(), tuple(window.quick.labels())
        if not labels:
            return None
        kind = "errors" if _ERRORS in heading else "summary" if "Press Enter to continue" in heading else "question"
        return Seen(kind, " | ".join((heading, *window.quick.texts())), labels)
    return _message(window)


def _message(window: Window) -> Seen | None:
    items = window.page.locator(
        ".notifications-toasts .notification-list-item, .notifications-center .notification-list-item"
    )
    for item in items.all():
        text = plain(item.locator(".notification-list-item-message").inner_text())
        if text.startswith(_UNDER_WAY):
            continue
        buttons = tuple(map(plain, item.locator(".monaco-button").all_inner_texts()))
        return Seen("message", text, buttons)
    active = [plain(text) for text in window.page.locator(".part.editor .tab.active .label-name").all_inner_texts()]
    panel = next((label for label in active if label.startswith("Request: ")), "")
    return Seen("requests", panel) if panel else None


def wait_for_person(window: Window, *, timeout: float = 60.0) -> Seen:
    """Until something waits for the person, and stands still."""
    before: list[Seen | None] = [None]

    def still() -> Seen | None:
        try:
            seen = look(window)
        except Exception:
            seen = None
        before.append(seen)
        return seen if seen is not None and seen == before[-2] else None

    found = until(still, "an answer to Deploy", timeout=timeout, every=0.4)
    assert found is not None
    return found


def press_deploy(window: Window, script: str) -> None:
    """The first click: the lens above the functions, or the palette where a script has none on screen."""
    window.editor.open(script)
    try:
        until(lambda: "Deploy" in window.editor.lenses(), "the lens", timeout=4)
        window.editor.press_lens("Deploy")
    except AssertionError:
        window.quick.run_command("Scoredock: Deploy")


HELPFUL = ("Fix and Deploy", "Apply Quick Fixes and Deploy", "Find Versions That Install")
"""What is pressed in the list of errors, in this order, each once."""


def walk(window: Window, script: str, *, timeout: float = 150.0) -> tuple[list[str], Seen]:
    """Deploys by what is offered first, or helps: the buttons that were pressed, and where that ends."""
    pressed = ["Deploy"]
    press_deploy(window, script)
    while True:
        seen = wait_for_person(window, timeout=timeout)
        if seen.kind == "summary" and pressed[-1] != "Enter":
            pressed.append("Enter")
            window.quick.accept()
        elif seen.kind == "errors" and (button := _helpful(seen, pressed)):
            pressed.append(button)
            window.quick.pick(button)
        elif seen.kind == "dialog" and "Change the File" in seen.offered:
            pressed += ["Change the File", "Deploy"]
            window.notices.dialog("Change the File")
            press_deploy(window, script)
        else:
            return pressed, seen


def _helpful(seen: Seen, pressed: list[str]) -> str:
    return next((name for name in HELPFUL if name in seen.offered and name not in pressed), "")
