"""What is written, and what is not: known bytes, damaged bytes, clones, many small files, one that is cancelled."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Limits, Registry

from depth import LONG, rounds

Refused = Callable[..., ScoredockError]
SIZES = [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_003]


def inode(registry: Registry, reference: str) -> tuple[int, int]:
    status = registry.blob(registry.model(reference).files[0].sha256).stat()
    return status.st_ino, status.st_mtime_ns


@pytest.mark.parametrize("size", SIZES)
def test_known_bytes_are_not_written_again(registry: Registry, tmp_path: Path, size: int) -> None:
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    one.write_bytes(os.urandom(size))
    shutil.copyfile(one, two)
    registry.register([one], "m")
    before = inode(registry, "m:1")
    assert registry.register([two], "m").files[0].sha256 == registry.model("m:1").files[0].sha256
    assert inode(registry, "m:2") == before


@pytest.mark.parametrize("size", SIZES[2:])
@pytest.mark.parametrize("place", [0, 0.5, 0.9, -1])
def test_bytes_that_differ_anywhere_are_stored(registry: Registry, tmp_path: Path, size: int, place: float) -> None:
    path = tmp_path / "m.bin"
    content = bytearray(os.urandom(size))
    path.write_bytes(content)
    registry.register([path], "m")
    content[int(place * size) if place >= 0 else -1] ^= 1
    path.write_bytes(content)
    second = registry.register([path], "m")
    assert registry.blob(second.files[0].sha256).read_bytes() == content
    assert registry.verify(deep=True) == []


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("damage", ["one byte in the middle", "cut", "longer", "gone"])
def test_a_damaged_blob_is_healed_by_its_bytes(registry: Registry, tmp_path: Path, size: int, damage: str) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(os.urandom(size))
    blob = registry.blob(registry.register([path], "m").files[0].sha256)
    content = bytearray(blob.read_bytes())
    blob.chmod(0o600)
    if damage == "gone":
        blob.unlink()
    elif damage == "cut":
        blob.write_bytes(content[:-1])
    elif damage == "longer":
        blob.write_bytes(content + b"x")
    else:
        content[size // 3] ^= 1
        blob.write_bytes(content)
    assert registry.verify(deep=True) != []
    registry.register([path], "m")
    assert registry.verify(deep=True) == []


def test_the_same_bytes_twice_in_one_folder(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for number in range(300):
        (tmp_path / "m" / str(number)).write_bytes(b"%d" % (number % 100))
    model = registry.register([tmp_path / "m"], "m")
    assert model.file_count == 300
    assert len(list(registry.blobs.all())) == 100
    assert registry.verify(deep=True) == []


def test_many_files_with_a_raised_limit(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "m").mkdir()
    count = rounds(gate=1_200, long=12_000)
    for number in range(count):
        (tmp_path / "m" / str(number)).write_bytes(b"%d" % (number % 50))
    # The limit that holds where none is given is for the long run: it takes more files than that.
    low = Registry(tmp_path / "low") if LONG else Registry(tmp_path / "low", Limits(files=count - 1))
    refused("model-too-large", low.register, [tmp_path / "m"], "m")
    assert list(low.blobs.all()) == [], "it is known before anything is copied"
    registry = Registry(tmp_path / "workspace", Limits(files=count))
    assert registry.register([tmp_path / "m"], "m").file_count == count


def test_a_cancel_is_noticed_at_once(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "m.bin"
    with path.open("wb") as stream:
        for _ in range(60):
            stream.write(os.urandom(1 << 20))
    cancel = CancelToken()
    told: list[str] = []

    class Cancelling:
        def report(self, message: str, percentage: int | None = None) -> None:
            told.append(message)
            if percentage is not None and percentage >= 5:
                cancel.cancel()

        def output(self, line: str) -> None:
            return None

    refused("cancelled", registry.register, [path], "m", progress=Cancelling(), cancel=cancel)
    assert "60" not in told[-1].split(" of ")[0]
    assert registry.models() == []
    assert list(registry.blobs.scratch.iterdir()) == []


def test_progress_tells_amounts_and_rate(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    block = os.urandom(1 << 20)
    with path.open("wb") as stream:
        for _ in range(300):
            stream.write(block)
    told: list[str] = []

    class Recording:
        def report(self, message: str, percentage: int | None = None) -> None:
            told.append(message)

        def output(self, line: str) -> None:
            return None

    registry.register([path], "m", progress=Recording())
    assert any(
        message.startswith("Copying model.bin, ") and " of 315 MB, " in message and message.endswith("B/s")
        for message in told
    ), told


@pytest.mark.chance
def test_registering_and_collecting_at_once_loses_nothing(registry: Registry, tmp_path: Path) -> None:
    """Known bytes are relied on without being written; garbage is collected at the same time."""
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.bin")
        paths[-1].write_bytes(os.urandom(1_200_000))
    stop = threading.Event()

    def collect() -> None:
        other = Registry(registry.folder)
        while not stop.is_set():
            for model in other.models():
                if model.version % 2:
                    try:
                        other.delete(model.id)
                    except ScoredockError as error:
                        assert error.code == "model-not-found", error  # noqa: PT017 (another turn was quicker)
            other.collect_garbage(0, trash_seconds=0)
        other.store.close()

    worker = threading.Thread(target=collect)
    worker.start()
    try:
        for turn in range(30):
            registry.register([paths[turn % 4]], "m")
    finally:
        stop.set()
        worker.join()
    assert registry.verify(deep=True) == []


@pytest.fixture(
    params=["btrfs", pytest.param("xfs", marks=pytest.mark.long("another file system that is asked by the same call"))]
)
def cloning(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system that can share blocks, in a file on a loop device."""
    kind = request.param
    tool = shutil.which(f"mkfs.{kind}")
    if tool is None or os.name == "nt" or os.geteuid() != 0:
        pytest.skip(f"no {kind} can be made here")
    image, place = tmp_path / "image", tmp_path / "mounted"
    place.mkdir()
    with image.open("wb") as stream:
        stream.truncate(400 << 20)
    subprocess.run([tool, "-q", str(image)], check=True, capture_output=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_blocks_are_shared_where_they_can_be(cloning: Path) -> None:
    source = cloning / "model.bin"
    source.write_bytes(os.urandom(60 << 20))
    registry = Registry(cloning / "workspace")
    os.sync()
    before = shutil.disk_usage(cloning).used
    model = registry.register([source], "m")
    os.sync()
    assert shutil.disk_usage(cloning).used - before < 10 << 20
    with source.open("r+b") as stream:
        stream.write(b"changed")
    assert registry.verify(deep=True) == [], "the clone is not touched by what happens to the source"
    assert registry.register([source], "m").files[0].sha256 != model.files[0].sha256
    assert registry.verify(deep=True) == []
    registry.store.close()


def test_damage_is_told_with_the_name_as_it_is(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "model..v2.bin").write_bytes(b"weights")
    model = registry.register([tmp_path / "model..v2.bin"], "m")
    blob = registry.blobs.path(model.files[0].sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"WEIGHTS")
    error = refused("model-damaged", registry.download, "m", tmp_path / "out")
    assert error.message == f"The stored bytes of model..v2.bin ({blob}) no longer match their digest."
    blob.unlink()
    error = refused("model-damaged", registry.download, "m", tmp_path / "out")
    assert error.message == f"The stored bytes of model..v2.bin ({blob}) no longer exist."
