"""An editor that is open on a folder and asked for nothing changes no workspace, and tells what others change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.context import Context, Operation
from scoredock.contrib.runs.domain.journal import NewRun, RunJournals
from scoredock.features import state
from scoredock.protocol import messages
from scoredock.settings import Values
from scoredock.workspace import Workspaces

WATCH = "scoredock-watch"
CONFIG = {"subscription_id": "s", "resource_group": "g", "workspace_name": "contoso-ml"}


class Followed:
    """What stands for the pods of a workspace: the watch of a board that follows them waits until it may go on."""

    def __init__(self) -> None:
        self.is_followed = False
        self.reached = threading.Event()
        self.released = threading.Event()

    def follow(self, *_: object) -> None:
        if threading.current_thread().name == WATCH:
            self.reached.set()
            assert self.released.wait(60)
        self.is_followed = True

    def stop(self) -> None:
        self.is_followed = False


class Editor:
    """The server's side of an editor that is open on a folder."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.pushes: list[state.Push] = []
        self.context = Context(Values({}, {}), home=home)
        self.board = state.Board(self.context, self.pushes.append)
        params = messages.StateListParams([str(folder)])
        self.listed = self.board.state(params, self.context, Operation())

    def wait(self, seen: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 60
        while not seen():
            assert time.monotonic() < end, f"not seen: {what}"
            self.board.nudge()
            time.sleep(0.01)

    def runs_told(self) -> int:
        return sum(isinstance(push, messages.RegistryChanged) and push.runs for push in self.pushes)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


@pytest.fixture
def open_editor(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], tuple[Editor, list[None]]]]:
    """The editor, and a list that grows each time that it has tidied up."""
    tidied: list[None] = []
    tidy = state.Board._tidy
    monkeypatch.setattr(state, "TIDY_ROUNDS", 2)

    def tidy_and_tell(board: state.Board) -> None:
        tidy(board)
        tidied.append(None)

    monkeypatch.setattr(state.Board, "_tidy", tidy_and_tell)
    editors: list[Editor] = []

    def made() -> tuple[Editor, list[None]]:
        editors.append(Editor(tmp_path / "home", project))
        return editors[-1], tidied

    yield made
    for editor in editors:
        editor.board.stop()


def test_a_workspace_that_only_a_configuration_names_is_not_created_by_looking(
    open_editor: Callable[[], tuple[Editor, list[None]]], tmp_path: Path
) -> None:
    editor, tidied = open_editor()
    assert [(each.name, each.exists) for each in editor.listed.workspaces] == [
        ("local", True),
        ("contoso-ml", False),
    ]
    editor.wait(lambda: bool(tidied), "the workspace was tidied")
    assert [each.name for each in (tmp_path / "home" / "workspaces").iterdir()] == ["local"]


def test_a_hidden_workspace_stays_hidden(
    open_editor: Callable[[], tuple[Editor, list[None]]], tmp_path: Path, project: Path
) -> None:
    workspaces = Workspaces(tmp_path / "home")
    workspaces.forget(workspaces.connect(project).id)
    editor, tidied = open_editor()
    editor.wait(lambda: bool(tidied), "the workspace was tidied")
    assert Workspaces(tmp_path / "home").resolve(project).forgotten


def test_each_event_of_a_run_that_a_script_logs_is_told(
    open_editor: Callable[[], tuple[Editor, list[None]]], tmp_path: Path, project: Path
) -> None:
    folder = Workspaces(tmp_path / "home").connect(project).path
    editor, _ = open_editor()
    journals = RunJournals(folder)
    (tmp_path / "x.txt").write_text("x")
    run = ""

    def begin() -> None:
        nonlocal run
        run = journals.begin(NewRun("prices")).id

    for event in (
        begin,
        lambda: journals.log(run, "rmse", "scalar", "1.5", None),
        lambda: journals.change(run, {"stage": "dev"}, [], {}, ""),
        lambda: journals.upload(run, "outputs/x.txt", tmp_path / "x.txt", Operation().cancel),
        lambda: journals.end(run, "Completed", ""),
    ):
        before = editor.runs_told()
        event()
        editor.wait(
            lambda before=before: editor.runs_told() > before,
            "what the run did is told",
        )


def test_a_look_that_is_under_way_at_the_stop_follows_nothing_afterwards(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pods = Followed()
    monkeypatch.setattr(state, "PodChanges", lambda _: pods)
    board = Editor(tmp_path / "home", project).board
    watch = next(each for each in threading.enumerate() if each.name == WATCH)
    board.nudge()
    assert pods.reached.wait(60)
    board.stop()
    pods.released.set()
    watch.join(60)
    assert (watch.is_alive(), pods.is_followed) == (False, False)
