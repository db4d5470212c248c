"""Services of several workspaces at once: listed, stopped, and started after a restart of the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cli.conftest import SCRIPT, Terminal
from restarted import end_as_by_a_restart

ARRAY = '{"data": [1, 2, 3]}'
NEWER = SCRIPT.replace("return sum", "return -sum")


def services(terminal: Terminal) -> dict[str, tuple[str, str, int]]:
    """Workspace, state and revision of every service of the machine."""
    found = terminal.json("service", "list", "--all")["services"]
    return {each["name"]: (each["workspaceId"], each["state"], each["revision"]) for each in found}


@pytest.fixture
def several(terminal: Terminal, environments: Path) -> Terminal:
    """Two services in two workspaces; the first was updated once."""
    terminal.ok("workspace", "create", "other")
    for workspace in ("local", "other"):
        folder = terminal.home / "workspaces" / workspace
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        (folder / "environments").symlink_to(environments)
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py", "--workspace", "local")
    (terminal.folder / "score.py").write_text(NEWER)
    terminal.ok("service", "update", "adder", "--workspace", "local")
    terminal.ok("service", "deploy", "second", "--entry-script", "score.py", "--workspace", "other")
    return terminal


@pytest.mark.skipif(sys.platform == "win32", reason="a restart is shown with processes of a POSIX system")
def test_after_a_restart_the_same_revision_is_started_and_all_of_them_end_at_once(several: Terminal) -> None:
    folders = {name: several.home / "workspaces" / name / "services" for name in ("local", "other")}

    def restart_the_machine() -> None:
        end_as_by_a_restart(folders["local"] / "adder", in_order=False)
        end_as_by_a_restart(folders["other"] / "second", in_order=True)

    serving = {"adder": ("local", "Healthy", 2), "second": ("other", "Healthy", 1)}
    assert services(several) == serving

    restart_the_machine()
    assert {name: state for name, (_, state, _) in services(several).items()} == {"adder": "Failed", "second": "Failed"}
    (several.folder / "score.py").write_text(SCRIPT)  # what is saved meanwhile is not part of the revision
    assert several.json("service", "start", "adder", "--workspace", "local")["revision"] == 2
    assert several.ok("service", "call", "adder", "-d", ARRAY, "--workspace", "local") == "-6\n"
    assert several.json("service", "start-all", "--all")["names"] == ["second"]
    assert services(several) == serving

    restart_the_machine()
    assert several.json("service", "start-all", "--workspace", "local")["names"] == ["adder"]
    assert several.json("service", "start-all", "--all")["names"] == ["second"]
    assert several.ok("service", "call", "adder", "-d", ARRAY, "--workspace", "local") == "-6\n"
    assert services(several) == serving

    assert several.json("service", "stop-all", "--workspace", "local")["names"] == ["adder"]
    assert several.json("service", "stop-all", "--all")["names"] == ["second"]
    assert {state for _, state, _ in services(several).values()} == {"Stopped"}
    assert several.ok("service", "start-all", "--all") == "no service was stopped by a restart\n"
