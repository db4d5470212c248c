"""Whose a temporary folder is, and when it counts as left over: `scoredock.temporary.folders`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from scoredock.temporary import folders
from scoredock.temporary.folders import TemporaryFolder

import scoredock_azureml
from parts import missing

OWNER = """
import sys
from pathlib import Path
from scoredock.temporary.folders import TemporaryFolder
folder = TemporaryFolder("work", Path(sys.argv[1]))
(folder.path / "secret").write_text("of the person")
print(folder.path, flush=True)
sys.stdin.read()
"""
UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""As a container has it: a process in there has a number that means another process here."""

Starts = Callable[..., tuple[subprocess.Popen[str], Path]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starts]:
    """A process with a temporary folder, and that folder."""
    owners = []

    def begin(*before: str) -> tuple[subprocess.Popen[str], Path]:
        words = [*before, sys.executable, "-c", OWNER, str(tmp_path)]
        owner = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        owners.append(owner)
        assert owner.stdout is not None
        return owner, Path(owner.stdout.readline().strip())

    yield begin
    for owner in owners:
        end(owner)


def end(owner: subprocess.Popen[str]) -> None:
    for process in (*psutil.Process(owner.pid).children(recursive=True), owner) if owner.poll() is None else ():
        process.kill()
    owner.communicate()


def age(folder: Path, seconds: float) -> None:
    """As if nobody had touched it for so long."""
    then = folder.stat().st_mtime - seconds
    os.utime(folder, (then, then))


def require_namespaces() -> None:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        missing("namespaces of processes, which root makes with unshare")


def test_it_goes_with_its_block_and_can_be_entered_by_nobody_else(tmp_path: Path) -> None:
    with TemporaryFolder("work", tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "inner").mkdir(mode=0o500)
        (folder / "inner").chmod(0o500)
    assert list(tmp_path.iterdir()) == []


def test_it_goes_with_its_process_where_nobody_closes_it(start: Starts) -> None:
    owner, folder = start()
    owner.communicate("")
    assert not folder.exists()


def test_that_of_a_living_process_stays_however_old_and_that_of_a_killed_one_goes(
    start: Starts, tmp_path: Path
) -> None:
    owner, folder = start()
    age(folder, 400 * 24 * 3600)
    assert folders.sweep(tmp_path) == []
    assert folder.exists()
    end(owner)
    with TemporaryFolder("other", tmp_path):
        assert not folder.exists()


def test_a_killed_one_that_nobody_has_waited_for_is_not_alive(start: Starts, tmp_path: Path) -> None:
    owner, folder = start()
    owner.kill()
    os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)  # it stays in the process table
    assert folders.sweep(tmp_path) == [folder]


def test_another_process_with_its_number_is_not_its_owner(start: Starts, tmp_path: Path) -> None:
    owner, folder = start()
    end(owner)
    named = re.sub(r"sd\d+x", f"sd{os.getpid()}x", folder.name)
    reused = folder.rename(folder.with_name(named))
    assert folders.sweep(tmp_path) == [reused]


def test_a_process_of_a_container_is_asked_by_its_lock(start: Starts, tmp_path: Path) -> None:
    require_namespaces()
    owner, folder = start(*UNSHARE)
    age(folder, 400 * 24 * 3600)
    assert folders.sweep(tmp_path) == [], "it runs, however old its folder is"
    end(owner)
    os.utime(folder)
    assert folders.sweep(tmp_path) == [], "one that was made a moment ago may not have its lock yet"
    age(folder, 61)
    assert folders.sweep(tmp_path) == [folder]


def test_a_container_leaves_those_of_this_machine(start: Starts, tmp_path: Path) -> None:
    require_namespaces()
    _, folder = start()
    age(folder, 400 * 24 * 3600)
    look = "import sys; from scoredock_runtime import contract_owner; contract_owner.sweep(sys.argv[1])"
    subprocess.run([*UNSHARE, sys.executable, "-c", look, str(tmp_path)], check=True)
    assert folder.exists()


def test_that_of_another_account_stays(start: Starts, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("root, who alone gives folders to others")
    owner, folder = start()
    end(owner)
    os.chown(folder, 12345, 12345)
    assert folders.sweep(tmp_path) == []
    assert (folder / "secret").exists()


def test_the_sdk_names_its_own_alike(tmp_path: Path) -> None:
    packages = Path(scoredock_azureml.__file__).parent / "packages"
    script = "from scoredock_runtime import contract_owner; from azureml._scoredock import temporary\n"
    script += "print(contract_owner.mark() == temporary.mark(), temporary.new_folder('rows'))"
    variables = {**os.environ, "PYTHONPATH": str(packages), "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=True)
    alike, folder = done.stdout.split()
    assert alike == "True"
    assert folders.sweep(tmp_path) == [Path(folder)]


def of_others(folder: Path, mark: str) -> Sequence[Path]:
    names = (
        "scoredock-notes",
        "scoredock-drift-1234",
        "sd12",
        f"x{mark}",
        f"{mark}x",
        "numbers-sd1x2",
        "sd1x2xabcdefgh",
    )
    return [folder / name for name in names]


def test_what_is_not_marked_stays_and_links_are_not_followed(start: Starts, tmp_path: Path) -> None:
    owner, folder = start()
    end(owner)
    mark = folder.name.split("-")[2]
    for each in of_others(tmp_path, mark):
        each.mkdir()
        (each / "file").touch()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    link = tmp_path / f"scoredock-work-{mark}-link"
    link.symlink_to(precious)
    assert folders.sweep(tmp_path) == [folder]
    assert link.is_symlink()
    assert all((each / "file").exists() for each in (*of_others(tmp_path, mark), precious))
