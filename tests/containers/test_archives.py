"""Tar streams: what goes in comes out, nothing is held as a whole, and no file can lie about itself."""

from __future__ import annotations

import hashlib
import io
import itertools
import tarfile
from pathlib import Path

import pytest
from scoredock.containers.archives import EPOCH, TarEntry, files, folder, packed, stream, tree, unpack
from scoredock.engines.docker.data import set_aside
from scoredock.errors import ScoredockError


def test_a_tree_comes_out_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a" / ("ü" * 60)).mkdir(parents=True)
    (tmp_path / "a" / "x.py").write_text("1")
    (tmp_path / "run.sh").write_text("2")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link").symlink_to("/etc/passwd")
    with tarfile.open(fileobj=io.BytesIO(packed(tree(tmp_path, user=7, group=8)))) as archive:
        names = {member.name: member for member in archive}
    assert set(names) == {"a", "a/" + "ü" * 60, "a/x.py", "run.sh"}
    assert names["run.sh"].mode == 0o755
    assert (names["a/x.py"].uid, names["a/x.py"].gid, names["a/x.py"].mode) == (7, 8, 0o644)


def test_equal_files_give_equal_bytes() -> None:
    entries = [folder("."), TarEntry("x", b"1"), TarEntry("y", b"2" * 1000)]
    assert packed(entries) == packed(entries)


def test_large_files_are_sent_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * (5 << 20))
    pieces = list(stream(tree(tmp_path)))
    assert max(len(piece) for piece in pieces) < 3 << 20
    assert [(name, len(content)) for name, content in files(pieces, 6 << 20)] == [("big", 5 << 20)]
    assert [(name, len(content)) for name, content in files(pieces, 1000)] == [("big", 1000)]


def test_a_file_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"other")
    digest = hashlib.sha256(b"bytes").hexdigest()
    with pytest.raises(ScoredockError) as damaged:
        packed([TarEntry("model", file, size=5, digest=digest)])
    assert damaged.value.code == "model-damaged"
    for size in (4, 6):
        with pytest.raises(ScoredockError) as changed:
            packed([TarEntry("model", file, size=size)])
        assert changed.value.code == "model-path-changed"


def test_an_archive_that_breaks_off_gives_what_came_before() -> None:
    whole = packed([TarEntry("a", b"1" * 2000), TarEntry("b", b"2" * 2000)])
    assert [name for name, _ in files([whole[:3600]], 10_000)][:1] == ["a"]
    assert list(files([b"no archive"], 10)) == []


def test_nothing_is_unpacked_outside_its_folder(tmp_path: Path) -> None:
    evil = [
        TarEntry(path, b"x")
        for path in ("data/../../out", "/etc/out", "data//out", "out", "data/..", "data/C:x", "data/good/x")
    ]
    (tmp_path / "in").mkdir()
    unpack(stream(evil), tmp_path / "in")
    unpacked = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert unpacked == {"in/etc/out", "in/good/x"}


def test_what_was_unpacked_before_is_not_written_again(tmp_path: Path) -> None:
    sent = packed([TarEntry("data/same", b"1"), TarEntry("data/longer", b"1")])
    unpack([sent], tmp_path)
    first = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    unpack([packed([TarEntry("data/same", b"1"), TarEntry("data/longer", b"12")])], tmp_path)
    assert (tmp_path / "longer").read_bytes() == b"12"
    again = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    assert [name for name in first if first[name] == again[name]] == ["same"]
    unpack([packed([TarEntry("data/torn", b"1" * 4000)])[:2000]], tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"same", "longer"}


def test_rows_that_a_copy_does_not_have_are_set_aside_once(tmp_path: Path) -> None:
    def copied(**files: bytes) -> dict[str, bytes]:
        sent = [TarEntry(f"data/{name}", text, modified=next(times)) for name, text in sorted(named(files).items())]
        assert unpack([packed(sent)], tmp_path, set_aside)
        return {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def named(files: dict[str, bytes]) -> dict[str, bytes]:
        return {f"{name.replace('_', '.')}.jsonl": text for name, text in files.items()}

    times = itertools.count(EPOCH)
    assert copied(data=b"1\n2") == named({"data": b"1\n2"})
    # Half a row was cut off, others came, and the file was rotated.
    assert copied(data=b"1\n3\n") == named({"data": b"1\n3\n"})
    assert copied(data_1=b"1\n3\n4\n", data=b"5\n") == named({"data_1": b"1\n3\n4\n", "data": b"5\n"})
    # From another volume.
    theirs = named({"data_1": b"1\n3\n4\n", "data_2": b"5\n", "data": b"6\n"})
    assert copied(data=b"6\n") == theirs
    assert copied(data=b"6\n7\n") == {**theirs, **named({"data": b"6\n7\n"})}
    # Elsewhere it was made longer.
    (tmp_path / "data.jsonl").write_bytes(b"6\n7\n8\n")
    assert copied(data=b"6\n7\n9\n") == {**theirs, **named({"data": b"6\n7\n9\n", "data_3": b"8\n"})}


def test_a_table_that_is_set_aside_keeps_its_header(tmp_path: Path) -> None:
    for text in (b"a,b\n1,2\n3,4\n", b"a,b\n1,2\n5,6\n7,8\n"):
        assert unpack([packed([TarEntry("data/data.csv", text)])], tmp_path, set_aside)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "data.csv": b"a,b\n1,2\n5,6\n7,8\n",
        "data.1.csv": b"a,b\n3,4\n",
    }
