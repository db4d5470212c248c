"""Equal streams make equal layers: however they are cut, in whatever process, with whatever zlib."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.errors import ScoredockError
from scoredock.oci.content import LAYER, LAYER_GZIP, LAYER_ZSTD
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import PIECE, Compression, LayerRecords, StoredLayer, make_layer
from scoredock.progress import CancelToken, Silent

from oci_images import tar_of
from parts import missing

GOLDEN = "sha256:9e6a02129720540137deaf33695cd638f5c601208f879a7c97a8ad43d77b18ef"
"""Of `pattern()` with the release of libdeflate that is pinned: another value means other layers for everybody."""
MAKER = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from scoredock.images import members
from scoredock.oci.content_store import ContentStore
from scoredock.oci.layers import make_layer
from scoredock.progress import CancelToken
root = Path(sys.argv[3])
names = list(root.iterdir())
names.sort(reverse=sys.argv[4] == "reverse")
held = [members.LayerMember(f"app/{each.name}", each, each.stat().st_size) for each in names]
tar = members.stream(members.with_folders(held), CancelToken())
print(make_layer(tar, ContentStore(Path(sys.argv[1])), "gzip"))
"""


def pattern() -> bytes:
    """Some of everything that compressors tell apart, a little more than two pieces."""
    drawn = random.Random(7)
    words = [drawn.randbytes(drawn.randint(2, 30)) for _ in range(2000)]
    text = b"".join(drawn.choices(words, k=90_000))
    return text[: PIECE + PIECE // 2] + drawn.randbytes(PIECE // 4) + bytes(PIECE // 2)


@settings(max_examples=25)
@given(blocks=st.lists(st.binary(max_size=2000), max_size=6))
@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_a_layer_is_its_stream_however_that_is_cut(compression: Compression, blocks: list[bytes]) -> None:
    content = b"".join(blocks)
    with tempfile.TemporaryDirectory() as folder:
        store = ContentStore(Path(folder))
        layer = make_layer(blocks, store, compression)
        stored = store.path(layer.descriptor.digest).read_bytes()
        assert (gzip.decompress(stored) if compression == "gzip" else stored) == content
        assert layer == make_layer([content], store, compression)
        assert layer.diff_id == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert layer.uncompressed_size == len(content)
        assert layer.descriptor.size == len(stored)
        assert layer.descriptor.media_type == {"gzip": LAYER_GZIP, "none": LAYER}[compression]


def test_pieces_are_members_without_name_time_and_system(store: ContentStore) -> None:
    content = pattern()
    drawn = random.Random(1)
    blocks, place = [], 0
    while place < len(content):
        size = drawn.randint(1, PIECE * 2)
        blocks.append(content[place : place + size])
        place += size
    layer = make_layer(blocks, store, "gzip")
    stored = store.path(layer.descriptor.digest).read_bytes()
    assert gzip.decompress(stored) == content
    assert stored[:10] == bytes.fromhex("1f8b08000000000000ff")
    assert stored.count(stored[:10]) == -(-len(content) // PIECE)
    assert subprocess.run(["gzip", "-t"], input=stored, check=False).returncode == 0


def test_the_bytes_are_those_of_every_machine(store: ContentStore) -> None:
    """Whoever raises the release of `deflate` sees here that all layers become others."""
    assert make_layer([pattern()], store, "gzip").descriptor.digest == GOLDEN


def test_surroundings_do_not_matter(tmp_path: Path) -> None:
    answers = set()
    drawn = random.Random(3)
    contents = {f"datei-{number}-é": drawn.randbytes(3000) for number in range(12)}
    for number, (umask, order, variables) in enumerate(
        [
            ("022", "forward", {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1"}),
            ("077", "reverse", {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "2"}),
            ("000", "forward", {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/New_York", "PYTHONUTF8": "1"}),
        ]
    ):
        folder = tmp_path / f"files-{number}"
        folder.mkdir()
        names = list(contents)
        drawn.shuffle(names)
        for name in names:
            (folder / name).write_bytes(contents[name])
            os.utime(folder / name, (number * 1000, number * 1000))
        command = [sys.executable, "-c", MAKER, str(tmp_path / f"store-{number}"), umask, str(folder), order]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **variables})
        answers.add(run.stdout)
    assert len(answers) == 1, answers


def test_memory_does_not_grow_with_the_stream(store: ContentStore) -> None:
    def blocks() -> Iterator[bytes]:
        piece = random.Random(5).randbytes(PIECE)  # the worst: it does not become smaller
        for _ in range(96):
            yield piece

    make_layer([b"warm"], store, "gzip")
    tracemalloc.start()
    try:
        layer = make_layer(blocks(), store, "gzip")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert layer.uncompressed_size == 96 * PIECE
    assert most <= 16_000_000, most


def test_a_stream_that_fails_leaves_nothing(store: ContentStore, tmp_path: Path) -> None:
    def blocks() -> Iterator[bytes]:
        yield bytes(3 * PIECE)
        raise ScoredockError("model-damaged", "The bytes are others.")

    with pytest.raises(ScoredockError, match="The bytes are others"):
        make_layer(blocks(), store, "gzip")
    assert list((tmp_path / "store" / "blobs" / "sha256").iterdir()) == []


def test_zstd_makes_layers_where_it_is_installed(store: ContentStore) -> None:
    if sys.version_info < (3, 14) and importlib.util.find_spec("backports.zstd") is None:
        missing("backports.zstd")
    layer = make_layer([pattern()], store, "zstd")
    assert layer.descriptor.media_type == LAYER_ZSTD
    assert store.path(layer.descriptor.digest).read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert layer == make_layer([pattern()[:5], pattern()[5:]], store, "zstd")


def test_zstd_that_is_missing_is_said(store: ContentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("compression", "backports.zstd", "backports"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ScoredockError) as raised:
        make_layer([b""], store, "zstd")
    assert raised.value.code == "package-export-invalid"
    assert "backports.zstd" in raised.value.fix


def test_a_layer_is_made_once_while_its_bytes_are_there(store: ContentStore, tmp_path: Path) -> None:
    records = LayerRecords(tmp_path / "records")
    made: list[StoredLayer] = []

    def make() -> StoredLayer:
        made.append(make_layer(tar_of(("a", b"b")), store, "gzip"))
        return made[-1]

    layer = records.ensure("model:1/gzip", store, make, Silent(), CancelToken())
    assert records.ensure("model:1/gzip", store, make, Silent(), CancelToken()) == layer
    assert len(made) == 1
    assert records.get("model:2/gzip", store) is None
    store.path(layer.descriptor.digest).unlink()
    assert records.get("model:1/gzip", store) is None
    records.ensure("model:1/gzip", store, make, Silent(), CancelToken())
    assert len(made) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"null", b'{"descriptor": 1}', b"\xff" * 100])
def test_a_damaged_record_is_passed_over(store: ContentStore, tmp_path: Path, content: bytes) -> None:
    records = LayerRecords(tmp_path / "records")
    layer = make_layer([b"x"], store, "gzip")
    records.keep("key", layer)
    assert records.get("key", store) == layer
    (path,) = (tmp_path / "records").glob("*.json")
    other = json.loads(path.read_bytes())
    path.write_bytes(content)
    assert records.get("key", store) is None
    path.write_text(json.dumps({**other, "key": "other"}))
    assert records.get("key", store) is None
