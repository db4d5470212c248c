"""Archives as sources: what is taken, and every trick that is refused before a byte of it is stored."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import Limits, Registry

from depth import rounds

Refused = Callable[..., ScoredockError]
FILES = {"net/weights.bin": os.urandom(70_000), "net/labels.txt": b"a\nb\n", "net/deep/er/config": b""}


@pytest.fixture(autouse=True)
def untouched(registry: Registry, tmp_path: Path) -> Iterator[None]:
    """Whatever an archive holds, nothing appears outside the workspace, and the workspace stays right."""
    yield
    outside = {path.name for path in tmp_path.iterdir()} - {"workspace", "source"}
    assert all(name.startswith("in.") for name in outside), outside
    assert registry.verify(deep=True) == []
    assert not registry.blobs.scratch.exists() or list(registry.blobs.scratch.iterdir()) == []


def tar(members: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def link(kind: bytes, target: str = "/etc/passwd", name: str = "net/link") -> dict[str, tarfile.TarInfo]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return {name: info}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


GOOD = {
    "in.zip": packed(FILES),
    "in.stored.zip": packed(FILES, zipfile.ZIP_STORED),
    "in.tar": tar(FILES),
    "in.gnu.tar": tar(FILES, form=tarfile.GNU_FORMAT),
    "in.ustar.tar": tar(FILES, form=tarfile.USTAR_FORMAT),
    "in.tar.gz": gzip.compress(tar(FILES)),
    "in.tgz": gzip.compress(tar(FILES)[:5000]) + gzip.compress(tar(FILES)[5000:]),
    "in.tar.bz2": bz2.compress(tar(FILES)),
    "in.tar.xz": lzma.compress(tar(FILES)),
    "in.wrong-suffix.zip": gzip.compress(tar(FILES)),
}


@pytest.mark.parametrize("name", GOOD)
def test_members_are_what_was_packed(registry: Registry, tmp_path: Path, name: str) -> None:
    model = registry.register([write(tmp_path, name, GOOD[name])], "m", unpack=True)
    assert {file.path: registry.blob(file.sha256).read_bytes() for file in model.files} == FILES
    assert model.is_folder
    folder = tmp_path / "source" / "net"
    for path, content in FILES.items():
        place = tmp_path / "source" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    assert registry.register([folder], "m").digest == model.digest


def test_without_unpack_the_archive_itself_is_the_model(registry: Registry, tmp_path: Path) -> None:
    model = registry.register([write(tmp_path, "in.zip", GOOD["in.zip"])], "m")
    assert [file.path for file in model.files] == ["in.zip"]


@pytest.mark.parametrize(
    ("members", "stored", "folders"),
    [
        pytest.param({"a": b"1", "b/c": b"2"}, ["in/a", "in/b/c"], [], id="several at the top"),
        pytest.param({"a": b"1"}, ["in/a"], [], id="one file"),
        pytest.param({"x/a": b"1", "y/": b""}, ["in/x/a"], ["in/y"], id="two folders"),
        pytest.param({"x/": b"", "x/a": b"1", "x/e/": b""}, ["x/a"], ["x/e"], id="one folder with an empty one"),
        pytest.param({"./x/a": b"1", "./x/./b": b"2"}, ["x/a", "x/b"], [], id="dots"),
        pytest.param({"x/a": b"1", "__MACOSX/x/._a": b"2"}, ["x/a"], [], id="the Finder"),
    ],
)
def test_the_folder_of_the_model(
    registry: Registry, tmp_path: Path, members: dict[str, bytes], stored: list[str], folders: list[str]
) -> None:
    for name, content in (("in.zip", packed(members)), ("in.tar.gz", gzip.compress(tar(members)))):
        model = registry.register([write(tmp_path, name, content)], "m", unpack=True)
        assert ([file.path for file in model.files], list(model.folders)) == (stored, folders)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_odd_names(registry: Registry, tmp_path: Path, form: int) -> None:
    members = {f"m/{'long ' * 40}/x": b"1", "m/modèle 模型": b"2"}
    model = registry.register([write(tmp_path, "in.tar", tar(members, form=form))], "m", unpack=True)
    assert [file.path for file in model.files] == sorted(members)


def test_names_of_a_zip_in_every_spelling(registry: Registry, tmp_path: Path) -> None:
    name = "m/modèle"
    plain = packed({name: b"1"})
    unflagged = plain.replace(struct.pack("<H", 0x800), struct.pack("<H", 0))
    for content, expected in ((plain, name), (unflagged, name)):
        model = registry.register([write(tmp_path, "in.zip", content)], "m", unpack=True)
        assert [file.path for file in model.files] == [expected]


BAD_NAMES = {
    "..": "../evil",
    "inner ..": "net/../../evil",
    "absolute": "/etc/evil",
    "drive": "C:/evil",
    "drive and no folder": "c:evil",
    "backslash": "net\\..\\evil",
    "newline": "net/a\nb",
    "direction": "net/a\u202egpj.exe",
    "empty part": "net//evil",
    "too long": "net/" + "x" * 300,
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_names_that_lead_elsewhere(registry: Registry, tmp_path: Path, refused: Refused, name: str) -> None:
    members = {"net/good": b"x", name: b"evil"}
    for file, content in (("in.zip", packed(members)), ("in.tar", tar(members))):
        refused("model-path-unsupported", registry.register, [write(tmp_path, file, content)], "m", unpack=True)
    assert registry.models() == []
    assert list(registry.blobs.all()) == []


def test_a_name_with_a_nul(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    info = tarfile.TarInfo("net/x")
    info.pax_headers = {"path": "net/a\0b"}
    path = write(tmp_path, "in.tar", tar({"net/x": info}))
    refused("model-path-unsupported", registry.register, [path], "m", unpack=True)
    content = packed({"net/aXb": b"1"}).replace(b"aXb", b"a\0b")
    refused("model-path-unsupported", registry.register, [write(tmp_path, "in.zip", content)], "m", unpack=True)


def test_bytes_that_are_no_name(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    path = write(tmp_path, "in.tar", tar({"net/\udcff": b"1"}, form=tarfile.GNU_FORMAT))
    refused("model-path-unsupported", registry.register, [path], "m", unpack=True)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.GNUTYPE_SPARSE,
        b"D",
        b"V",
    ],
)
def test_links_devices_and_holes_in_a_tar(registry: Registry, tmp_path: Path, refused: Refused, kind: bytes) -> None:
    for target in ("/etc/passwd", "../../x", "good"):
        content = tar({"net/good": b"x", **link(kind, target)}, form=tarfile.GNU_FORMAT)
        error = refused(
            "model-path-unsupported", registry.register, [write(tmp_path, "in.tar", content)], "m", unpack=True
        )
        assert "net/link" in error.message


def test_times_of_gnu_tar_are_no_part_of_a_path(registry: Registry, tmp_path: Path) -> None:
    """Where others have the beginning of a long path, GNU tar may write the time of the last access."""
    info = tarfile.TarInfo("net/x")
    info.size = 1
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[345:357] = b"14712345670\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = write(tmp_path, "in.tar", bytes(header) + b"1".ljust(512, b"\0") + bytes(1024))
    assert [file.path for file in registry.register([path], "m", unpack=True).files] == ["net/x"]


def test_holes_told_in_an_extended_header(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    info = tarfile.TarInfo("net/x")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": str(1 << 50)}
    path = write(tmp_path, "in.tar", tar({"net/x": info}))
    refused("model-path-unsupported", registry.register, [path], "m", unpack=True)


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFDIR])
def test_links_and_devices_in_a_zip(registry: Registry, tmp_path: Path, refused: Refused, mode: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("net/good", b"x")
        info = zipfile.ZipInfo("net/link")
        info.create_system = 3
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    path = write(tmp_path, "in.zip", out.getvalue())
    refused("model-path-unsupported", registry.register, [path], "m", unpack=True)


@pytest.mark.parametrize(
    "names",
    [("net/a", "net/a"), ("net/a", "net/A"), ("net/A/x", "net/a/y"), ("net/a", "net/a/b"), ("net/a/b", "net/a")],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_clash(registry: Registry, tmp_path: Path, refused: Refused, names: tuple[str, str]) -> None:
    out, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive, zipfile.ZipFile(zipped, "w") as other:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"x"))
            other.writestr(name, b"x")
    for file, content in (("in.tar", out.getvalue()), ("in.zip", zipped.getvalue())):
        refused("model-path-clash", registry.register, [write(tmp_path, file, content)], "m", unpack=True)


# ------------------------------------------------------------------------------------------ bombs


def test_bombs(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    zeros = bytes(40 << 20)
    bombs = {
        "in.zip": packed({"net/zeros": zeros}),
        "in.tar.gz": gzip.compress(tar({"net/zeros": zeros})),
        "in.tar.bz2": bz2.compress(tar({"net/zeros": zeros})),
        "in.tar.xz": lzma.compress(tar({"net/zeros": zeros}), preset=0),
        "in.many.zip": packed({f"net/{number}": bytes(12 << 20) for number in range(4)}),
    }
    del zeros
    for name, content in bombs.items():
        path = write(tmp_path, name, content)
        tracemalloc.start()
        error = refused("model-archive-invalid", registry.register, [path], "m", unpack=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "100 times" in error.message
        assert peak < 32 << 20, name
    assert list(registry.blobs.all()) == []


def test_a_small_file_of_zeros_is_no_bomb(registry: Registry, tmp_path: Path) -> None:
    members = {"net/zeros": bytes(3 << 20)}
    for name, content in (("in.zip", packed(members)), ("in.tar.gz", gzip.compress(tar(members)))):
        assert registry.register([write(tmp_path, name, content)], "m", unpack=True).size == 3 << 20


def test_a_size_that_lies(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    content = bytearray(packed({"net/x": b"y" * 5000}))
    for said in (4999, 5001, 0, 0xFFFFFFFE):
        lying = bytes(content).replace(struct.pack("<L", 5000), struct.pack("<L", said))
        refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", lying)], "m", unpack=True)
    assert registry.models() == []


def test_limits_hold_for_what_is_inside(tmp_path: Path, refused: Refused) -> None:
    small = Registry(tmp_path / "workspace", Limits(files=3, bytes=1000))
    many = {f"net/{number}": b"" for number in range(4)}
    large = {"net/x": os.urandom(1001)}
    together = {"net/x": os.urandom(600), "net/y": os.urandom(600)}
    for members in (many, large, together):
        for name, content in (("in.zip", packed(members)), ("in.tar.gz", gzip.compress(tar(members)))):
            refused("model-too-large", small.register, [write(tmp_path, name, content)], "m", unpack=True)
    folders = {f"net/{number}/": b"" for number in range(9)} | {"net/x": b"1"}
    refused("model-too-large", small.register, [write(tmp_path, "in.zip", packed(folders))], "m", unpack=True)


# ------------------------------------------------------------------------------------------ damage


def test_members_that_overlap(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    """Two entries of the list name the same bytes: the trick of small archives that unpack to petabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("net/a", b"x" * 1000)
        archive.writestr("net/b", b"x" * 1000)
        archive.filelist[1].header_offset = archive.filelist[0].header_offset
    refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", out.getvalue())], "m", unpack=True)


@pytest.mark.parametrize("field", ["name", "size", "crc", "method", "flags"])
def test_a_list_that_says_something_else(registry: Registry, tmp_path: Path, refused: Refused, field: str) -> None:
    content = bytearray(packed({"net/a": b"x" * 1000}))
    place = content.index(b"PK\x01\x02")
    if field == "name":
        content[content.index(b"net/a", place) + 4] ^= 1
    else:
        content[place + {"size": 24, "crc": 16, "method": 10, "flags": 8}[field]] ^= 8
    refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", bytes(content))], "m", unpack=True)


def test_bytes_that_the_list_does_not_tell_of(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    two = packed({"net/a": b"x", "net/hidden": b"y"})
    listing = two.index(b"PK\x01\x02")
    second = two.index(b"PK\x01\x02", listing + 4)
    end = two.index(b"PK\x05\x06")
    told = list(struct.unpack("<4s4H2LH", two[end : end + 22]))
    told[3] = told[4] = 1
    told[5] = second - listing
    hidden = two[:second] + struct.pack("<4s4H2LH", *told)
    refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", hidden)], "m", unpack=True)
    before = b"#!/bin/sh\n" + packed({"net/a": b"x"})
    refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", before)], "m", unpack=True)


def test_an_encrypted_zip(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    content = bytearray(packed({"net/a": b"x"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path = write(tmp_path, "in.zip", bytes(content))
    error = refused("model-archive-invalid", registry.register, [path], "m", unpack=True)
    assert "encrypted" in error.message


def test_a_damaged_member(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        content = bytearray(packed({"net/a": os.urandom(5000)}, method))
        content[500] ^= 1
        refused(
            "model-archive-invalid", registry.register, [write(tmp_path, "in.zip", bytes(content))], "m", unpack=True
        )
    assert registry.models() == []


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_cut(registry: Registry, tmp_path: Path, refused: Refused, name: str, part: float) -> None:
    content = GOOD[name]
    content = content.rstrip(b"\0") if name.endswith(".tar") else content  # it may be filled up as one likes
    content = content[: int(len(content) * part)] if part < 0.99 else content[:-9]
    refused("model-archive-invalid", registry.register, [write(tmp_path, name, content)], "m", unpack=True)
    assert registry.models() == []


def test_a_tar_that_ends_without_its_end(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    whole = tar({"net/a": b"x", "net/b": b"y"}, form=tarfile.USTAR_FORMAT)
    cut = write(tmp_path, "in.tar", whole[: 2 * 512])
    error = refused("model-archive-invalid", registry.register, [cut], "m", unpack=True)
    assert "cut off" in error.message


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\xfd7zXZ\x00", b"BZh9", b"x" * 4096]
)
def test_what_is_no_archive(registry: Registry, tmp_path: Path, refused: Refused, content: bytes) -> None:
    refused("model-archive-invalid", registry.register, [write(tmp_path, "in.zip", content)], "m", unpack=True)


def test_a_header_that_lies_about_its_size(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    content = bytearray(tar({"net/a": b"x" * 600}, form=tarfile.USTAR_FORMAT))
    for size in (b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-0000000001\0", b"1e9\0\0\0\0\0\0\0\0\0"):
        header = bytearray(content[:512])
        header[124:136] = size
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        path = write(tmp_path, "in.tar", bytes(header) + bytes(content[512:]))
        with pytest.raises(ScoredockError) as caught:
            registry.register([path], "m", unpack=True)
        assert caught.value.code in ("model-archive-invalid", "model-too-large")


def test_paths_that_are_no_archive(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "in.folder").mkdir()
    refused("model-archive-invalid", registry.register, [tmp_path / "in.folder"], "m", unpack=True)
    refused("model-path-missing", registry.register, [tmp_path / "nowhere.zip"], "m", unpack=True)
    good = write(tmp_path, "in.zip", GOOD["in.zip"])
    refused("model-path-unsupported", registry.register, [good, good], "m", unpack=True)
    refused("model-path-unsupported", registry.register, [good], "m", unpack=True, child_paths=["net"])
    empty = write(tmp_path, "in.empty.zip", packed({"net/": b""}))
    refused("model-path-empty", registry.register, [empty], "m", unpack=True)
    if os.name != "nt":
        (tmp_path / "in.link.zip").symlink_to(good)
        refused("model-archive-invalid", registry.register, [tmp_path / "in.link.zip"], "m", unpack=True)
        os.mkfifo(tmp_path / "in.pipe.zip")
        refused("model-archive-invalid", registry.register, [tmp_path / "in.pipe.zip"], "m", unpack=True)


def test_an_archive_that_changes_meanwhile(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    path = write(tmp_path, "in.zip", GOOD["in.zip"])

    class Changing:
        def report(self, message: str, percentage: int | None = None) -> None:
            if message.startswith("Copying"):
                path.write_bytes(GOOD["in.stored.zip"])

        def output(self, line: str) -> None:
            return None

    refused("model-path-changed", registry.register, [path], "m", unpack=True, progress=Changing())


def test_it_can_be_cancelled(registry: Registry, tmp_path: Path, refused: Refused) -> None:
    path = write(tmp_path, "in.tar.gz", GOOD["in.tar.gz"])
    cancel = CancelToken()

    class Cancelling:
        def report(self, message: str, percentage: int | None = None) -> None:
            if message.startswith("Copying"):
                cancel.cancel()

        def output(self, line: str) -> None:
            return None

    refused("cancelled", registry.register, [path], "m", unpack=True, progress=Cancelling(), cancel=cancel)
    assert registry.models() == []


@settings(
    max_examples=rounds(gate=100, long=2_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(sorted(GOOD)),
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4),
)
def test_damage_of_any_kind_is_one_sentence(
    registry: Registry, tmp_path: Path, name: str, changes: list[tuple[int, bytes]]
) -> None:
    """What is changed somewhere is refused, or the change was in a part that says nothing of the files."""
    content = bytearray(GOOD[name])
    for place, noise in changes:
        place %= len(content)
        content[place : place + len(noise)] = noise
    path = write(tmp_path, name, bytes(content))
    model = None
    with contextlib.suppress(ScoredockError):
        model = registry.register([path], "m", unpack=True)
    if model is not None and not name.endswith(".tar"):  # nothing in a plain .tar guards the bytes of its files
        stored = {registry.blob(file.sha256).read_bytes() for file in model.files}
        assert stored == set(FILES.values())
