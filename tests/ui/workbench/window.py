"""One browser window that shows the workbench, and the parts of it."""

from __future__ import annotations

import contextlib
import shlex
import sys
import tempfile
import urllib.parse
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Frame, Page, Playwright, ViewportSize, sync_playwright

from workbench.editor import Editor
from workbench.install import CHROMIUM
from workbench.panel import Notifications, Panel, StatusBar
from workbench.quick_input import QuickInput, plain
from workbench.tree import SideBar
from workbench.wait import STRETCH, until

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,BackForwardCache",
    # Loading the workbench fills the small first generation of the heap over and over, and threads that clear it side
    # by side have no processors to themselves here.
    "--js-flags=--single-threaded-gc --min-semi-space-size=32 --max-semi-space-size=64",
]


_STILL = """
const still = '*, *::before, *::after { animation: none !important; transition: none !important; }';
const add = () => {
  const style = document.createElement('style');
  style.textContent = still;
  (document.head ?? document.documentElement)?.append(style);
};
if (document.head) add(); else addEventListener('DOMContentLoaded', add);
"""
"""Nothing moves: each frame of a bar or a ring that turns is drawn by the processor here."""


class Chromium:
    """The browser that all windows of a run are opened in; each has a profile of its own there. Started when first
    needed."""

    def __init__(self) -> None:
        self._play: Playwright | None = None
        self._browser: Browser | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def profile(self, width: int, height: int) -> BrowserContext:
        if self._browser is None or not self._browser.is_connected():
            self.close()
            self._play = sync_playwright().start()
            self._browser = self._play.chromium.launch(executable_path=self._program(), args=_FLAGS)
        return self._browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-US",
            permissions=["clipboard-read", "clipboard-write"],
        )

    def _program(self) -> str:
        """A script that starts it where it takes no notice of the containers of other tests."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="scoredock-chromium-")
        script = Path(self._folder.name) / "chromium"
        words = [sys.executable, str(Path(__file__).with_name("without_netlink.py")), str(CHROMIUM)]
        script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        script.chmod(0o700)
        return str(script)

    def close(self) -> None:
        """Safe to call twice and after a crash."""
        for end in (self._browser and self._browser.close, self._play and self._play.stop):
            with contextlib.suppress(Exception):
                if end is not None:
                    end()
        self._browser = self._play = None


class Window:
    """A person's window on a folder, or on several that a `.code-workspace` file names."""

    def __init__(self, chromium: Chromium, port: int, folder: Path, *, width: int = 1400, height: int = 900) -> None:
        self._origin = f"http://127.0.0.1:{port}"
        self._size: ViewportSize = {"width": width, "height": height}
        self._context = chromium.profile(width, height)
        self._context.add_init_script(_STILL)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(20_000 * STRETCH)
        self.console: list[str] = []
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"page error: {error}"))
        # The browser asks whether to leave a page in which something was typed.
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.quick = QuickInput(self.page)
        self.side = SideBar(self.page)
        self._aim(folder)
        self.panel = Panel(self.page, self.quick)
        self.notices = Notifications(self.page, self.quick)
        self.status = StatusBar(self.page)

    def _aim(self, folder: Path) -> None:
        several = folder.suffix == ".code-workspace"
        query = urllib.parse.urlencode({"workspace" if several else "folder": str(folder)})
        self._url = f"{self._origin}/?{query}"
        self.editor = Editor(self.page, self.quick, folder.parent if several else folder)

    def leave(self) -> None:
        """Shows no folder any more, and forgets what the editor has remembered in the browser: sizes, histories,
        choices.

        The programs of the editor stay loaded, which is most of the work that a new window costs.
        """
        self.page.goto("about:blank")
        known = {"origin": self._origin, "storageTypes": "cookies,indexeddb,local_storage"}
        session = self._context.new_cdp_session(self.page)
        session.send("Storage.clearDataForOrigin", known)
        session.detach()
        self.console.clear()

    def turn_to(self, folder: Path) -> None:
        """Loads the workbench with another folder, as large as it was at first: a journey may have changed that."""
        self._aim(folder)
        self.page.set_viewport_size(self._size)
        self.open()

    def open(self) -> None:
        """Loads the workbench, also anew, and waits until it shows the folder."""
        self.page.goto(self._url)
        self._wait_shown()

    def reload(self) -> None:
        """As a person reloads a window: what is open is remembered first."""
        with self.page.expect_navigation(timeout=60_000 * STRETCH):
            self.quick.run_command("Developer: Reload Window")
        self._wait_shown()

    def _wait_shown(self) -> None:
        self.page.locator(".monaco-workbench .statusbar").wait_for(timeout=60_000 * STRETCH)
        self.page.locator(".monaco-workbench .activitybar .action-item").first.wait_for(timeout=60_000 * STRETCH)

    def wait_files(self) -> None:
        """Until the Explorer lists the folder."""
        self.page.locator(".explorer-folders-view .monaco-list-row").first.wait_for(timeout=60_000 * STRETCH)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def webview(self, heading: str) -> Frame:
        """The document of the web view that contains a text; web views lie two frames deep."""

        def found() -> Frame | None:
            for frame in self.page.frames[1:]:
                # A frame may vanish while it is looked at.
                with contextlib.suppress(Exception):
                    if heading in frame.locator("body").inner_text(timeout=500):
                        return frame
            return None

        frame = until(found, f"a web view with {heading!r}", timeout=20)
        assert frame is not None
        return frame

    def wait_deployed(self, service: str, *, timeout: float = 120.0) -> None:
        """Until the request panel of a new service has opened, which is how its deployment ends."""
        until(lambda: f"Request: {service}" in self.tabs(), f"the request panel of {service}", timeout=timeout)

    def tabs(self) -> list[str]:
        """The labels of all tabs."""
        return [plain(text) for text in self.page.locator(".part.editor .tab .label-name").all_inner_texts()]

    def page_about(self, *words: str, timeout: float = 20.0) -> str:
        """The text of the details page that holds all these words."""

        def found() -> str:
            for frame in self.page.frames[1:]:
                with contextlib.suppress(Exception):
                    text = plain(frame.locator("body").inner_text(timeout=500))
                    if all(word in text for word in words):
                        return text
            return ""

        return until(found, f"a page with {', '.join(words)}", timeout=timeout)

    def theme(self) -> str:
        """`dark` or `light`."""
        return "dark" if self.page.locator(".monaco-workbench.vs-dark").count() else "light"

    def toggle_theme(self) -> None:
        """From light to dark or back, with the editor's own command."""
        before = self.theme()
        self.quick.run_command("Preferences: Toggle between Light/Dark Themes")
        until(lambda: self.theme() != before, "the other theme")

    def choose_theme(self, name: str) -> None:
        """One of the editor's themes, by its name."""
        row = self.quick.row(name)

        def listed() -> bool:
            if not self.quick.is_open():
                self.quick.run_command("Preferences: Color Theme")
            self.quick.wait()
            self.quick.fill(name)
            return row.count() > 0

        until(listed, f"the theme {name}", every=0.5)
        self.quick.pick(name)
        self.quick.closed()

    def tidy_up(self) -> None:
        """Leaves questions and closes messages, menus and editors, so that the next journey begins in a quiet
        window."""
        for _ in range(3):
            self.press("Escape")
        self.notices.clear()
        self.quick.run_command("View: Close All Editors")

    def widen_side_bar(self, width: int) -> None:
        """Drags its edge until it is at least this wide, so that its rows can be read."""
        bar = self.page.locator(".part.sidebar").first.bounding_box()
        if bar is None or not 0 < bar["width"] < width:
            return
        edge, middle = bar["x"] + bar["width"], bar["y"] + bar["height"] / 2
        self.page.mouse.move(edge, middle)
        self.page.mouse.down()
        self.page.mouse.move(bar["x"] + width, middle, steps=4)
        self.page.mouse.up()

    def screenshot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(700, 450)
        # What the pointer left explains itself a little longer.
        self.page.locator(".monaco-hover:visible").first.wait_for(state="hidden")
        self.page.screenshot(path=str(path))

    def close(self) -> None:
        """Closes it with its profile; safe to call twice and after a crash."""
        with contextlib.suppress(Exception):
            self._context.close()
