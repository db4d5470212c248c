"""Layers that this machine remembers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import pytest
from scoredock.oci.content import Malformed, digest_of
from scoredock.oci.tree_records import TreeRecords
from scoredock.progress import CancelToken

from oci_base.written_layers import Op, layer

_BASE = layer([Op("file", "a/\udcffb", "1"), Op("link", "l", "a"), Op("file", "big", "x" * 100)])
_ABOVE = layer(
    [
        Op("hide", "big"),
        Op("opaque", "a"),
        Op("file", "l/c", "2"),
        Op("hard", "d", "a/c"),
    ]
)


class _Layers:
    def __init__(self) -> None:
        self.opened: list[str] = []

    def of(self, *contents: bytes) -> list[tuple[str, object]]:
        return [(digest_of(content), lambda content=content: self._open(content)) for content in contents]

    def _open(self, content: bytes) -> BinaryIO:
        self.opened.append(digest_of(content))
        return io.BytesIO(content)


def _keep(path: str, size: int) -> bool:
    return size < 10


def test_a_layer_is_read_once(tmp_path: Path) -> None:
    layers = _Layers()
    first = TreeRecords(tmp_path / "new", _keep, "small").read_tree(layers.of(_BASE, _ABOVE), CancelToken())
    assert len(layers.opened) == 2
    second = TreeRecords(tmp_path / "new", _keep, "small").read_tree(layers.of(_BASE, _ABOVE), CancelToken())
    assert len(layers.opened) == 2
    for tree in (first, second):
        assert tree.names("/") == ("a", "d", "l")
        assert tree.names("/a") == ("c",)
        assert tree.read("/d") == tree.read("/l/c") == b"2"
    # Another rule may keep other bytes.
    TreeRecords(tmp_path / "new", lambda path, size: True, "all").read_tree(layers.of(_BASE), CancelToken())
    assert layers.opened[2:] == [digest_of(_BASE)]


def test_a_damaged_record_is_read_again(tmp_path: Path) -> None:
    layers = _Layers()
    records = TreeRecords(tmp_path, _keep, "small")
    records.read_tree(layers.of(_BASE), CancelToken())
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for content in (b"", b"{}", whole[:-9], whole[:40] + b"\0" + whole[41:]):
        file.write_bytes(content)
        assert records.read_tree(layers.of(_BASE), CancelToken()).names("/a") == ("\udcffb",)
        assert file.read_bytes() == whole
    assert len(layers.opened) == 5


def test_a_layer_that_cannot_be_read_leaves_no_record(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        TreeRecords(tmp_path, _keep, "small").read_tree(_Layers().of(b"none"), CancelToken())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    # No folder can be made there: it is read all the same.
    TreeRecords(tmp_path / "file" / "x", _keep, "small").read_tree(_Layers().of(_BASE), CancelToken())
