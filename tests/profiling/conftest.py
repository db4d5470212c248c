"""Measuring services through the command line, and the pure parts of it by generated inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis_profiles  # noqa: F401
from cli.conftest import Terminal, environments, runtime, shared_environments, terminal

__all__ = [
    "Terminal",
    "deploy",
    "environments",
    "runtime",
    "searched",
    "shared_environments",
    "terminal",
]

BURN = """
import time


def init():
    pass


def run(data):
    end = time.thread_time() + {seconds}
    while time.thread_time() < end:
        pass
    return 1
"""
"""Uses so much CPU time for each request."""
QUICK = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"


def deploy(terminal: Terminal, script: str, *words: str, name: str = "burn") -> Path:
    """A service of a script; the file with its rows."""
    (terminal.folder / "score.py").write_text(script)
    rows = terminal.folder / "rows.txt"
    rows.write_text("".join(f'{{"data": [{number}]}}\n' for number in range(50)))
    terminal.ok("service", "deploy", name, "--entry-script", "score.py", *words)
    return rows


def searched(
    terminal: Terminal,
    *words: str,
    rate: float = 40,
    latency: float = 100,
    code: int = 0,
    name: str = "burn",
) -> dict[str, Any]:
    """What a search says."""
    wish = (
        "--search",
        "--latency-ms",
        f"{latency:g}",
        "--rate",
        f"{rate:g}",
        "--rows",
        "rows.txt",
    )
    done = terminal.run("service", "profile", name, *wish, *words, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]
