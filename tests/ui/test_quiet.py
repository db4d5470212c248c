"""Nothing of Scoredock runs and nothing is shown in a folder that has nothing of ours, until it is used; whatever its
script is called, a project of ours is known."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"
OTHERS = {
    "scoreboard.py": "class Scoreboard:\n    def __init__(self):\n        self.points = 0\n",
    "score.py": "def score(predictions, references):\n    return 0\n",
    "endpoint.yml": "apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: a\n",
    "manage.py": "import os\n\n\ndef main():\n    os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def servers(desk: Desk) -> list[int]:
    """Language servers of this editor."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if "scoredock.server" in process.cmdline() and process.environ().get("SCOREDOCK_HOME") == str(desk.home):
                found.append(process.pid)
    return found


def is_quiet(desk: Desk) -> bool:
    status = desk.window.status
    shown = any("Scoredock" in text for text in (*status.texts(), *status.spoken()))
    return not shown and not servers(desk) and desk.window.notices.texts() == []


def is_active(desk: Desk) -> bool:
    return "scoredock" in desk.server.extension_host_log()


@pytest.mark.long("test_the_side_bar_starts_it_where_nothing_is_ours waits for the same sign")
def test_nothing_starts_in_a_package_of_others_before_it_is_used(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    desk = open_desk(write(tmp_path / "others", OTHERS), own=True)
    window = desk.window
    window.editor.open("scoreboard.py")
    until(lambda: is_active(desk), "the extension's own code to run", timeout=60)
    # Longer than a look takes, and a start would have taken.
    window.page.wait_for_timeout(5000)
    assert is_quiet(desk)
    window.editor.open("score.py")
    window.page.wait_for_timeout(2000)
    assert is_quiet(desk)
    window.quick.run_command("Scoredock: Check This Computer")
    window.status.wait("Scoredock", timeout=60)
    until(lambda: servers(desk), "the server", timeout=60)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("serve_it.py", marks=pytest.mark.long("the one in a folder is found at the gate")),
        "model/answers.py",
    ],
)
def test_a_project_of_one_script_of_any_name_starts(open_desk: Callable[..., Desk], tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "ours", {})
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(SCRIPT, encoding="utf-8")
    desk = open_desk(folder)
    desk.window.status.wait("Scoredock", timeout=60)


def test_the_side_bar_starts_it_where_nothing_is_ours(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = open_desk(write(tmp_path / "others", {"notes.txt": "nothing"}))
    window = desk.window
    window.side.show("Scoredock")
    window.status.wait("Scoredock", timeout=60)
    until(lambda: "Register" in window.side.welcome("Models"), "the welcome", timeout=60)


@pytest.mark.long("tests/extension/signs.test.ts knows such a text; a project that starts by itself is at the gate")
def test_a_script_that_is_opened_starts_it(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    """It lies where the look does not go."""
    folder = write(tmp_path / "others", OTHERS)
    write(folder / "dist", {"answers.py": SCRIPT})
    desk = open_desk(folder)
    window = desk.window
    window.editor.open("scoreboard.py")
    window.page.wait_for_timeout(3000)
    assert is_quiet(desk)
    window.editor.open("dist/answers.py")
    window.status.wait("Scoredock", timeout=60)
