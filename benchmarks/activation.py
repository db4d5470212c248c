"""What a person waits for in the editor: activation, the side bar, a page. Each time in a window that is opened anew.

The environment of the server is prepared, as it is from the second window on.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measurement import Measurement
from real_editor import ROOT, in_editor
from workbench import Chromium, EditorServer, Installation, Window
from workbench.wait import until

ROUNDS = 5
MODEL = "diabetes"
NOTED = """
window.noted = {};
const rows = () => {
  const labels = [...document.querySelectorAll('.part.sidebar .monaco-list-row .label-name')];
  if (labels.some(label => label.innerText.trim() === 'MODEL')) window.noted.row ??= Date.now();
};
const page = () => {
  const title = document.querySelector('main:not([aria-busy]) h2') && document.querySelector('h1#title')?.innerText;
  if (title) window.noted[title] ??= Date.now();
};
if (window === window.top) {
  new MutationObserver(rows).observe(document, {subtree: true, childList: true, characterData: true});
  addEventListener('click', () => { window.noted.click = Date.now(); }, true);
} else {
  // The editor writes a page into a document that is there, which ends what observes it.
  setInterval(page, 5);
}
""".replace("MODEL", MODEL)
"""In the window and in the frames of its pages: when the first row was there, and when a page was drawn."""


@dataclass(frozen=True)
class Round:
    """Milliseconds."""

    activation: float
    """Of the time of the extension host, as the editor itself tells it in Running Extensions."""
    side_bar: float
    """From the activation to the first row."""
    page: float
    """From the click on a row to its page, the first of the window."""
    next_page: float
    """The same for another row, whose page takes the place of the first."""


def begin_of_activation(server: EditorServer) -> float:
    """Milliseconds since the epoch, of the newest one."""
    found = re.findall(r"^(\S+ \S+) \[info\] \S+_doActivateExtension \S*scoredock", server.extension_host_log(), re.M)
    return datetime.datetime.fromisoformat(found[-1]).timestamp() * 1000


def opened(window: Window, label: str, title: str) -> float:
    """Milliseconds until the page of a row is drawn."""
    window.side.row("Models", label).click()

    def drawn() -> float:
        for frame in window.page.frames[1:]:
            noted: dict[str, Any] = frame.evaluate("window.noted ?? {}")
            if title in noted:
                return float(noted[title])
        return 0.0

    return until(drawn, f"the page of {title}") - float(window.page.evaluate("window.noted.click"))


def measure(chromium: Chromium, server: EditorServer, folder: Path) -> Round:
    window = Window(chromium, server.port, folder)
    try:
        window._context.add_init_script(NOTED)
        window.open()
        window.side.show("Scoredock")
        window.side.wait_row("Models", MODEL, timeout=60)
        # What is shown now is shown again after a reload.
        window.page.wait_for_timeout(3000)
        window.reload()
        window.side.wait_row("Models", MODEL, timeout=60)
        side_bar = float(window.page.evaluate("window.noted.row")) - begin_of_activation(server)
        window.side.expand("Models", MODEL)
        window.side.wait_row("Models", "v1")
        window.page.wait_for_timeout(3000)
        page, following = opened(window, "v1", f"{MODEL}:1"), opened(window, "v2", f"{MODEL}:2")
        window.quick.run_command("Developer: Show Running Extensions")
        row = window.page.locator(".runtime-extensions-editor .monaco-list-row", has_text="Scoredock").first
        row.wait_for()
        found = until(lambda: re.search(r"(\d+)ms", row.inner_text()), "the time of the activation")
        return Round(float(found[1]), side_bar, page, following)
    finally:
        window.close()
        server.wait_left()


def register(home: Path, folder: Path) -> None:
    for number in range(2):
        (folder / "weights.bin").write_bytes(bytes([number]))
        command = [sys.executable, "-m", "scoredock.cli", "model", "register", "weights.bin", "--name", MODEL, "--json"]
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "SCOREDOCK_HOME": str(home)}, check=True, capture_output=True
        )
        assert json.loads(done.stdout)["id"] == f"{MODEL}:{number + 1}"


def measured(base: Path, vsix: Path, installation: Installation) -> list[Round]:
    folder, profile, home = base / "project", base / "profile", base / "home"
    shutil.copytree(ROOT / "examples" / "diabetes", folder)
    profile.mkdir()
    register(home, folder)
    server, chromium = EditorServer(installation, profile, env={"SCOREDOCK_HOME": str(home)}, settings={}), Chromium()
    try:
        server.install(vsix)
        server.start()
        # The first window prepares the environment.
        return [measure(chromium, server, folder) for _ in range(ROUNDS + 1)][1:]
    finally:
        chromium.close()
        server.stop()


def say(what: str, goal: float, values: list[float]) -> None:
    median = statistics.median(values)
    each = [round(value) for value in values]
    Measurement(f"extension: {what}", f"<= {goal:g} ms", f"median {median:.0f} ms of {each}", median <= goal).emit()


def main() -> None:
    rounds = in_editor("extension: activation, side bar, pages", measured)
    if rounds is None:
        return
    say("activation, of extension-host time", 150, [each.activation for each in rounds])
    say("side bar filled after activation", 1500, [each.side_bar for each in rounds])
    say("a page opens, the first of a window", 200, [each.page for each in rounds])
    say("a page opens in the place of another", 200, [each.next_page for each in rounds])


if __name__ == "__main__":
    main()
