"""A program that kills itself so many steps after it has made a temporary folder or a part of a file, and what is left
then."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from cli.conftest import Terminal
from depth import SEED

MARK = re.compile(r"(?<![0-9A-Za-z])sd\d+x[0-9a-f]+x[0-9a-f]{8}(?![0-9A-Za-z])")
VARIABLE = "KILLED_AT"
HOOK = """
import os, sys

def hear(event, arguments, steps=[-1], at=os.environ["KILLED_AT"].split()):
    makes = event in ("tempfile.mkdtemp", "open") and f"scoredock-{at[0]}-" in os.path.basename(str(arguments[0]))
    if makes and steps[0] < 0:
        steps[0] = int(at[1])
    elif steps[0] > 0:
        steps[0] -= 1
        if not steps[0]:
            os.kill(os.getpid(), 9)

sys.addaudithook(hear)
"""
"""Before the first line of the person's or of ours. A step is an event that Python audits; the first one behind the
name is the folder itself, or the part."""
COMMAND_LINE = f"{HOOK}\nfrom scoredock.cli import main\nsys.exit(main(sys.argv[1:]))\n"


def kill(words: Sequence[str], purpose: str, steps: int, folder: Path, environment: Mapping[str, str]) -> bool:
    """Whether the command was still running; what is not killed has ended well."""
    command = [sys.executable, "-c", COMMAND_LINE, *words]
    variables = {**environment, VARIABLE: f"{purpose} {steps}"}
    ended = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)
    assert ended.returncode in (0, -9), ended.stderr
    return ended.returncode == -9


def marked(*places: Path) -> list[Path]:
    """What is temporary of ours in folders, at any depth."""
    paths: list[Path] = []
    for place in places:
        for above, folders, files in os.walk(place):
            paths += [Path(above, name) for name in (*folders, *files) if is_marked(name)]
    return paths


def is_marked(name: str) -> bool:
    return MARK.search(name) is not None or name.startswith((".building-", ".scoredock-fresh-"))


def steps(purpose: str, number: int) -> int:
    """The first kill is as soon as the folder is there; each further one comes about three times as late as the one
    before, so that ten of them are spread over a long time as well as over a short one."""
    return 2 if number == 0 else round(2 * 3 ** (number - Random(f"{SEED} {purpose} {number}").random()))


def with_own_folders(terminal: Terminal, folder: Path) -> Terminal:
    """The same with folders of its own for all that is temporary, and the downloads of all."""
    for name in ("tmp", "cache"):
        (folder / name).mkdir()
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    terminal.env |= {
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(caches / "uv"),
    }
    return terminal


def left_by_commands(terminal: Terminal) -> list[Path]:
    """Whatever is temporary of ours, of a terminal with its own folders."""
    return marked(terminal.home, Path(terminal.env["TMPDIR"]), Path(terminal.env["XDG_CACHE_HOME"]))


def require_nothing_left(terminal: Terminal, purpose: str, number: int, words: Sequence[str]) -> None:
    """A command is killed at the step of this number behind its folder: after the next command nothing is there."""
    killed = kill(words, purpose, steps(purpose, number), terminal.folder, terminal.environment())
    assert killed or number, "the folder is there, and nothing else"
    terminal.ok("model", "list")
    assert left_by_commands(terminal) == []
