"""A backup holds everything and gives back everything; what is not a whole backup of ours gives nothing."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.upkeep import backup_file
from scoredock.registry.upkeep.backup import Backup, backup
from scoredock.registry.upkeep.backup_file import DIGESTS, HEADER, STORE
from scoredock.registry.upkeep.restoring import Restored, restore
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.workspace import Workspaces

from depth import rounds
from registry.histories import HISTORIES, everything, play

Refused = Callable[..., ScoredockError]
IDENTITY = {"name": "work", "subscriptionId": "", "resourceGroup": "", "created": 1.0}
STORES = Path(__file__).parent / "stores"


def back_up(workspace: Path, target: Path, *, overwrite: bool = False, cancel: CancelToken | None = None) -> Backup:
    return backup(
        workspace,
        IDENTITY,
        target,
        CarriedServices(),
        overwrite=overwrite,
        progress=Silent(),
        cancel=cancel or CancelToken(),
    )


def bring_back(path: Path, folder: Path, cancel: CancelToken | None = None) -> Restored:
    return restore(path, folder, CarriedServices(), progress=Silent(), cancel=cancel or CancelToken())


@settings(max_examples=rounds(gate=4, long=50), suppress_health_check=list(HealthCheck))
@given(history=HISTORIES)
def test_what_is_restored_is_what_was_backed_up(history: Any) -> None:
    base = Path(tempfile.mkdtemp(prefix="scoredock-test-"))
    try:
        registry = Registry(base / "workspace")
        play(registry, base, history)
        before = everything(registry)
        done = back_up(registry.folder, base / "b.tar")
        assert (done.left_out, done.versions) == ([], len(before["models"]))
        assert done.size == (base / "b.tar").stat().st_size
        assert everything(registry) == before
        assert bring_back(base / "b.tar", base / "again").notes == []
        again = Registry(base / "again")
        assert everything(again) == before
        assert again.verify(deep=True) == []
        assert back_up(again.folder, base / "c.tar").left_out == []
        play(again, base, history)
        assert again.verify(deep=True) == []
        assert sorted(path.name for path in base.glob(".*")) == []
    finally:
        shutil.rmtree(base)


HISTORY: Any = [
    ("folder", "a", b"weights" * 9000),
    ("register", "a", b"one", {"stage": "x"}, {}),
    ("alias", "a", 1, "champion"),
    ("dataset", "rows"),
    ("delete", "a", 2),
]


@pytest.fixture
def stocked(registry: Registry, tmp_path: Path) -> Registry:
    play(registry, tmp_path, HISTORY)
    return registry


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of `made`, written once."""
    folder = tmp_path_factory.mktemp("packed")
    registry = Registry(folder / "workspace")
    play(registry, folder, HISTORY)
    back_up(registry.folder, folder / "b.tar")
    registry.store.close()
    return folder / "b.tar"


@pytest.fixture
def made(packed: Path, tmp_path: Path) -> Path:
    """A backup of what `stocked` holds."""
    return Path(shutil.copy2(packed, tmp_path / "b.tar"))


@pytest.fixture
def nothing(made: Path, tmp_path: Path, refused: Refused) -> Callable[[str], ScoredockError]:
    """`nothing(code)`: restoring the backup is refused, and no workspace is made of it."""
    workspaces = Workspaces(tmp_path / "home")
    assert [info.id for info in workspaces.list()] == ["local"]

    def check(code: str) -> ScoredockError:
        error = refused(
            code, workspaces.intake.take_in, lambda folder: bring_back(made, folder).header["workspace"], ""
        )
        assert [path.name for path in (tmp_path / "home" / "workspaces").iterdir()] == ["local"]
        return error

    return check


# ------------------------------------------------------------------------------------------------ the file


def test_plain_tools_read_it(made: Path, tmp_path: Path, stocked: Registry) -> None:
    assert made.stat().st_mode & 0o777 == 0o600
    with tarfile.open(made) as archive:
        members = archive.getmembers()
        assert (members[0].name, members[-1].name) == (HEADER, DIGESTS)
        content = {m.name: archive.extractfile(m).read() for m in members if m.isreg()}  # type: ignore[union-attr]
    listed = dict(reversed(line.split("  ", 1)) for line in content.pop(DIGESTS).decode().splitlines())
    assert listed == {name: hashlib.sha256(each).hexdigest() for name, each in content.items()}
    head = json.loads(content[HEADER])
    assert (head["format"], head["workspace"], head["storeVersion"]) == (1, IDENTITY, len(MIGRATIONS))
    assert head["counts"]["versions"] == 2
    assert {name.rsplit("/", 1)[1] for name in content if name.startswith("blobs/")} == {
        p.name for p in stocked.blobs.all()
    }
    assert all(not member.issym() and not member.islnk() for member in members)


def test_it_is_the_moment_at_which_it_began(stocked: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered, deleted and collected meanwhile: none of it is seen, and none of it is missing."""
    before = everything(stocked)
    records = CarriedServices.strip

    def meanwhile(self: CarriedServices, connection: sqlite3.Connection) -> int:
        play(
            Registry(stocked.folder),
            tmp_path,
            [("register", "b", b"new", {}, {}), ("delete", "a", 1), ("purge", "a", 2)],
        )
        done = Registry(stocked.folder).collect(0, trash_seconds=0)
        assert done.purged == ["a:1"]
        return records(self, connection)

    with monkeypatch.context() as patched:
        patched.setattr(CarriedServices, "strip", meanwhile)
        back_up(stocked.folder, tmp_path / "b.tar")
    bring_back(tmp_path / "b.tar", tmp_path / "again")
    assert everything(Registry(tmp_path / "again")) == before
    assert stocked.collect(0).files > 0, "what was kept for the backup goes afterwards"


def test_collecting_while_it_is_made_is_red_when_nobody_holds_it_off(
    stocked: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: garbage is collected although a backup is being made."""

    @contextlib.contextmanager
    def free(_: Path) -> Iterator[bool]:
        yield True

    monkeypatch.setattr("scoredock.registry.upkeep.collection.not_backed_up", free)
    records = CarriedServices.strip

    def meanwhile(self: CarriedServices, connection: sqlite3.Connection) -> int:
        play(Registry(stocked.folder), tmp_path, [("delete", "a", 1)])
        Registry(stocked.folder).collect(0, trash_seconds=0)
        return records(self, connection)

    monkeypatch.setattr(CarriedServices, "strip", meanwhile)
    assert back_up(stocked.folder, tmp_path / "b.tar").left_out


@pytest.mark.chance
def test_backing_up_while_others_work(registry: Registry, tmp_path: Path) -> None:
    stop = threading.Event()
    problems: list[BaseException] = []

    def work(number: int) -> None:
        own = Registry(registry.folder)
        source = tmp_path / f"source{number}"
        source.mkdir()
        steps = random.Random(number)
        while not stop.is_set():
            verb = steps.choice(["register", "register", "delete", "purge", "collect", "alias"])
            given: tuple[Any, ...] = {
                "register": ("a", os.urandom(200), {}, {}),
                "collect": (True,),
                "alias": ("a", steps.randint(1, 9), "champion"),
            }.get(verb, ("a", steps.randint(1, 9)))
            try:
                play(own, source, [(verb, *given)])
            except BaseException as error:
                problems.append(error)
                return

    workers = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    try:
        for number in range(6):
            assert back_up(registry.folder, tmp_path / f"{number}.tar").left_out == []
            assert bring_back(tmp_path / f"{number}.tar", tmp_path / str(number)).notes == []
            assert Registry(tmp_path / str(number)).verify(deep=True) == []
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert problems == []


def test_where_it_may_be_written(stocked: Registry, tmp_path: Path, refused: Refused) -> None:
    refused("backup-target-invalid", back_up, stocked.folder, stocked.folder / "b.tar")
    (tmp_path / "link").symlink_to(stocked.folder)
    refused("backup-target-invalid", back_up, stocked.folder, tmp_path / "link" / "b.tar")
    refused("backup-target-invalid", back_up, stocked.folder, tmp_path / "gone" / "b.tar")
    refused("backup-target-invalid", back_up, stocked.folder, tmp_path / "a\nb.tar")
    refused("backup-target-invalid", back_up, stocked.folder, tmp_path, overwrite=True)
    (tmp_path / "pointer").symlink_to(tmp_path / "elsewhere")
    refused("backup-target-invalid", back_up, stocked.folder, tmp_path / "pointer", overwrite=True)
    (tmp_path / "mine.txt").write_text("mine")
    refused("backup-exists", back_up, stocked.folder, tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    back_up(stocked.folder, tmp_path / "mine.txt", overwrite=True)
    assert tarfile.is_tarfile(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_cancelled_or_failed_backup_leaves_the_old_one(
    stocked: Registry, made: Path, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made.read_bytes()
    cancel = CancelToken()
    cancel.cancel()
    refused("cancelled", back_up, stocked.folder, made, overwrite=True, cancel=cancel)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(made))

    monkeypatch.setattr(backup_file.Writer, "finish", full)
    refused("disk-full", back_up, stocked.folder, made, overwrite=True)
    assert made.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_damaged_bytes_do_not_stop_a_backup(stocked: Registry, tmp_path: Path) -> None:
    first, second = (stocked.blob(file.sha256) for file in stocked.model("a:1").files)
    first.chmod(0o600)
    first.write_bytes(b"?")
    second.unlink()
    done = back_up(stocked.folder, tmp_path / "b.tar")
    assert sorted(sentence.rsplit(" ", 1)[1] for sentence in done.left_out) == ["damaged.", "directory."]
    found = bring_back(tmp_path / "b.tar", tmp_path / "again")
    assert found.notes == Registry(tmp_path / "again").verify(deep=True) != []


# ------------------------------------------------------------------------------------------------ bad files


def test_cut_anywhere(made: Path, nothing: Callable[[str], ScoredockError]) -> None:
    whole = made.read_bytes()
    for length in [0, 1, 511, 512, 513, *random.Random(3).sample(range(len(whole)), 25), len(whole) - 1]:
        made.write_bytes(whole[:length])
        error = nothing("backup-invalid")
        if length > 2048:
            assert "byte" in error.message


def test_a_bit_flipped_anywhere(made: Path, nothing: Callable[[str], ScoredockError]) -> None:
    whole = made.read_bytes()
    with tarfile.open(made) as archive:
        spots = [member.offset_data + member.size // 2 for member in archive if member.size > 1]
        spots += [member.offset + at for member in archive for at in (0, 60, 110, 125, 150, 156)]
    for spot in spots:
        made.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        assert nothing("backup-invalid").details.get("byte") or spot < 2048


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100, bytes(10_240)])
def test_what_is_no_backup(made: Path, nothing: Callable[[str], ScoredockError], content: bytes) -> None:
    made.write_bytes(content)
    assert nothing("backup-invalid").message == f"{made} is not a backup of Scoredock."


def test_what_is_no_file(made: Path, tmp_path: Path, refused: Refused) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(made)
    refused("file-not-found", bring_back, tmp_path / "gone", tmp_path / "x")
    refused("file-unreadable", bring_back, tmp_path / "pipe", tmp_path / "x")
    refused("file-unreadable", bring_back, tmp_path / "link", tmp_path / "x")
    refused("file-unreadable", bring_back, tmp_path, tmp_path / "x")
    refused("file-unreadable", bring_back, Path("/dev/zero"), tmp_path / "x")


def _rewritten(path: Path, change: Callable[[dict[str, tuple[tarfile.TarInfo, bytes]]], None]) -> None:
    """The backup with other members, its digests in order."""
    members: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            members[member.name] = (member, stream.read() if stream else b"")
    members.pop(DIGESTS)
    change(members)
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {info.name}\n" for info, content in members.values() if info.isreg()
    )
    members[DIGESTS] = (tarfile.TarInfo(DIGESTS), lines.encode())
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in members.values():
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _added(name: str, type: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Any], None]:
    def change(members: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = type, link
        members[name] = (info, b"x" if type == tarfile.REGTYPE else b"")

    return change


@pytest.mark.parametrize(
    "change",
    [
        _added("../evil"),
        _added("/etc/evil"),
        _added("workspace.json"),
        _added("reserve"),
        _added("tmp/x"),
        _added("manifests/../../evil"),
        _added("manifests/0123456789abcdef/evil"),
        _added("manifests/0123456789ABCDEF/1.json"),
        _added("blobs/sha256/00/" + "g" * 64),
        _added("blobs/sha256/" + "0" * 64),
        _added("blobs/sha256/../" + "0" * 64),
        _added("services/svc/revisions/1/../../../../evil"),
        _added("services/../revisions/1/x"),
        _added("services/svc/revisions/1//x"),
        _added("services/svc/revisions/1/a\\b"),
        _added("services/svc/spec.json"),
        _added("services/svc/revisions/1/a\nb"),
        _added("services/Svc/revisions/1/x"),
        _added("services/svc/revisions/0/x"),
        _added("services/svc/revisions/1/link", tarfile.SYMTYPE, "/etc/passwd"),
        _added("services/svc/revisions/1/link", tarfile.LNKTYPE, STORE),
        _added("services/svc/revisions/1/pipe", tarfile.FIFOTYPE),
        _added("services/svc/revisions/1/device", tarfile.CHRTYPE),
        _added("blobs/sha256/00", tarfile.DIRTYPE),
        _added("manifests", tarfile.DIRTYPE),
    ],
)
def test_members_that_no_backup_holds(
    made: Path, nothing: Callable[[str], ScoredockError], tmp_path: Path, change: Callable[[Any], None]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    _rewritten(made, change)
    nothing("backup-invalid")
    assert not list(tmp_path.rglob("evil"))
    assert len(before) + 5 >= len(sorted(tmp_path.rglob("*")))


def _store(members: dict[str, tuple[tarfile.TarInfo, bytes]], *statements: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        path.write_bytes(members[STORE][1])
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        members[STORE] = (members[STORE][0], path.read_bytes())


SERVICE = (
    "INSERT INTO services(name, engine, state, phase, active_revision, last_revision, created, updated, handle)"
    " VALUES('{}', 'process', 'Healthy', '', 1, 1, 1, 1, '{{\"folder\": \"/\", \"pid\": 1}}')"
)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER UPDATE ON services BEGIN DELETE FROM model_versions; END",
        "CREATE VIEW evil AS SELECT 1",
        "DROP INDEX model_versions_by_age",
        "PRAGMA application_id=7",
        "UPDATE model_versions SET details = '['",
        "UPDATE model_versions SET description = 'other'",
        "UPDATE model_files SET path = '../../' || path",
        "DELETE FROM model_files",
        "UPDATE models SET last_version = 0",
        SERVICE.format("../../../evil"),
        "INSERT INTO model_aliases VALUES('a', 'champion2', 99)",
    ],
)
def test_a_store_that_is_none_of_ours(made: Path, nothing: Callable[[str], ScoredockError], statement: str) -> None:
    _rewritten(made, lambda members: _store(members, statement))
    nothing("backup-invalid")


def test_handles_of_a_foreign_backup_are_not_believed(made: Path, tmp_path: Path) -> None:
    _rewritten(made, lambda members: _store(members, SERVICE.format("svc-one")))
    bring_back(made, tmp_path / "again")
    with Registry(tmp_path / "again").store.read() as connection:
        rows = [tuple(row) for row in connection.execute("SELECT name, state, handle, port FROM services")]
    assert rows == [("svc-one", "Stopped", None, None)]


def test_newer_backups_are_refused_in_a_sentence(made: Path, nothing: Callable[[str], ScoredockError]) -> None:
    whole = made.read_bytes()

    def newer(members: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
        members[HEADER] = (members[HEADER][0], members[HEADER][1].replace(b'"format": 1', b'"format": 3'))

    _rewritten(made, newer)
    assert "was written by a newer Scoredock (format 3" in nothing("backup-newer").message
    made.write_bytes(whole)
    _rewritten(made, lambda members: _store(members, f"PRAGMA user_version={len(MIGRATIONS) + 1}"))
    assert f"store version {len(MIGRATIONS) + 1}" in nothing("backup-newer").message


def test_a_backup_with_the_store_of_an_older_release_is_migrated(stocked: Registry, tmp_path: Path) -> None:
    """As one would hold it that was made before the last migration: rows of then, and manifests of the first format."""
    with tarfile.open(STORES / "version-1.tar.gz") as archive:
        # Older patch releases of Python know no filter: Debian 12 has 3.11.2.
        known: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(tmp_path / "released", **known)
    released = next(path.parent for path in (tmp_path / "released").rglob("store.sqlite3"))
    back_up(stocked.folder, tmp_path / "b.tar")

    def older(members: dict[str, tuple[tarfile.TarInfo, bytes]]) -> None:
        head = members[HEADER]
        members.clear()
        members[HEADER] = head
        for path in sorted(released.rglob("*")):
            name = path.relative_to(released).as_posix()
            if path.is_file() and name.startswith(("store.sqlite3", "manifests/", "blobs/")):
                members[name] = (tarfile.TarInfo(name), path.read_bytes())

    _rewritten(tmp_path / "b.tar", older)
    bring_back(tmp_path / "b.tar", tmp_path / "again")
    for path in released.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert everything(Registry(tmp_path / "again")) == everything(Registry(released))


def test_a_cancelled_restore_makes_nothing(made: Path, tmp_path: Path, refused: Refused) -> None:
    workspaces = Workspaces(tmp_path / "home")
    cancel = CancelToken()

    def fill(folder: Path) -> Any:
        done = bring_back(made, folder, cancel)
        return done.header["workspace"]

    cancel.cancel()
    refused("cancelled", workspaces.intake.take_in, fill, "")
    assert [path.name for path in (tmp_path / "home" / "workspaces").iterdir()] == []


def test_names_of_restored_workspaces(made: Path, tmp_path: Path, refused: Refused) -> None:
    workspaces = Workspaces(tmp_path / "home")

    def fill(folder: Path) -> Any:
        return bring_back(made, folder).header["workspace"]

    assert [workspaces.intake.take_in(fill, "").name for _ in range(3)] == ["work", "work-restored", "work-restored-2"]
    assert workspaces.intake.take_in(fill, "copy").id == "copy"
    refused("workspace-exists", workspaces.intake.take_in, fill, "Copy")
    refused("workspace-exists", workspaces.intake.take_in, fill, "local")
    refused("workspace-name-invalid", workspaces.intake.take_in, fill, "../x")
    (tmp_path / "home" / "workspaces" / "half").mkdir()
    refused("workspace-exists", workspaces.intake.take_in, fill, "half")
    assert len(workspaces.list()) == 5


@pytest.mark.parametrize("kept", ["model", "purged", "asset", "blob", "environment", "nothing"])
def test_only_a_workspace_that_holds_nothing_is_replaced(made: Path, tmp_path: Path, kept: str) -> None:
    workspaces = Workspaces(tmp_path / "home")

    def fill(folder: Path) -> Any:
        return {**bring_back(made, folder).header["workspace"], "name": "local"}

    registry = workspaces.open(workspaces.list()[0].id)
    (tmp_path / "m.bin").write_bytes(b"m")
    if kept in ("model", "purged"):
        registry.register([tmp_path / "m.bin"], "m")
    if kept == "purged":
        registry.delete("m:1")
        registry.collect(0, 0)
    if kept == "asset":
        with registry.store.write() as connection:
            connection.execute("INSERT INTO asset_names (kind, name, last_version) VALUES ('dataset', 'd', 1)")
    if kept == "blob":
        (registry.folder / "blobs" / "sha256" / "ab").mkdir(parents=True, exist_ok=True)
        (registry.folder / "blobs" / "sha256" / "ab" / "cd").write_bytes(b"x")
    if kept == "environment":
        (registry.folder / "environments" / "one").mkdir(parents=True)
        (registry.folder / "environments" / "one" / "file").write_bytes(b"x")
    assert workspaces.intake.take_in(fill, "").id == ("local" if kept == "nothing" else "local-restored")
    assert [path for path in (tmp_path / "home" / "workspaces").iterdir() if path.name.startswith(".")] == []


def test_what_a_restore_replaces_is_followed_by_who_has_it_open(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    other = Workspaces(home)
    open_elsewhere = other.open(other.list()[0].id)
    counter = open_elsewhere.store.change_counter()

    def fill(folder: Path) -> Any:
        return {**bring_back(made, folder).header["workspace"], "name": "local"}

    assert Workspaces(home).intake.take_in(fill, "").id == "local"
    assert open_elsewhere.store.change_counter() != counter
    (tmp_path / "m.bin").write_bytes(b"m")
    assert open_elsewhere.register([tmp_path / "m.bin"], "new-one").version == 1
    assert "new-one:1" in [model.id for model in Workspaces(home).open("local").models()]


def test_what_killed_restores_leave_goes_with_the_next(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home" / "workspaces"
    workspaces = Workspaces(tmp_path / "home")
    (home / ".restoring-dead" / "blobs").mkdir(parents=True)
    (home / ".restoring-dead" / "workspace.json").write_text("{}")
    (home / ".restoring-dead.lock").write_text("")
    assert [info.id for info in workspaces.list()] == ["local"]
    workspaces.intake.take_in(lambda folder: bring_back(made, folder).header["workspace"], "")
    assert sorted(path.name for path in home.iterdir()) == ["local", "work"]
