"""A program that kills itself so many steps after it has made a temporary folder, and what is left then."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MARK = re.compile(r"(?<![0-9A-Za-z])sd\d+x[0-9a-f]+x[0-9a-f]{8}(?![0-9A-Za-z])")
VARIABLE = "KILLED_AT"
HOOK = """
import os, sys

def hear(event, arguments, steps=[-1], at=os.environ["KILLED_AT"].split()):
    if event == "tempfile.mkdtemp" and f"scoredock-{at[0]}-" in os.path.basename(arguments[0]):
        steps[0] = int(at[1])
    elif steps[0] > 0:
        steps[0] -= 1
        if not steps[0]:
            os.kill(os.getpid(), 9)

sys.addaudithook(hear)
"""
"""Before the first line of the person's or of ours. A step is an event that Python audits; the first one behind the
name is the folder itself."""
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
    return MARK.search(name) is not None or name.startswith(".building-")


def steps(seeds: Iterable[object]) -> int:
    """The first kill is as soon as the folder is there."""
    import random

    *words, number = seeds
    return 2 if number == 0 else random.Random(" ".join(map(str, (*words, number)))).choice((3, 10, 40, 160, 640))
