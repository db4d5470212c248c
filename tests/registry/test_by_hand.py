"""The commands of docs/registry.md do what the page says, on a real workspace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.upkeep.backup import backup
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.workspace import Workspaces

from registry.histories import everything

PAGE = Path(__file__).parent.parent.parent / "docs" / "registry.md"
BLOCKS = dict(re.findall(r"<!-- test: ([a-z-]+) -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))


@pytest.fixture
def workspaces(tmp_path: Path) -> Workspaces:
    made = Workspaces(tmp_path / "data")
    folder = tmp_path / "net"
    (folder / "deep" / "empty").mkdir(parents=True)
    (folder / "weights with spaces.bin").write_bytes(os.urandom(1000))
    (folder / "deep" / "läbels.txt").write_text("a\nb\n", encoding="utf-8")
    registry = made.open("local")
    registry.register([folder], "net")
    registry.register([folder / "deep" / "läbels.txt"], "labels")
    (tmp_path / "me").mkdir()
    return made


@pytest.fixture
def sh(workspaces: Workspaces, tmp_path: Path, require: Callable[[object, str], None]) -> Callable[..., str]:
    require(shutil.which("sh") and shutil.which("sha256sum"), "a shell and sha256sum")

    def run(block: str, code: int = 0, **variables: str) -> str:
        done = subprocess.run(
            ["sh", "-eu", "-c", BLOCKS[block]],
            cwd=workspaces.get("local").path,
            env={**os.environ, "HOME": str(tmp_path / "me"), **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    return run


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }


def test_versions_are_listed_and_taken_out(sh: Callable[..., str], workspaces: Workspaces, tmp_path: Path) -> None:
    (workspaces.get("local").path / "store.sqlite3").unlink()
    listed = dict(line.split(" ", 1) for line in sh("list").splitlines())
    assert sorted(listed) == ["labels:1", "net:1"]
    sh("take", manifest=listed["net:1"])
    assert _tree(tmp_path / "me" / "rescued" / "net") == _tree(tmp_path / "net")


def test_versions_are_taken_out_with_jq(
    sh: Callable[..., str], tmp_path: Path, require: Callable[[object, str], None]
) -> None:
    require(shutil.which("jq"), "jq")
    listed = dict(line.split(" ", 1) for line in sh("list").splitlines())
    sh("take-jq", manifest=listed["net:1"])
    (tmp_path / "net" / "deep" / "empty").rmdir()
    assert _tree(tmp_path / "me" / "rescued" / "net") == _tree(tmp_path / "net")


def test_wrong_bytes_are_printed(sh: Callable[..., str], workspaces: Workspaces) -> None:
    assert sh("check") == ""
    blob = next(workspaces.open("local").blobs.all())
    blob.chmod(0o600)
    blob.write_bytes(b"?")
    assert blob.name in sh("check", code=1)


def test_a_backup_becomes_a_workspace(sh: Callable[..., str], workspaces: Workspaces, tmp_path: Path) -> None:
    info = workspaces.get("local")
    told = {"name": info.name, "subscriptionId": "", "resourceGroup": "", "created": 0}
    target = tmp_path / "me" / "models.tar"
    backup(info.path, told, target, CarriedServices(), overwrite=False, progress=Silent(), cancel=CancelToken())
    sh("backup")
    again = workspaces.open("byhand")
    assert isinstance(again, Registry)
    assert everything(again) == everything(workspaces.open("local"))
    assert again.verify(deep=True) == []
