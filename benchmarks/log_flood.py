"""A service that prints 50,000 lines a second, followed in the editor: how long the window, the page of the log and the
extension host are held up at most, with the output channel in view and with the page.

Window and page are asked every 5 ms whether they are free, and the window tells of tasks of 50 ms and more itself
(`longtask`). The extension host is watched by an extension of the benchmark's own in the same process
(`real_editor.HostDelays`): it tells for how long its event loop was held up.

On two processors the service alone takes one, so a process that could run may wait for its turn: processor time is
told beside each figure, for it is what a busy machine does not change.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from measurement import Measurement
from real_editor import HostDelays, in_editor
from workbench import Chromium, EditorServer, Installation, Window
from workbench.wait import until

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
    """Milliseconds, but for the lines and the seconds."""

    longest_gap: float
    long_tasks: list[float]
    page_gap: float
    """The same in the page of the log; 0 where none is open."""
    host_gap: float
    """The same in the extension host."""
    host_ran: float
    """How much of that it ran, and did not wait for a processor."""
    lines: int
    """That the service printed."""
    seconds: dict[str, float]
    """Of processor time, by what used it."""

    @property
    def worst(self) -> float:
        return max([self.longest_gap, self.page_gap, self.host_gap, *self.long_tasks])


def forget(window: Window) -> None:
    for frame in window.page.frames:
        frame.evaluate("() => { if (window.gaps) { window.gaps.length = 0; window.longTasks.length = 0; } }")


def longest(window: Window) -> float:
    """In the frames of web views."""
    found = [frame.evaluate("() => Math.max(0, ...(window.gaps ?? []))") for frame in window.page.frames[1:]]
    return max(found, default=0.0)


def processor_time(server: EditorServer) -> dict[str, float]:
    """Seconds that the processes of the editor have used by now."""
    browser = psutil.Process().children(recursive=True)
    renderers = [process for process in browser if "--type=renderer" in process.cmdline()]
    groups = {
        "window": renderers,
        "extension host": server.processes("--type=extensionHost"),
        "language server": server.processes("scoredock.server"),
    }
    return {name: sum(sum(process.cpu_times()[:2]) for process in group) for name, group in groups.items()}


@dataclass(frozen=True)
class Talker:
    """A window on a service that prints when it is called."""

    window: Window
    server: EditorServer
    host: HostDelays
    uri: str

    def flooded(self) -> Flood:
        """What was held up while the service printed."""
        answer: list[bytes] = []

        def call() -> None:
            request = urllib.request.Request(self.uri, b"{}", {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=SECONDS * 10) as got:
                answer.append(got.read())

        forget(self.window)
        before, began = processor_time(self.server), time.time()
        caller = threading.Thread(target=call)
        caller.start()
        page = self.window.page
        while caller.is_alive():
            page.wait_for_timeout(200)
        caller.join()
        page.wait_for_timeout(1000)
        ended, after = time.time(), processor_time(self.server)
        told: dict[str, Any] = page.evaluate("({ gap: Math.max(0, ...window.gaps), tasks: [...window.longTasks] })")
        return Flood(
            float(told["gap"]),
            [float(each) for each in told["tasks"]],
            longest(self.window),
            *self.host.longest(began, ended),
            int(answer[0]),
            {name: after[name] - seconds for name, seconds in before.items()},
        )


def measured(base: Path, vsix: Path, installation: Installation) -> dict[str, Flood]:
    folder, profile, home = base / "project", base / "profile", base / "home"
    for path in (folder, profile):
        path.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    environment = {**os.environ, "SCOREDOCK_HOME": str(home)}

    def scoredock(*words: str) -> Any:
        command = [sys.executable, "-m", "scoredock.cli", *words, "--json"]
        return json.loads(subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout)

    host, chromium = HostDelays(base / "delays.jsonl"), Chromium()
    variables = {"SCOREDOCK_HOME": str(home), **host.environment}
    server = EditorServer(installation, profile, env=variables, settings={})
    try:
        uri = scoredock("service", "deploy", "talker", "--entry-script", "score.py")["scoringUri"]
        server.install(vsix)
        server.install(host.vsix())
        server.start()
        window = Window(chromium, server.port, folder)
        window._context.add_init_script(WATCH)
        window.open()
        window.side.show("Scoredock")
        window.side.wait_row("Services", "talker", "Healthy", timeout=120)
        found: dict[str, Flood] = {}
        talker = Talker(window, server, host, uri)
        window.side.choose("Services", "talker", "Open Log")
        window.panel.wait_output("ready", timeout=60)
        window.page.wait_for_timeout(3000)
        found["the output channel in view"] = talker.flooded()
        window.panel.close()
        window.side.choose("Services", "talker", "Open Log Page")
        until(lambda: any(frame.locator(".line-row").count() for frame in window.page.frames[1:]), "the page")
        for frame in window.page.frames[1:]:
            # The editor writes a page into a document that is there, which ends what was begun in it.
            frame.evaluate(WATCH)
        window.page.wait_for_timeout(3000)
        found["the page in view"] = talker.flooded()
        window.close()
        return found
    finally:
        chromium.close()
        server.stop()
        scoredock("service", "delete", "talker")


def main() -> None:
    what = "log: 50,000 lines a second in the editor"
    for name, flood in (in_editor(what, measured) or {}).items():
        tasks = [round(each) for each in flood.long_tasks]
        used = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in flood.seconds.items())
        value = (
            f"{flood.worst:.0f} ms (window {flood.longest_gap:.0f} ms, its long tasks {tasks or 'none'}, page"
            f" {flood.page_gap:.0f} ms, extension host {flood.host_gap:.0f} ms,"
            f" {flood.host_ran:.0f} of them running; {flood.lines / SECONDS:,.0f} lines/s;"
            f" processor time {used})"
        )
        Measurement(f"{what}, {name}: longest block", f"<= {LIMIT:g} ms", value, flood.worst <= LIMIT).emit()


if __name__ == "__main__":
    main()
