"""New files in the place of the old ones of a running service, decided once and for all whatever is killed."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scoredock_runtime import contract

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers run Linux")

NAMED = """
import os

def init():
    pass

def run(data):
    return ["NAME", os.getpid()]
"""


def named(name: str) -> str:
    return NAMED.replace("NAME", name)


def put(service: Any, name: str, **files: str) -> str:
    """A new tree below the hidden folder; `__` in a name is a point, `___` a slash."""
    source = service.app / ".scoredock" / name
    for file, text in files.items():
        path = source / file.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(source)


def switch(service: Any, source: str, revision: int = 2, names: list[str] | None = None, **changes: Any) -> Any:
    spec = dataclasses.replace(service.spec, revision=revision, nonce="", python="", **changes)
    path = service.folder / "next.json"
    path.write_text(contract.to_json(spec))
    return service.control("POST", "/replace", {"spec": str(path), "switch": {"from": source, "names": names}})


def entries(service: Any) -> list[str]:
    return sorted(each.name for each in service.app.iterdir() if each.name not in (".scoredock", "__pycache__"))


@pytest.fixture
def switched(service: Any) -> Any:
    """A service with a model and a file that only its first revision has."""
    model = service.app / "azureml-models" / "m" / "1"
    model.mkdir(parents=True)
    (model / "model.bin").write_text("weights")
    (service.app / "old").mkdir()
    (service.app / "old" / "table.csv").write_text("1")
    return service.up(named("first"))


def is_tidy(service: Any) -> bool:
    return not any((service.app / ".scoredock").iterdir()) and not (service.folder / contract.SWITCH_FILE).exists()


def test_new_files_come_in_place_of_the_old_ones(switched: Any, wait_for: Callable[..., Any]) -> None:
    before = switched.score().json()
    source = put(switched, "2", score__py=named("second"), sub___x__txt="new", **{"azureml-models___y": "not this"})
    answer = switch(switched, source)
    assert answer.status == 200
    status = contract.status_from_json(answer.body.decode())
    assert (status.revision, status.failure) == (2, None)
    after = switched.score().json()
    assert (before[0], after[0]) == ("first", "second")
    assert entries(switched) == ["azureml-models", "score.py", "sub"]
    assert (switched.app / "azureml-models" / "m" / "1" / "model.bin").read_text() == "weights"
    assert not (switched.app / "azureml-models" / "y").exists()
    wait_for(lambda: is_tidy(switched))
    stored = contract.spec_from_json((switched.folder / contract.SPEC_FILE).read_text())
    assert (stored.revision, stored.nonce, stored.python) == (2, switched.spec.nonce, switched.spec.python)


def test_only_named_entries_go(switched: Any) -> None:
    (switched.app / "written.txt").write_text("by the script")
    source = put(switched, "2", score__py=named("second"))
    assert switch(switched, source, names=["old", "never-there"]).status == 200
    assert entries(switched) == ["azureml-models", "score.py", "written.txt"]
    assert switched.score().json()[0] == "second"


def test_files_come_back_when_the_new_workers_fail(switched: Any, wait_for: Callable[..., Any]) -> None:
    source = put(switched, "2", score__py="raise RuntimeError('broken')", more__py="")
    answer = switch(switched, source)
    status = contract.status_from_json(answer.body.decode())
    assert (status.phase, status.revision, status.failed_revision) == (contract.READY, 1, 2)
    assert "broken" in status.failure.message
    assert entries(switched) == ["azureml-models", "old", "score.py"]
    assert (switched.app / "old" / "table.csv").read_text() == "1"
    assert switched.score().json()[0] == "first"
    wait_for(lambda: is_tidy(switched))
    source = put(switched, "3", score__py=named("third"))
    assert switch(switched, source, 3).status == 200
    assert switched.score().json()[0] == "third"


def test_a_change_is_given_up_when_it_is_cancelled(switched: Any, wait_for: Callable[..., Any]) -> None:
    assert switched.control("POST", "/cancel").json()["failed_revision"] == 0, "nothing is under way"
    mark = switched.folder / "reached"
    source = put(switched, "2", score__py=f"import time\nopen({str(mark)!r}, 'w').close()\ntime.sleep(600)\n")
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(switch(switched, source)))
    asking.start()
    wait_for(mark.exists)
    assert switched.control("POST", "/cancel").status == 200
    asking.join(20)
    status = contract.status_from_json(answers[0].body.decode())
    assert (status.phase, status.revision, status.failed_revision) == (contract.READY, 1, 2)
    assert status.failure.cause == contract.CANCELLED
    assert entries(switched) == ["azureml-models", "old", "score.py"]
    assert switched.score().json()[0] == "first"


def test_a_reload_takes_new_files_too(switched: Any) -> None:
    source = put(switched, "b", score__py=named("changed"))
    answer = switched.control("POST", "/reload", {"switch": {"from": source}})
    assert contract.status_from_json(answer.body.decode()).reloads == 1
    assert switched.score().json()[0] == "changed"


def test_files_of_elsewhere_are_not_switched_in(switched: Any, tmp_path: Path) -> None:
    put(switched, "2", score__py=named("second"))
    (switched.app / ".scoredock" / "link").symlink_to(tmp_path)
    hidden = f"{switched.app}/.scoredock"
    for source in ("/etc", f"{hidden}/none", f"{hidden}/2/..", f"{hidden}/../old", f"{hidden}/link", "2"):
        answer = switch(switched, source)
        assert answer.status == 422, source
        assert "error" in answer.json()
    assert switch(switched, f"{hidden}/2", app_root=str(switched.folder)).status == 422
    assert entries(switched) == ["azureml-models", "old", "score.py"]
    assert switched.score().json()[0] == "first"


def kill_parent(service: Any, wait_for: Callable[..., Any]) -> None:
    os.kill(service.status.parent_pid, signal.SIGKILL)
    wait_for(service.gone)


@pytest.mark.chance
def test_a_switch_is_undone_when_the_parent_was_killed_before_it_was_decided(
    switched: Any, wait_for: Callable[..., Any]
) -> None:
    mark = switched.folder / "reached"
    hangs = f"import time\nopen({str(mark)!r}, 'w').close()\ntime.sleep(600)\n"
    source = put(switched, "2", score__py=hangs, more__py="")
    asking = threading.Thread(target=_ignore_cut, args=(switched, source))
    asking.start()
    wait_for(mark.exists)
    assert entries(switched) == ["azureml-models", "more.py", "score.py"]
    kill_parent(switched, wait_for)
    asking.join(20)
    switched.start()
    assert switched.settle().phase == contract.READY
    assert switched.status.revision == 1
    assert switched.score().json()[0] == "first"
    assert entries(switched) == ["azureml-models", "old", "score.py"]
    wait_for(lambda: is_tidy(switched))


def _ignore_cut(service: Any, source: str) -> None:
    try:
        switch(service, source)
    except (OSError, http.client.HTTPException):
        return


@pytest.mark.chance
def test_a_switch_that_was_decided_is_finished_by_the_next_parent(switched: Any, wait_for: Callable[..., Any]) -> None:
    source = put(switched, "2", score__py=named("second"))
    # The moment between decision and spec, held: the spec cannot be replaced while a folder stands in its place.
    (switched.folder / contract.SPEC_FILE).unlink()
    (switched.folder / contract.SPEC_FILE / "held").mkdir(parents=True)
    assert switch(switched, source).status == 200
    assert json.loads((switched.folder / contract.SWITCH_FILE).read_text())["accepted"]
    kill_parent(switched, wait_for)
    (switched.folder / contract.SPEC_FILE / "held").rmdir()
    (switched.folder / contract.SPEC_FILE).rmdir()
    (switched.folder / contract.SPEC_FILE).write_text(contract.to_json(switched.spec))  # as it was before
    done = subprocess.run(
        [sys.executable, "-m", "scoredock_runtime", "start", str(switched.folder)], capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert switched.settle().phase == contract.READY
    assert switched.status.revision == 2
    assert switched.score().json()[0] == "second"
    assert entries(switched) == ["azureml-models", "score.py"]
    wait_for(lambda: is_tidy(switched))


@pytest.mark.chance
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(
            at, marks=[] if at in (1, 4, 6, 8, 11) else [pytest.mark.long("the gate kills before and after it")]
        )
        for at in range(1, 12)
    ],
)
def test_a_kill_after_any_step_leaves_the_one_or_the_other(tmp_path: Path, at: int) -> None:
    """The process that switches ends itself with SIGKILL in its step number `at`, as the kernel would do it."""
    app, folder = tmp_path / "app", tmp_path / "service"
    for path, text in {
        app / "score.py": "old",
        app / "old.py": "old",
        app / ".scoredock" / "2" / "score.py": "new",
        app / ".scoredock" / "2" / "new.py": "new",
        folder / contract.SPEC_FILE: "{}",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = f"""
import os, signal, sys
from scoredock_runtime import contract
from scoredock_runtime.service_folder import file_switch
steps = 0
def counted(real):
    def step(*given):
        global steps
        steps += 1
        if steps == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)
    return step
os.rename, os.replace, os.unlink = counted(os.rename), counted(os.replace), counted(os.unlink)
switch = file_switch.switch_from({str(folder)!r}, {str(app)!r}, {{"from": {str(app / ".scoredock" / "2")!r}}})
switch.make()
spec = contract.ServiceSpec("s", 2, "n", "p", {str(app)!r}, "score.py")
switch.accept(spec)
switch.finish()
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=30, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    again = "import sys; from scoredock_runtime.service_folder import file_switch; file_switch.recover(sys.argv[1])"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", again, str(folder)], check=True, timeout=30)
    found = {each.name: each.read_text() for each in app.iterdir() if each.is_file()}
    old, new = {"score.py": "old", "old.py": "old"}, {"score.py": "new", "new.py": "new"}
    assert found in (old, new)
    stored = (folder / contract.SPEC_FILE).read_text()
    assert not (folder / contract.SWITCH_FILE).exists()
    if done.returncode and found == new:
        assert contract.spec_from_json(stored).revision == 2
    elif found == old:
        assert stored == "{}"
