"""Which files differ between two images, beside the same layers really unpacked."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.oci import file_changes as module
from scoredock.oci.content import Malformed
from scoredock.oci.file_changes import FileChange, OwnFiles, file_changes, own_layers, read_text
from scoredock.progress import CancelToken

from depth import rounds
from oci_base.written_layers import Op, Unpackable, layer, opened, packed, unpack

_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
_TARGETS = st.sampled_from(("a", "/b", "../c", "a/b"))
_PLAIN = (
    st.builds(Op, st.just("file"), _PATHS, st.text("xy", max_size=2)),
    st.builds(Op, st.just("folder"), _PATHS),
    st.builds(Op, st.just("hide"), _PATHS),
    st.builds(Op, st.just("opaque"), _PATHS | st.just("")),
)
_OPS = st.one_of(
    *_PLAIN, st.builds(Op, st.just("link"), _PATHS, _TARGETS), st.builds(Op, st.just("hard"), _PATHS, _PATHS)
)
_IMAGE = st.lists(st.lists(_OPS, max_size=5), max_size=3)
_SIMPLE = st.lists(st.lists(st.one_of(*_PLAIN), max_size=4), max_size=2)


def own_files(*layers: bytes) -> OwnFiles:
    return OwnFiles(opened(*layers), CancelToken())


def changes(first: list[bytes], second: list[bytes]) -> list[FileChange]:
    """Of all layers of both images but those that both have."""
    one, other = own_layers([str(hash(each)) for each in first], [str(hash(each)) for each in second])
    return list(file_changes(own_files(*(first[each] for each in one)), own_files(*(second[each] for each in other))))


def unpacked(image: list[list[Op]]) -> dict[str, str]:
    """Every path but folders, with what lies there. Raises Unpackable."""
    files: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for ops in image:
            unpack(root, ops)
        for place in root.rglob("*"):
            path = f"/{place.relative_to(root)}"
            if place.is_symlink():
                files[path] = f"to {os.readlink(place)}"  # noqa: PTH115 (a Path would lose the slash at its end)
            elif place.is_file():
                files[path] = place.read_text()
    return files


def compared(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    rows = {}
    for path in sorted({*before, *after}):
        if path not in before or path not in after:
            rows[path] = "added" if path not in before else "removed"
        elif before[path] != after[path]:
            rows[path] = "changed"
    return rows


@settings(max_examples=rounds(gate=300, long=10_000))
@given(_IMAGE, _IMAGE)
@example([[Op("file", "a", "x")]], [[Op("folder", "a"), Op("file", "a/b", "x")]])
@example([[Op("file", "a/b", "x")], [Op("opaque", "a")]], [[Op("file", "a/b", "x")], [Op("hide", "a")]])
def test_two_images_without_a_common_layer_differ_as_their_trees_do(
    first: list[list[Op]], second: list[list[Op]]
) -> None:
    # A layer of its own below each makes that no other is the same.
    first, second = [[Op("file", "1")], *first], [[Op("file", "2")], *second]
    try:
        expected = compared(unpacked(first), unpacked(second))
    except Unpackable:
        return
    one, other = (own_files(*(packed(layer(ops)) for ops in image)) for image in (first, second))
    listed = [each for each in file_changes(one, other) if each.before is not None or each.after is not None]
    assert {each.path: each.change for each in listed} == expected
    assert [each.path.split("/") for each in listed] == sorted(each.path.split("/") for each in listed)


def _is_touched(path: str, layers: list[list[Op]]) -> bool:
    """Whether a layer says anything of a path, or of what is above or below it."""
    places = [f"/{op.path}" for ops in layers for op in ops]
    return any(
        path == place or path.startswith(f"{place.rstrip('/')}/") or place.startswith(f"{path}/") for place in places
    )


def _is_only_seen_below(path: str, layers: list[list[Op]]) -> bool:
    """Whether a layer of an image's own makes a folder of a path, or writes what another one takes away: what layers of
    both had there does not show then."""
    parts = path.strip("/").split("/")
    for above in ("/".join(parts[:count]) for count in range(len(parts) + 1)):
        at = [op for ops in layers for op in ops if op.path == above]
        below = [op for ops in layers for op in ops if op.path.startswith(f"{above}/".lstrip("/"))]
        writes = [op for op in (*at, *below) if op.kind in ("file", "folder")]
        if any(op.kind != "folder" for op in at) and any(op in below or op.kind == "folder" for op in writes):
            return True
        if any(op.kind == "hide" for op in at) and writes:
            return True
    return any(op.kind == "folder" and op.path == path[1:] for ops in layers for op in ops) or any(
        op.path.startswith(f"{path[1:]}/") and op.kind in ("file", "folder") for ops in layers for op in ops
    )


@settings(max_examples=rounds(gate=400, long=10_000))
@given(_SIMPLE, _SIMPLE, _SIMPLE, _SIMPLE)
@example([[Op("file", "a/b", "x")]], [[Op("hide", "a/b")]], [], [])
@example([[Op("file", "a/b", "x")]], [[Op("opaque", "a")]], [[Op("hide", "a/c")]], [])
@example([[Op("file", "a/b", "x")]], [[Op("file", "a", "x")]], [], [])
@example([], [[Op("file", "a", "x")]], [[Op("file", "a", "y")]], [[Op("file", "a", "z")]])
def test_what_differs_is_listed_and_layers_of_both_are_not_read(
    below: list[list[Op]], first: list[list[Op]], second: list[list[Op]], above: list[list[Op]]
) -> None:
    """Whatever the layers of both hold: nothing that differs is missing, and what is listed without a difference lies
    where one of those wrote as well."""
    # Each has one layer of its own, so that no other of these is the same.
    first, second = [[Op("file", "1/1", "1")], *first], [[Op("file", "2/2", "2")], *second]
    try:
        expected = compared(unpacked([*below, *first, *above]), unpacked([*below, *second, *above]))
        one, other = (own_files(*(layer(ops) for ops in own)) for own in (first, second))
    except (Unpackable, Malformed):
        return
    listed = {each.path: each.change for each in file_changes(one, other)}
    both = [*below, *above]
    for path in expected:
        parts = path.split("/")
        is_seen = any("/".join(parts[:count]) in listed for count in range(1, len(parts) + 1)) or "/" in listed
        assert is_seen or any(_is_only_seen_below(path, own) for own in (first, second)), path
    for path, change in listed.items():
        assert expected.get(path) == change or _is_touched(path, [*both, *first, *second]), path
        if not _is_touched(path, both):
            hides = {f"/{op.path}" for ops in (*first, *second) for op in ops if op.kind in ("hide", "opaque")}
            assert expected.get(path) == change or path in hides


def test_the_same_file_in_another_layer_is_no_change() -> None:
    """As when an environment has one package more."""
    before = layer([Op("file", "site/six.py", "six"), Op("file", "site/old.py", "old")])
    after = layer([Op("file", "site/six.py", "six"), Op("file", "site/new.py", "new"), Op("file", "site/old.py", "o")])
    base, code = layer([Op("file", "etc/os", "1")]), layer([Op("file", "score.py", "1")])
    rows = [(each.change, each.path) for each in changes([base, before, code], [base, after, code])]
    assert rows == [("added", "/site/new.py"), ("changed", "/site/old.py")]


def test_other_mode_kind_or_target() -> None:
    def one(kind: bytes, mode: int, target: str = "") -> bytes:
        output = io.BytesIO()
        with tarfile.open(fileobj=output, mode="w") as archive:
            member = tarfile.TarInfo("it")
            member.type, member.mode, member.linkname = kind, mode, target
            archive.addfile(member)
        return output.getvalue()

    plain = one(tarfile.REGTYPE, 0o644)
    for another in (one(tarfile.REGTYPE, 0o755), one(tarfile.SYMTYPE, 0o777, "a"), one(tarfile.FIFOTYPE, 0o644)):
        assert [each.change for each in changes([plain], [another])] == ["changed"]
    links = [one(tarfile.SYMTYPE, 0o777, each) for each in ("a", "b")]
    (change,) = changes(links[:1], links[1:])
    assert change.before is not None
    assert change.after is not None
    assert (change.before.target, change.after.target) == ("a", "b")


def test_a_hard_link_to_a_file_of_a_layer_that_both_have() -> None:
    base = layer([Op("file", "a", "1")])
    assert changes([base], [base, layer([Op("hard", "b", "a")])])[0].path == "/b"
    same = [layer([Op("hard", "b", "a"), Op("file", "c", each)]) for each in ("1", "2")]
    assert [each.path for each in changes([base, same[0]], [base, same[1]])] == ["/c"]


@pytest.mark.parametrize(
    ("first", "second", "own"),
    [
        ("abc", "abd", ([2], [2])),
        ("abc", "abc", ([], [])),
        ("ab", "abcd", ([], [2, 3])),
        ("apmc", "aqmc", ([1], [1])),
        ("ab", "ba", ([1], [0])),
        ("", "a", ([], [0])),
    ],
)
def test_which_layers_are_read(first: str, second: str, own: tuple[list[int], list[int]]) -> None:
    one, other = own_layers(first, second)
    assert [first[each] for each in range(len(first)) if each not in one] == [
        second[each] for each in range(len(second)) if each not in other
    ]
    assert (len(one), len(other)) == (len(own[0]), len(own[1]))


def test_texts() -> None:
    layers = opened(
        layer([Op("file", "a.py", "one\n"), Op("file", "large", "x" * 64_001)]),
        packed(layer([Op("file", "a.py", "two\n"), Op("hard", "b.py", "a.py"), Op("file", "bytes", "\0")])),
    )
    texts = {path: read_text(layers, path, CancelToken()) for path in ("/a.py", "b.py", "/large", "/bytes", "/none")}
    assert texts == {"/a.py": "two\n", "b.py": "two\n", "/large": None, "/bytes": None, "/none": ""}


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COMPARED", 10)
    many = layer([Op("file", f"file{each}") for each in range(11)])
    with pytest.raises(Malformed, match="more than 10 files to compare"):
        own_files(many)


def test_reading_can_be_ended() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(ScoredockError) as raised:
        OwnFiles(opened(layer([Op("file", "a", "1")])), cancel)
    assert raised.value.code == "cancelled"


def test_large_files_take_no_memory() -> None:
    content = packed(layer([Op("file", "a", "x" * 30_000_000)]))
    tracemalloc.start()
    try:
        assert changes([content], [])[0].change == "removed"
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
