"""Tar streams of layers: the same bytes for the same content, checked on the way."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.images.members import LayerMember, digest_of, folder, stream, text, with_folders
from scoredock.progress import CancelToken


def packed(members: list[LayerMember]) -> bytes:
    return b"".join(stream(members, CancelToken()))


def test_names_of_every_kind_come_through(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.write_bytes(b"x" * 1025)
    names = ["a/plain.txt", "a/naïve ü.txt", "a/" + "long/" * 60 + "end.txt", "a/quote\"'.txt", "a/new\nline.txt"]
    members = with_folders([LayerMember(name, held, 1025, 0o640, 1000) for name in names], "")
    with tarfile.open(fileobj=io.BytesIO(packed(members))) as archive:
        found = {entry.name: entry for entry in archive}
        for name in names:
            assert (found[name].size, found[name].mode, found[name].uid, found[name].mtime) == (1025, 0o640, 1000, 0)
            content = archive.extractfile(found[name])
            assert content is not None
            assert content.read() == b"x" * 1025
        assert found["a"].isdir()
        assert [entry for entry in found if found[entry].isdir()] == sorted(e for e in found if found[e].isdir())


def test_equal_content_gives_equal_bytes_whatever_the_order_and_times(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for path in (first, second):
        path.write_bytes(b"weights")
    os.utime(second, (1, 1))
    members = [text("b.txt", "b"), LayerMember("a.bin", first, 7), folder("c"), LayerMember("l", link="a.bin")]
    other = [LayerMember("l", link="a.bin"), folder("c"), LayerMember("a.bin", second, 7), text("b.txt", "b")]
    assert packed(members) == packed(other)
    assert digest_of(members) == digest_of(other)
    assert digest_of(members) != digest_of([*members[1:], text("b.txt", "c")])


def test_damaged_bytes_are_not_sent_on(tmp_path: Path) -> None:
    held = tmp_path / "model.bin"
    held.write_bytes(b"good")
    member = LayerMember("m", held, 4, digest=hashlib.sha256(b"good").hexdigest())
    assert packed([member])
    held.write_bytes(b"evil")
    with pytest.raises(ScoredockError) as refused:
        packed([member])
    assert refused.value.code == "model-damaged"


@pytest.mark.parametrize("change", ["shorter", "gone"])
def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, change: str) -> None:
    held = tmp_path / "script.py"
    held.write_bytes(b"12345678")
    member = LayerMember("s", held, 8)
    if change == "gone":
        held.unlink()
    else:
        held.write_bytes(b"123")
    with pytest.raises(ScoredockError) as refused:
        packed([member])
    assert refused.value.code == "file-unreadable"


def test_a_file_that_grows_is_cut_where_it_ended(tmp_path: Path) -> None:
    held = tmp_path / "log"
    held.write_bytes(b"1234567890")
    with tarfile.open(fileobj=io.BytesIO(packed([LayerMember("log", held, 4), text("z", "z")]))) as archive:
        assert [entry.size for entry in archive] == [4, 1]


def test_a_cancel_ends_it(tmp_path: Path) -> None:
    held = tmp_path / "big"
    held.write_bytes(bytes(3 << 20))
    cancel = CancelToken()
    pieces = stream([LayerMember("big", held, 3 << 20)], cancel)
    next(pieces), next(pieces)
    cancel.cancel()
    with pytest.raises(ScoredockError) as refused:
        next(pieces)
    assert refused.value.code == "cancelled"
