"""Who else may write where environments, scripts and models of an account lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cli.conftest import Terminal
from depth import LONG
from permissions import open_to_others

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of this kind are not there")

_SAME = pytest.mark.long("judged by the same bits as another of these modes")


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        pytest.param(0o700, "", marks=_SAME),
        (0o755, ""),
        (0o770, "drwxrwx---"),
        (0o777, "everyone can write to"),
        pytest.param(0o1777, "drwxrwxrwt", marks=_SAME),
    ],
)
def test_a_data_folder_that_others_may_write_is_told(terminal: Terminal, mode: int, told: str) -> None:
    terminal.home.mkdir()
    terminal.home.chmod(mode)
    done = terminal.run("model", "list")
    assert done.returncode == 0
    assert ("warning: The data folder" in done.stderr) == bool(told)
    assert told in done.stderr
    assert terminal.run("model", "list", "--json").stderr == ""


def test_a_folder_above_it_counts_as_well(terminal: Terminal, tmp_path: Path) -> None:
    above = tmp_path / "open"
    above.mkdir()
    above.chmod(0o777)
    terminal.home = above / "home"
    assert f"everyone can write to {above}" in terminal.run("model", "list").stderr


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="gives a folder to another account")
def test_a_data_folder_of_another_account_is_told(terminal: Terminal) -> None:
    terminal.home.mkdir()
    os.chown(terminal.home, 1234, 1234)
    assert "belongs to user 1234" in terminal.run("model", "list").stderr


def test_a_workspace_with_a_service_is_open_to_nobody_else(terminal: Terminal) -> None:
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    assert "no problems found" in terminal.ok("workspace", "verify")


def test_nothing_that_is_made_can_be_written_by_others(terminal: Terminal) -> None:
    before = os.umask(0)
    try:
        terminal.ordinary = True  # what is loaded already has the umask of before
        terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
        found = open_to_others(terminal.home)
    finally:
        os.umask(before)
        terminal.ordinary = LONG
    terminal.ok("service", "delete", "adder")
    assert found == []
