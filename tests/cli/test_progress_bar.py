"""The bar of long work: drawn on a terminal only, on one line of its own, of which nothing stays."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.pip.downloads import Downloads
from scoredock.progress import Flow, PartOfStep, step_of

from cli.conftest import Terminal
from pace import patience

FULL, EMPTY = "\u2501", "\u2500"
ERASE = "\r\x1b[2K"
REPORTS = """
import sys, time
from scoredock import progress
from scoredock.cli.session import Session
from scoredock.cli.terminal.text import protect_terminal
protect_terminal()
session = Session(home="", workspace="", config="", as_json={as_json})
with session.interruptible():
    told = session.operation().progress
    told.report("Looking at the files")
    told.output("a tool's own words")
    told.report(progress.PartOfStep("Copying model.bin", ", 1.2 GB of 5.0 GB, 640 MB/s"), 25)
    told.output("words that a bar hides")
    told.report(progress.PartOfStep("Copying model.bin", ", 2.5 GB of 5.0 GB, 640 MB/s"), 50)
    told.report("warning: something is odd")
    told.report("A name \\u6a21\\u578b " + "x" * 300, 99)
    {then}
    session.result({{"done": True}}, "registered model:1")
"""


class Screen:
    """A program with its output on a terminal, of 100 columns."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str], width: int = 100) -> None:
        import fcntl
        import struct
        import termios

        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.text = ""

    def read(self, until: str = "") -> str:
        """All that was written, up to a text or to the end of the program."""
        end = time.monotonic() + patience(60)
        while not until or until not in self.text:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no {until!r} in {self.text!r}"
            try:
                block = os.read(self._ours, 65536)
            except OSError:  # the other end is closed
                block = b""
            if not block:
                break
            self.text += block.decode("utf-8", "replace")
        return self.text

    def end(self) -> int:
        self.read()
        os.close(self._ours)
        return self.process.wait()


def stays(written: str) -> list[str]:
    """What a person sees afterwards."""
    lines: list[str] = []
    for line in written.replace("\r\n", "\n").split("\n"):
        shown = line.rpartition(ERASE)[2]
        lines.append(re.sub("\x1b\\[[0-9;]*m", "", shown))
    return [line for line in lines if line]


@pytest.fixture
def reporting(terminal: Terminal) -> Callable[..., Screen]:
    def start(then: str = "pass", *, as_json: bool = False, width: int = 100, **variables: str) -> Screen:
        environment = {**terminal.environment(), "TERM": "xterm", "NO_COLOR": "", "CI": "", **variables}
        script = REPORTS.format(then=then, as_json=as_json)
        return Screen([sys.executable, "-c", script], terminal.folder, environment, width)

    return start


def test_one_line_is_drawn_again_and_nothing_of_it_stays(reporting: Callable[..., Screen]) -> None:
    screen = reporting()
    assert screen.end() == 0
    assert f"Copying model.bin, 1.2 GB of 5.0 GB, 640 MB/s \x1b[36m{FULL * 6}\x1b[0m" in screen.text
    assert f"{FULL * 12}\x1b[0m\x1b[2m{EMPTY * 12}\x1b[0m 50%" in screen.text
    assert "a tool's own words" in screen.text
    assert "words that a bar hides" not in screen.text
    assert stays(screen.text) == ["warning: something is odd", "registered model:1"]
    drawn = [stays(each)[-1] for each in screen.text.split(ERASE) if "%" in each]
    assert max(map(len, drawn)) <= 99, "a line that is too long would be wrapped, and its first row would stay"
    assert screen.text.count("\r\n") == 2


@pytest.mark.parametrize(
    ("variables", "bar"),
    [
        pytest.param({"NO_COLOR": "1"}, True, id="no-colour"),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, True, id="letters-are-missing"),
        pytest.param({"TERM": "dumb"}, False, id="dumb-terminal"),
        pytest.param({"CI": "true"}, False, id="ci"),
    ],
)
def test_what_a_terminal_cannot_show_is_not_sent(
    reporting: Callable[..., Screen], variables: dict[str, str], bar: bool
) -> None:
    screen = reporting(**variables)
    assert screen.end() == 0
    assert ("50%" in screen.text) == bar
    if "NO_COLOR" in variables:
        assert "\x1b[36m" not in screen.text
        assert FULL * 12 in screen.text
    if "LC_ALL" in variables:
        assert f"{'#' * 12}\x1b[0m\x1b[2m{'-' * 12}" in screen.text
    if not bar:
        assert "\x1b" not in screen.text
        assert screen.text.splitlines()[:3] == ["Looking at the files", "  a tool's own words", "Copying model.bin"]
        assert screen.text.count("Copying model.bin") == 1, "a log needs a step once"


def test_json_is_quiet(reporting: Callable[..., Screen]) -> None:
    screen = reporting(as_json=True)
    assert screen.end() == 0
    assert screen.text.replace("\r\n", "\n") == '{\n  "done": true\n}\n'


def test_a_narrow_terminal_has_the_percentage_first(reporting: Callable[..., Screen]) -> None:
    screen = reporting(width=39)
    assert screen.end() == 0
    assert f"{ERASE}50% Copying model.bin, 2.5 GB of 5.0 G\r" in screen.text
    assert FULL not in screen.text


def test_ctrl_c_leaves_a_clean_line(reporting: Callable[..., Screen]) -> None:
    screen = reporting("session.cancel.wait(60); session.cancel.raise_if_cancelled()")
    screen.read("99%")
    os.killpg(screen.process.pid, signal.SIGINT)
    assert screen.end() != 0
    kept = stays(screen.text)
    assert kept[:2] == [
        "warning: something is odd",
        "Cancelling\u2026 Press Ctrl+C again to stop immediately.",
    ]
    assert not any(FULL in line for line in kept)


def test_a_model_is_registered_behind_a_bar(terminal: Terminal) -> None:
    with (terminal.folder / "model.bin").open("wb") as file:
        file.truncate(64_000_000)
    environment = {**terminal.environment(), "TERM": "xterm", "NO_COLOR": "", "CI": ""}
    command = [sys.executable, "-m", "scoredock.cli", "model", "register", "model.bin", "-n", "large"]
    screen = Screen(command, terminal.folder, environment)
    assert screen.end() == 0
    assert EMPTY in screen.text
    assert not any(FULL in line or EMPTY in line or "Copying" in line for line in stays(screen.text))
    assert any("large:1" in line for line in stays(screen.text))


class Reports:
    """What is reported."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int | None]] = []
        self.lines: list[str] = []

    def report(self, message: str, percentage: int | None = None) -> None:
        self.steps.append((message, percentage))

    def output(self, line: str) -> None:
        self.lines.append(line)


def test_packages_are_counted_as_uv_tells_of_them() -> None:
    told = Reports()
    downloads: Any = Downloads(told)
    lines = [
        "Resolved 4 packages in 160ms",
        "Downloading numpy (15.0MiB)",
        "Downloading scipy (45.0MiB)",
        " Downloaded numpy",
        " Downloaded something-else",
        " Downloaded scipy",
        "Prepared 4 packages in 1.46s",
        "Installed 4 packages in 127ms",
    ]
    for line in lines:
        downloads.line(line)
    assert told.lines == lines, "the log has every word"
    assert [percentage for _, percentage in told.steps] == [0, 0, 25, 99, None]
    assert told.steps[2][0].startswith("Downloading packages, 16 MB of 63 MB")
    assert {step_of(message) for message, _ in told.steps} == {"Downloading packages", "Installing packages"}


def test_a_rate_is_told_once_there_is_one() -> None:
    flow = Flow()
    assert flow.amounts(0, 5_000_000_000) == ", 0 B of 5.0 GB"
    assert re.fullmatch(r", 1\.2 GB of 5\.0 GB, .+B/s", flow.amounts(1_200_000_000, 5_000_000_000))
    part = PartOfStep("Copying", ", 1 of 2")
    assert (part, part.step, step_of(part), step_of("Copying")) == ("Copying, 1 of 2", "Copying", "Copying", "Copying")
