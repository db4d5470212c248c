"""Before a debugger: what is refused, and that no wait is endless. The real one is in tests/deploy/test_debug.py."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scoredock_runtime import contract
from scoredock_runtime.script_process import debugger
from scoredock_runtime.script_process.entry_script import Unusable


class Waiting:
    """debugpy's wait for an editor that never comes back."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self) -> None:
        assert self._over.wait(10), "the wait is endless"

    def cancel(self) -> None:
        self._over.set()


def wait(monkeypatch: pytest.MonkeyPatch, port: str, **parts: Any) -> Unusable:
    stand_in = ModuleType("debugpy")
    for name, part in parts.items():
        setattr(stand_in, name, part)
    monkeypatch.setitem(__import__("sys").modules, "debugpy", stand_in)
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    with pytest.raises(Unusable) as refused:
        debugger.wait_for_editor({contract.DEBUG_PORT_VARIABLE: port}, lambda: None)
    return refused.value


def test_an_editor_that_is_gone_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debugger, "PATIENCE", 0.1)
    failure = wait(
        monkeypatch, "5678", connect=lambda _: None, wait_for_client=Waiting(), is_client_connected=lambda: False
    )
    assert failure.cause == contract.DEBUGGER_FAILED
    assert "did not let the script begin" in failure.message


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    failure = wait(monkeypatch, "5678", connect=refuse)
    assert failure.message.startswith("No debugger listens on 127.0.0.1:5678")


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "1e3", "99999999999"])
def test_what_is_no_port(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    assert "not a port" in wait(monkeypatch, port).message


def test_without_the_variable_nothing_happens() -> None:
    debugger.wait_for_editor({}, lambda: pytest.fail("nobody was asked for"))


def test_an_editor_is_waited_for_two_minutes() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "services.md").read_text(encoding="utf-8")
    assert debugger.PATIENCE == 120.0
    assert "waits for the editor, up to two minutes, before the script is imported" in guide
