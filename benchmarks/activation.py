"""What a person waits for in the editor: activation, the side bar, pages. Each time in a window that is opened anew.

The environment of the server is prepared, as it is from the second window on.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

import empty_page
from measurement import Measurement
from real_editor import ROOT, in_editor
from workbench import Chromium, EditorServer, Installation, Window
from workbench.wait import until

ROUNDS = 5
PANEL = "the request panel of a service opens"
GOAL = 100
"""Milliseconds of a page that takes the place of another one."""
FIRST, FROM_ROW = "the first of a window", "from a row"
METRICS, LOG = "the metrics of a service open", "the log page of a service opens"
BEFORE_METRICS, BEFORE_LOG, BESIDE = "as the metrics do", "as the log page does", "as the request panel does"
EDITORS_OWN = {
    "a page opens, the first of a window": FIRST,
    METRICS: BEFORE_METRICS,
    LOG: BEFORE_LOG,
    PANEL: BESIDE,
}
"""Pages that get a tab of their own, and the empty page that is opened by the same gesture: from the menu of the same
row, in the same window, one after the other."""
TIMES = 1.5
"""The goal of those, as a multiple of that page: it takes the editor 190 ms on a quiet machine and 350 on a busy one
(docs/decisions/0102)."""
MODEL, SERVICE, ENDPOINT = "diabetes", "talker", "prices"
SCRIPT = """
def init():
    print("up")


def run(data):
    print("asked")
    return 1
"""
NOTED = """
window.noted = {};
const rows = () => {
  const labels = [...document.querySelectorAll('.part.sidebar .monaco-list-row .label-name')];
  if (labels.some(label => label.innerText.trim() === 'MODEL')) window.noted.row ??= Date.now();
};
const drawn = () => {
  // A request can be sent: the state of the service is there, and a body.
  const body = document.querySelector('#send') && document.querySelector('#body');
  if (body) return document.querySelector('#serviceState:not(:empty)') && body.value;
  if (document.querySelector('#charts')) return document.querySelector('#charts:not([hidden]) canvas');
  if (document.querySelector('#log')) return document.querySelector('#log:not([aria-busy]) .line-row');
  return document.querySelector('main:not([aria-busy]) h2');
};
const page = () => {
  const title = drawn() && (document.querySelector('h1#title')?.textContent ?? document.title);
  if (title) window.noted[title] ??= Date.now();
};
if (window === window.top) {
  new MutationObserver(rows).observe(document, {subtree: true, childList: true, characterData: true});
  // A menu goes with the button of the mouse, before there is a click.
  addEventListener('mouseup', () => { window.noted.chosen = Date.now(); }, true);
} else {
  // The editor writes a page into a document that is there, which ends what observes it.
  setInterval(page, 5);
}
""".replace("MODEL", MODEL)
"""In the window and in the frames of its pages: when the first row was there, and when a page was drawn with what it
shows: its parts, charts, or lines."""


@dataclass(frozen=True)
class Round:
    """Milliseconds."""

    activation: float
    """Of the time of the extension host, as the editor itself tells it in Running Extensions."""
    side_bar: float
    """From the end of the activation to the first row."""
    pages: dict[str, float]
    """From the click on a row, or on an entry of its menu, to the page, in the order in which they were opened."""
    empty: dict[str, float]
    """The same of the pages of an extension that has nothing to show: what the editor itself takes."""


def begin_of_activation(server: EditorServer) -> float:
    """Milliseconds since the epoch, of the newest one."""
    found = re.findall(r"^(\S+ \S+) \[info\] \S+_doActivateExtension \S*scoredock", server.extension_host_log(), re.M)
    return datetime.datetime.fromisoformat(found[-1]).timestamp() * 1000


def opened(window: Window, choose: Callable[[], None], title: str) -> float:
    """Milliseconds until the page with the title is drawn."""
    choose()

    def drawn() -> float:
        for frame in window.page.frames[1:]:
            with contextlib.suppress(Error):  # it went while another page takes its place
                noted: dict[str, Any] = frame.evaluate("window.noted ?? {}")
                if title in noted:
                    return float(noted[title])
        return 0.0

    return until(drawn, f"the page of {title}") - float(window.page.evaluate("window.noted.chosen"))


def pages(window: Window, empty_first: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Of ours, and of empty ones that are opened from the same menu: before them, or after them."""
    side = window.side
    side.expand("Models", MODEL)
    side.wait_row("Models", "v1")
    side.wait_row("Services", SERVICE, "Healthy", timeout=60)
    window.page.wait_for_timeout(3000)

    def row(view: str, label: str) -> Callable[[], None]:
        return lambda: side.row(view, label).click()

    def entry(action: str) -> Callable[[], None]:
        return lambda: side.choose("Services", SERVICE, action)

    wanted = {
        "a page opens, the first of a window": (row("Models", "v1"), f"{MODEL}:1"),
        "a page opens in the place of another": (row("Models", "v2"), f"{MODEL}:2"),
        "the page of a service opens": (row("Services", SERVICE), SERVICE),
        "the page of an endpoint opens": (row("Services", ENDPOINT), ENDPOINT),
    }
    waited = {what: opened(window, choose, title) for what, (choose, title) in wanted.items()}
    empty: dict[str, float] = {}

    def pair(what: str, choose: Callable[[], None], title: str, action: str) -> None:
        def open_empty() -> None:
            empty[EDITORS_OWN[what]] = opened(window, entry(action), f"empty {len(empty) + 1} page")

        if empty_first:
            open_empty()
        if empty_first and what == PANEL:
            show_code(window)
        waited[what] = opened(window, choose, title)
        if not empty_first and what == PANEL:
            show_code(window)
        if not empty_first:
            open_empty()

    pair(METRICS, entry("Metrics"), f"Metrics of {SERVICE}", empty_page.FROM_MENU)
    pair(LOG, entry("Open Log Page"), f"Log of {SERVICE}", empty_page.FROM_MENU)
    show_code(window)
    pair(PANEL, entry("Send Request"), "Send Request", empty_page.BESIDE)
    return waited, empty


def show_code(window: Window) -> None:
    """Nothing but the script that a panel is opened beside."""
    window.quick.run_command("View: Close All Editors")
    window.editor.open("score.py")
    window.page.wait_for_timeout(2000)


def empty_pages(window: Window) -> dict[str, float]:
    """In a window that has shown no page yet."""
    side = window.side
    side.show("Explorer")
    side.open_pane(empty_page.VIEW)
    first, second = empty_page.ROWS
    side.wait_row(empty_page.VIEW, first)
    window.page.wait_for_timeout(3000)

    def row(label: str) -> Callable[[], None]:
        return lambda: side.row(empty_page.VIEW, label).click()

    return {
        FIRST: opened(window, row(first), f"{first} page"),
        FROM_ROW: opened(window, row(second), f"{second} page"),
    }


def measure(chromium: Chromium, server: EditorServer, folder: Path, empty_first: bool) -> Round:
    window = Window(chromium, server.port, folder)
    try:
        window._context.add_init_script(NOTED)
        window.open()
        window.side.show("Scoredock")
        window.side.wait_row("Models", MODEL, timeout=60)
        empty = empty_pages(window)
        window.quick.run_command("View: Close All Editors")
        window.side.show("Scoredock")
        # What is shown now is shown again after a reload.
        window.page.wait_for_timeout(3000)
        window.reload()
        window.side.wait_row("Models", MODEL, timeout=60)
        from_begin = float(window.page.evaluate("window.noted.row")) - begin_of_activation(server)
        waited, more_empty = pages(window, empty_first)
        window.quick.run_command("Developer: Show Running Extensions")
        # The slowest come first, and only the rows on screen are there.
        window.page.set_viewport_size({"width": 1400, "height": 4000})
        row = window.page.locator(".runtime-extensions-editor .monaco-list-row", has_text="Scoredock").first
        row.wait_for()
        found = until(lambda: re.search(r"(\d+)ms", row.inner_text()), "the time of the activation")
        activation = float(found[1])
        return Round(activation, from_begin - activation, waited, {**empty, **more_empty})
    finally:
        window.close()
        server.wait_left()


def fill(home: Path, folder: Path) -> None:
    """Two versions of a model, and a service that was called, behind an endpoint."""

    def scoredock(*words: str) -> Any:
        return in_terminal(home, folder, *words)

    for number in range(2):
        (folder / "weights.bin").write_bytes(bytes([number]))
        scoredock("model", "register", "weights.bin", "--name", MODEL)
    (folder / "talk.py").write_text(SCRIPT)
    uri = scoredock("service", "deploy", SERVICE, "--entry-script", "talk.py")["scoringUri"]
    scoredock("endpoint", "create", ENDPOINT, "--service", SERVICE, "--version", "blue")
    for _ in range(50):
        urllib.request.urlopen(urllib.request.Request(uri, b"{}"), timeout=60).read()


def in_terminal(home: Path, folder: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
    environment = {**os.environ, "SCOREDOCK_HOME": str(home)}
    return json.loads(subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout)


def measured(base: Path, vsix: Path, installation: Installation) -> list[Round]:
    folder, profile, home = base / "project", base / "profile", base / "home"
    shutil.copytree(ROOT / "examples" / "diabetes", folder)
    profile.mkdir()
    fill(home, folder)
    server, chromium = EditorServer(installation, profile, env={"SCOREDOCK_HOME": str(home)}, settings={}), Chromium()
    try:
        server.install(vsix)
        server.install(empty_page.vsix(base))
        server.start()
        # The first window prepares the environment.
        return [measure(chromium, server, folder, number % 2 == 0) for number in range(ROUNDS + 1)][1:]
    finally:
        chromium.close()
        server.stop()
        in_terminal(home, folder, "endpoint", "delete", ENDPOINT)
        in_terminal(home, folder, "service", "delete", SERVICE)


def say(what: str, goal: float, values: list[float]) -> None:
    median = statistics.median(values)
    each = [round(value) for value in values]
    Measurement(f"extension: {what}", f"<= {goal:g} ms", f"median {median:.0f} ms of {each}", median <= goal).emit()


def main() -> None:
    rounds = in_editor("extension: activation, side bar, pages", measured)
    if rounds is None:
        return
    say("activation, of extension-host time", 20, [each.activation for each in rounds])
    say("side bar filled after activation", 1500, [each.side_bar for each in rounds])
    for what in rounds[0].empty:
        empty = statistics.median(each.empty[what] for each in rounds)
        note = f"median {empty:.0f} ms of {[round(each.empty[what]) for each in rounds]}"
        Measurement(f"editor: an empty page opens, {what}", "what the editor takes", note, None).emit()
    for what in rounds[0].pages:
        times = [each.pages[what] for each in rounds]
        if what not in EDITORS_OWN:
            say(what, GOAL, times)
            continue
        door = EDITORS_OWN[what]
        ratio = statistics.median(each.pages[what] / each.empty[door] for each in rounds)
        note = f"{ratio:.2f} times; median {statistics.median(times):.0f} ms of {[round(value) for value in times]}"
        goal = f"<= {TIMES:g} times of an empty page, {door}"
        Measurement(f"extension: {what}", goal, note, ratio <= TIMES).emit()


if __name__ == "__main__":
    main()
