"""The server as F5 of this repository starts it: it connects to a debugger that listens, and does without one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import scoredock.server

from debugging.dap import Editor
from lsp.client import Client
from ports import free_port

ROOT = Path(__file__).parents[2]
TOOL = str(ROOT / "pyserver" / "tools" / "debugged_server.py")


def command(port: int, *words: str) -> list[str]:
    """As extension/session/serverArguments.ts has it."""
    return [sys.executable, "-I", "-X", "frozen_modules=off", TOOL, str(port), *words, "--stdio"]


def test_a_breakpoint_in_the_server_is_met(start: Callable[..., Client], project: Path) -> None:
    source = Path(scoredock.server.__file__)
    lines = source.read_text().splitlines()
    line = 1 + next(index for index, text in enumerate(lines) if "options = params.initialization_options" in text)
    with Editor(Path(sys.executable)) as editor:
        editor.listen([], just_my_code=False)
        client = start(command=command(editor.port))
        assert editor.begin({source: [line]}) == {source: [True]}
        greeting = threading.Thread(target=client.initialize, args=(project,))
        greeting.start()
        path, stopped_at, name = editor.stopped()
        assert (Path(path), stopped_at, name) == (source, line, "_initialize")
        editor.go_on()
        greeting.join(60)
        assert not greeting.is_alive(), "the server answers once it may go on"
        assert client.ask("scoredock/workspace/list", {"folders": []})["workspaces"]


def test_it_starts_where_nobody_listens(start: Callable[..., Client], project: Path) -> None:
    port = free_port()
    client = start(command=command(port, "--patience", "0"))
    assert client.initialize(project)["hoverProvider"]
    assert any(f"No debugger listens on 127.0.0.1:{port}" in line for line in client.log)
