"""The merged tree of layers, beside the same layers really unpacked."""

from __future__ import annotations

import importlib
import io
import os
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.oci.content import Malformed
from scoredock.oci.layer_stream import Unsupported
from scoredock.oci.tree import ImageTree, MissingFile, NotKept, read_tree
from scoredock.progress import CancelToken

import parts
from depth import rounds
from oci_base.written_layers import (
    Op,
    Unpackable,
    layer,
    opened,
    packed,
    resolve,
    tree_of,
    unpack,
)

_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
_TARGETS = st.builds(
    "{}{}".format,
    st.sampled_from(("", "/", "../", "../../", "./")),
    st.lists(st.sampled_from("abc")).map("/".join),
).filter(bool)
_OPS = st.one_of(
    st.builds(Op, st.just("file"), _PATHS, st.text("xyz", max_size=3)),
    st.builds(Op, st.just("folder"), _PATHS),
    st.builds(Op, st.just("link"), _PATHS, _TARGETS),
    st.builds(Op, st.just("hard"), _PATHS, _PATHS),
    st.builds(Op, st.just("hide"), _PATHS),
    st.builds(Op, st.just("opaque"), _PATHS | st.just("")),
)


@settings(max_examples=rounds(gate=400, long=10_000))
@given(st.lists(st.lists(_OPS, max_size=6), min_size=1, max_size=4), st.booleans())
@example(
    [
        [Op("link", "a", "b"), Op("file", "b/x", "1")],
        [Op("folder", "a"), Op("hide", "a/x")],
    ],
    False,
)
@example(
    [
        [Op("file", "b/x", "1"), Op("link", "a", "b")],
        [Op("file", "a/y", "2"), Op("hide", "a/x")],
    ],
    False,
)
@example([[Op("file", "a/b", "1")], [Op("file", "a/c", "2"), Op("opaque", "a")]], False)
@example([[Op("folder", "a/x"), Op("link", "l", "a/x/.."), Op("file", "l/x", "1"), Op("file", "l/y", "2")]], False)
def test_a_tree_is_what_unpacking_the_layers_gives(image: list[list[Op]], compressed: bool) -> None:
    layers = [packed(layer(ops)) if compressed else layer(ops) for ops in image]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        try:
            for ops in image:
                unpack(root, ops)
        except Unpackable:
            with pytest.raises(Malformed):
                tree_of(*layers)
            return
        tree = tree_of(*layers)
        assert _listed(tree) == _unpacked(root)
        for path in (
            "a",
            "a/b",
            "b/../a/c",
            "a/..",
            "c/b/a/",
            "a/a/a/a",
            "/b/c/.",
            ".",
        ):
            _require_same_lookup(tree, root, path)


def _require_same_lookup(tree: ImageTree, root: Path, path: str) -> None:
    entry = tree.lookup(path)
    place = resolve(root, path)
    if entry is None:
        # What the kernel says; `b/../a` needs a folder `b`, which the test's own walk does not ask for.
        assert place is None or not os.path.lexists(place) or "/" in path
    else:
        assert place is not None
        assert str(place) == str(root.joinpath(*entry.path.split("/")[1:]))
        assert (entry.kind == "folder") == place.is_dir()
        if entry.kind == "file":
            assert tree.read(path).decode() == place.read_text()


def _listed(tree: ImageTree) -> dict[str, str]:
    files: dict[str, str] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        for name in tree.names(folder):
            path = f"{folder}/{name}"
            entry = tree.lookup(path, follow=False)
            assert entry is not None
            if entry.kind == "folder":
                pending.append(path)
            files[path] = {"folder": "folder", "link": f"to {entry.target}"}.get(entry.kind) or tree.read(path).decode()
    return files


def _unpacked(root: Path) -> dict[str, str]:
    files = {}
    for place in root.rglob("*"):
        path = f"/{place.relative_to(root)}"
        if place.is_symlink():
            files[path] = f"to {os.readlink(place)}"  # noqa: PTH115 (a Path would lose the slash at its end)
        else:
            files[path] = "folder" if place.is_dir() else place.read_text()
    return files


def test_links_are_followed_as_in_a_chroot() -> None:
    tree = tree_of(
        layer(
            [
                Op("file", "usr/bin/python3.11", "x"),
                Op("link", "bin", "usr/bin"),
                Op("link", "usr/bin/python3", "python3.11"),
                Op("link", "opt/out", "../../../../bin/python3"),
                Op("link", "loop", "/loop"),
                *(Op("link", f"n{count}", f"n{count + 1}") for count in range(41)),
                Op("file", "n41", "end"),
            ]
        )
    )
    entry = tree.lookup("/opt/out")
    assert entry is not None
    assert entry.path == "/usr/bin/python3.11"
    assert tree.lookup("/bin/../bin/python3") == entry  # `..` of what the link led to
    assert tree.lookup("/loop") is None
    assert tree.lookup("/n0") is None
    assert tree.lookup("/n1") is not None
    assert tree.lookup("/bin/python3/") is None
    assert tree.names("/bin") == ("python3", "python3.11")
    assert tree.names("/nowhere") == ()


def test_only_what_is_kept_can_be_read() -> None:
    content = layer(
        [
            Op("file", "big", "x" * 100),
            Op("file", "small", "y"),
            Op("hard", "again", "small"),
        ]
    )
    tree = read_tree(opened(content), lambda path, size: size < 10, CancelToken())
    assert tree.read("/small") == tree.read("again") == b"y"
    with pytest.raises(NotKept):
        tree.read("/big")
    with pytest.raises(MissingFile):
        tree.read("/other")


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names(form: int) -> None:
    """Through headers of their own; what is not UTF-8 keeps its bytes."""
    name = "/".join(["ordner-ä" * 9] * 4) + "/\udcff"
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=form, errors="surrogateescape") as archive:
        member = tarfile.TarInfo(name)
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, name
        archive.addfile(link)
    assert tree_of(output.getvalue()).read("link") == b"abc"


_ZSTD = ("compression.zstd", "backports.zstd", "zstandard")


def test_layers_with_zstd() -> None:
    name = next((name for name in _ZSTD if _has(name)), "")
    if not name:
        parts.missing("a library for zstd")
    compressed = importlib.import_module(name).compress(layer([Op("file", "a", "x")]))
    assert tree_of(compressed).read("a") == b"x"
    with pytest.raises(Malformed, match="cut"):
        tree_of(compressed[: len(compressed) // 2])


def test_zstd_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ZSTD:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Unsupported, match=r"the package backports\.zstd"):
        tree_of(b"\x28\xb5\x2f\xfd" + bytes(20))


def _has(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def test_reading_can_be_ended() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(ScoredockError) as ended:
        read_tree(opened(layer([Op("file", "a", "x")])), lambda path, size: True, cancel)
    assert ended.value.code == "cancelled"
