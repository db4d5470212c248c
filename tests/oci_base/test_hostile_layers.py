"""Layers that somebody wrote to do harm, and damaged ones: a sentence, soon, and nothing beyond limits."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import tracemalloc

import pytest
from scoredock.oci import layer_stream, listing, tree
from scoredock.oci.content import Malformed

from depth import SEED, rounds
from oci_base.written_layers import Op, layer, packed, tree_of


def _member(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> bytes:
    member = tarfile.TarInfo(name)
    member.type = kind
    for field, value in fields.items():
        setattr(member, field, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def _pax(*records: bytes) -> bytes:
    content = b"".join(b"%d %s\n" % (len(each) + len(str(len(each) + 4)) + 2, each) for each in records)
    return _member("pax", tarfile.XHDTYPE, size=len(content)) + content + bytes(-len(content) % 512)


_END = bytes(1024)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "a layer is empty"),
        (b"no tar at all", "a layer is not a tar"),
        (b"no tar at all" * 100, "a layer is not a tar"),
        (_member("../x") + _END, "`../x` lies outside of the image"),
        (_member("a/../../x") + _END, "lies outside of the image"),
        (
            _member("a", tarfile.LNKTYPE, linkname="../../etc/passwd") + _END,
            "lies outside of the image",
        ),
        (
            _member("a", tarfile.LNKTYPE, linkname="b") + _END,
            "a hard link to `b`, which is not a file",
        ),
        (_member("a/.wh...") + _END, "hides a file without a name"),
        (_member(".wh.") + _END, "hides a file without a name"),
        (_member(".") + _END, "replaces the root"),
        (_member("a", size=1 << 30), "a layer is cut"),
        (_member("a", size=600) + b"x" * 512, "a layer is cut"),
        (_member("a")[:300], "a layer is not a tar"),
        (_member("a") + _member("b")[:300], "a layer is cut"),
        (_member("a") + b"x" * 512, "a header in a layer is damaged"),
        (_member("a", tarfile.XHDTYPE, size=1 << 33), "more than 1048576"),
        (_member("a", tarfile.GNUTYPE_LONGNAME, size=1 << 33), "more than 1048576"),
        (_pax(b"path=a\0b") + _member("a") + _END, "a name that no file can have"),
        (
            _pax(b"path=" + b"a/" * 4000) + _member("a") + _END,
            "a name that no file can have",
        ),
        (_pax(b"size=-1") + _member("a") + _END, "a header in a layer is damaged"),
        (
            _pax(b"size=" + b"9" * 30) + _member("a") + _END,
            "a header in a layer is damaged",
        ),
        (
            layer([Op("link", "a", "b"), Op("link", "b", "a"), Op("file", "a/x", "")]),
            "lead nowhere",
        ),
        (layer([Op("file", "a", ""), Op("file", "a/x", "")]), "where a file lies"),
        (packed(layer([Op("file", "a", "x" * 5000)]))[:-30], "cut"),
        (gzip.compress(b"nothing"), "a layer is not a tar"),
    ],
)
def test_a_sentence_says_what_is_wrong(content: bytes, sentence: str) -> None:
    with pytest.raises(Malformed) as refused:
        tree_of(content)
    assert sentence in str(refused.value)
    assert not str(refused.value).endswith(".")


def test_absolute_names_devices_and_holes() -> None:
    sparse = _member("holes", tarfile.GNUTYPE_SPARSE, size=512)
    block = bytearray(sparse)
    block[483:495] = b"00000010000\0"
    block[482] = 1
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    content = bytes(block) + bytes(512) + b"x" * 512
    read = tree_of(
        _member("/etc/passwd", size=1)
        + b"x".ljust(512, b"\0")
        + _member("dev/sda", tarfile.BLKTYPE, devmajor=8)
        + content
        + _member("global", b"g", size=512)
        + bytes(512)
        + _member("behind", size=0)
        + _END
    )
    assert read.read("etc/passwd") == b"x"
    device, holes = read.lookup("dev/sda"), read.lookup("holes")
    assert device is not None
    assert device.kind == "other"
    assert holes is not None
    assert (holes.size, holes.has_bytes) == (4096, False)
    assert read.lookup("behind") is not None
    assert read.lookup("global") is None


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ENTRIES", 100)
    with pytest.raises(Malformed, match="more than"):
        tree_of(layer([Op("file", str(number), "") for number in range(101)]))
    monkeypatch.setattr(listing, "MOST_NAME_BYTES", 100)
    with pytest.raises(Malformed, match="bytes of names"):
        tree_of(layer([Op("file", "n" * 99, ""), Op("file", "other", "")]))
    # Folders that nobody named count.
    monkeypatch.undo()
    monkeypatch.setattr(tree, "MOST_ENTRIES", 100)
    with pytest.raises(Malformed, match="more than"):
        tree_of(layer([Op("file", "a/" * 100 + "x", "")]))


def test_links_through_links_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_STEPS", 20_000)
    ops = [Op("folder", "f"), Op("link", "l0", "f/" + "./" * 1000)]
    ops += [Op("link", f"l{count}", f"l{count - 1}/" + "./" * 1000) for count in range(1, 30)]
    ops += [Op("file", f"l29/{count % 2}/{count}", "") for count in range(100)]
    with pytest.raises(Malformed, match="too often"):
        tree_of(layer(ops))


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_stream, "LARGEST_LAYER", 10 << 20)
    with pytest.raises(Malformed, match="more than"):
        tree_of(packed(_member("a", size=20 << 20) + bytes(20 << 20)))


def test_a_file_that_is_not_kept_takes_no_memory() -> None:
    from scoredock.oci.tree import read_tree
    from scoredock.progress import CancelToken

    content = packed(_member("a", size=64 << 20) + bytes(64 << 20) + _END)
    tracemalloc.start()
    try:
        read_tree([lambda: io.BytesIO(content)], lambda path, size: False, CancelToken())
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_bytes_that_were_changed_are_read_or_refused() -> None:
    draw = random.Random(SEED)
    ops = [
        Op("folder", "a"),
        Op("file", "a/b", "x" * 700),
        Op("link", "c", "a"),
        Op("hard", "d", "a/b"),
    ]
    whole = layer([*ops, Op("file", "long" * 60, "y"), Op("hide", "e")])
    for _ in range(rounds(gate=2_000, long=50_000)):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(len(content))] = draw.choice((0, 0x80, 0xFF, ord("7"), draw.randrange(256)))
        if draw.random() < 0.3:
            # With a checksum that fits again, so that the fields are looked at.
            at = 512 * draw.randrange(len(content) // 512)
            content[at + 148 : at + 156] = b"        "
            content[at + 148 : at + 156] = b"%06o\0 " % sum(content[at : at + 512])
        try:
            tree_of(bytes(content)[: draw.randint(1, len(content))])
        except Malformed:
            continue
