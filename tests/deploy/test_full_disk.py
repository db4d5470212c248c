"""A disk that is full: deployments say so, and what frees space works without any."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.errors import DiskFull, ScoredockError
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.ledger import Ledger
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest

SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


@dataclass
class Disk:
    """A small file system with a workspace on it."""

    folder: Path
    script: Path
    deployments: Deployments

    @property
    def filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, keep: int = 0) -> None:
        """Nothing is left but `keep` bytes."""
        with self.filler.open("ab", buffering=0) as stream:
            for size in (65_536, 4_096):
                with contextlib.suppress(OSError):
                    while True:
                        stream.write(bytes(size))
            stream.truncate(max(0, stream.tell() - keep))

    def deploy(self, **more: str) -> None:
        self.deployments.deploy(DeployRequest("svc-one", entry_script=str(self.script), **more))  # type: ignore[arg-type]

    def refused(self, act: Callable[..., object], *arguments: object) -> None:
        with pytest.raises(ScoredockError) as refused:
            act(*arguments)
        assert refused.value.code == "disk-full"


@pytest.fixture
def disk(tmp_path: Path, shared: Path, require: Callable[[object, str], None]) -> Iterator[Disk]:
    point = tmp_path / "disk"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(point)]
    done = subprocess.run(mount, capture_output=True, check=False) if shutil.which("mount") else None
    require(done is not None and done.returncode == 0, "the right to mount a tmpfs (root)")
    try:
        workspace = point / "home" / "workspaces" / "local"
        workspace.mkdir(parents=True)
        (workspace / "environments").symlink_to(shared)
        project = tmp_path / "project"
        project.mkdir()
        script = project / "score.py"
        script.write_text(SCRIPT)
        settings = DeploySettings(start_timeout=60.0, stop_grace=2.0)
        made = Disk(point, script, Deployments(Registry(workspace), settings=settings))
        yield made
        made.filler.unlink(missing_ok=True)
        for view in made.deployments.services():
            made.deployments.delete(view.name)
        made.deployments.registry.store.close()
    finally:
        subprocess.run(["umount", "-l", str(point)], check=True)


def test_a_service_can_be_stopped_and_deleted_on_a_full_disk(disk: Disk) -> None:
    disk.deploy()
    disk.fill()
    assert disk.deployments.client.call("svc-one", b"[1]").status == 200
    disk.refused(disk.deployments.update, "svc-one", UpdateRequest())
    assert disk.deployments.stop("svc-one").state == "Stopped"
    disk.deployments.delete("svc-one")
    assert disk.deployments.services() == []
    assert disk.deployments.ledger.intents() == []
    disk.filler.unlink()
    disk.deploy()


FURTHER = pytest.mark.long("another place at which the same disk is full")


@pytest.mark.parametrize(
    "keep", [262_144, *(pytest.param(keep, marks=FURTHER) for keep in (0, 16_384, 65_536, 1_048_576))]
)
def test_wherever_the_disk_gets_full_the_same_process_deploys_once_there_is_room(disk: Disk, keep: int) -> None:
    (disk.script.parent / "large.bin").write_bytes(os.urandom(3_000_000))
    disk.fill(keep)
    for _ in range(2):
        disk.refused(lambda: disk.deploy(source_directory=str(disk.script.parent)))
        assert [view.state for view in disk.deployments.services()] in ([], ["Failed"])
    disk.filler.unlink()
    disk.deploy()
    assert disk.deployments.service("svc-one").state == "Healthy"


@pytest.mark.chance
def test_a_lease_that_could_not_be_given_back_blocks_nobody(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The language server lives for days: a row it could not remove must not keep its service busy until it ends."""
    real = Ledger.release

    def full(self: Ledger, name: str) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(self.store, "write_when_full", _no_space)
            real(self, name)

    disk.deploy()
    monkeypatch.setattr(Ledger, "release", full)
    monkeypatch.setattr(Ledger, "set_state", _no_space)
    disk.refused(disk.deployments.stop, "svc-one")
    assert [intent.verb for intent in disk.deployments.ledger.intents()] == ["stop"]
    monkeypatch.undo()
    assert disk.deployments.restart("svc-one").state == "Healthy"
    assert disk.deployments.ledger.intents() == []


def _no_space(*_: object, **__: object) -> object:
    raise DiskFull("There is no space left.")
