"""A service that prints 50,000 lines a second, followed in the editor: how long the window and the extension host are
held up at most, with the output channel in view and with the page of the log.

The window is asked every 5 ms whether it is free, and tells of tasks of 50 ms and more itself (`longtask`). The
extension host writes no such figures; its requests are timed instead: a command that it answers at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measurement import Measurement

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "ui")]

from workbench import Chromium, EditorServer, Installation, Window  # noqa: E402 (lies beside the tests)
from workbench.wait import until  # noqa: E402

SECONDS = 10
RATE = 50_000
LIMIT = 50.0
"""Milliseconds."""
SCRIPT = f"""
import time


def init():
    pass


def run(data):
    # A hundredth of a second at a time, so that no second has more than its share.
    began, told = time.perf_counter(), 0
    line = "line %d of a service that has much to say about every request it gets\\n"
    import sys
    while (now := time.perf_counter() - began) < {SECONDS}:
        due = int(now * {RATE})
        sys.stdout.write("".join(line % number for number in range(told, due)))
        sys.stdout.flush()
        told = due
        time.sleep(0.01)
    return told
"""
WATCH = """
window.gaps = [];
window.longTasks = [];
{
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    window.gaps.push(now - last - 5);
    last = now;
  }, 5);
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
  }).observe({ entryTypes: ['longtask'] });
}
"""


@dataclass(frozen=True)
class Flood:
    """Milliseconds, but for the lines."""

    longest_gap: float
    long_tasks: list[float]
    page_gap: float
    """The same in the page of the log; 0 where none is open."""
    lines: int
    """That the service printed."""


def forget(window: Window) -> None:
    for frame in window.page.frames:
        frame.evaluate("() => { if (window.gaps) { window.gaps.length = 0; window.longTasks.length = 0; } }")


def longest(window: Window) -> float:
    """In the frames of web views."""
    found = [frame.evaluate("() => Math.max(0, ...(window.gaps ?? []))") for frame in window.page.frames[1:]]
    return max(found, default=0.0)


def flooded(window: Window, uri: str) -> Flood:
    """What was held up while the service printed."""
    answer: list[bytes] = []

    def call() -> None:
        request = urllib.request.Request(uri, b"{}", {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS * 10) as got:
            answer.append(got.read())

    forget(window)
    caller = threading.Thread(target=call)
    caller.start()
    while caller.is_alive():
        window.page.wait_for_timeout(200)
    caller.join()
    window.page.wait_for_timeout(1000)
    told: dict[str, Any] = window.page.evaluate("({ gap: Math.max(0, ...window.gaps), tasks: [...window.longTasks] })")
    return Flood(float(told["gap"]), [float(each) for each in told["tasks"]], longest(window), int(answer[0]))


def measured(base: Path, vsix: Path, installation: Installation) -> dict[str, Flood]:
    folder, profile, home = base / "project", base / "profile", base / "home"
    for path in (folder, profile):
        path.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    environment = {**os.environ, "SCOREDOCK_HOME": str(home)}

    def scoredock(*words: str) -> Any:
        command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
        return json.loads(subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout)

    server, chromium = EditorServer(installation, profile, env={"SCOREDOCK_HOME": str(home)}, settings={}), Chromium()
    try:
        uri = scoredock("service", "deploy", "talker", "--entry-script", "score.py")["scoringUri"]
        server.install(vsix)
        server.start()
        window = Window(chromium, server.port, folder)
        window._context.add_init_script(WATCH)
        window.open()
        window.side.show("Scoredock")
        window.side.wait_row("Services", "talker", "Healthy", timeout=120)
        found: dict[str, Flood] = {}
        window.side.choose("Services", "talker", "Open Log")
        window.panel.wait_output("ready", timeout=60)
        window.page.wait_for_timeout(3000)
        found["the output channel in view"] = flooded(window, uri)
        window.panel.close()
        window.side.choose("Services", "talker", "Open Log Page")
        until(lambda: any(frame.locator(".line-row").count() for frame in window.page.frames[1:]), "the page")
        for frame in window.page.frames[1:]:
            # The editor writes a page into a document that is there, which ends what was begun in it.
            frame.evaluate(WATCH)
        window.page.wait_for_timeout(3000)
        found["the page in view"] = flooded(window, uri)
        window.close()
        return found
    finally:
        chromium.close()
        server.stop()
        scoredock("service", "delete", "talker")


def main() -> None:
    installation = Installation("newest")
    vsixes = sorted(ROOT.glob("scoredock-*.vsix"))
    what = "log: 50,000 lines a second in the editor"
    if lack := installation.missing():
        Measurement(what, "runs", f"not measured: {lack}", None).emit()
        return
    if not vsixes:
        Measurement(what, "runs", "not measured: npm run package makes the VSIX", None).emit()
        return
    with tempfile.TemporaryDirectory(prefix="sd-bench-", ignore_cleanup_errors=True) as base:
        found = measured(Path(base), vsixes[-1], installation)
    for name, flood in found.items():
        worst = max([flood.longest_gap, *flood.long_tasks])
        tasks = [round(each) for each in flood.long_tasks]
        value = (
            f"{worst:.0f} ms (longest gap {flood.longest_gap:.0f} ms, long tasks {tasks or 'none'}, page"
            f" {flood.page_gap:.0f} ms; {flood.lines / SECONDS:,.0f} lines/s)"
        )
        Measurement(f"{what}, {name}: longest block", f"<= {LIMIT:g} ms", value, worst <= LIMIT).emit()


if __name__ == "__main__":
    main()
