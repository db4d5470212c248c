"""Layers: a tar stream, compressed and stored in one pass, so that equal streams make equal bytes on every machine.

Compression is by pieces of a fixed size, each a gzip member or a zstd frame of its own, which every reader of layers
takes one after the other. What compresses is pinned; zlib says of itself that its output may change.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final, Literal

from scoredock import l10n, threads
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import LAYER, LAYER_GZIP, LAYER_ZSTD, Descriptor, require_digest
from scoredock.oci.content_store import ContentStore
from scoredock.oci.durable_files import make_folder, open_plain, replace_file, storing
from scoredock.progress import CancelToken, Progress

Compression = Literal["gzip", "zstd", "none"]
PIECE: Final = 1 << 20
"""Bytes of a tar stream that are compressed by themselves. Another size makes other layers of the same content."""
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 3
_THREADS: Final = 2
_AHEAD: Final = 2 * _THREADS
"""Pieces under way: with what they become, all that is held in memory."""
_MEDIA_TYPES: Final = {"gzip": LAYER_GZIP, "zstd": LAYER_ZSTD, "none": LAYER}
_LARGEST_RECORD: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A stored layer."""

    descriptor: Descriptor
    """Of its bytes as they are stored and sent."""
    diff_id: str
    """The digest of the tar itself, as a configuration names it."""
    uncompressed_size: int
    """Bytes of the tar."""


class LayerRecords:
    """Records of which layer came of which content, so that a model version or a set of packages is compressed once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str, store: ContentStore) -> StoredLayer | None:
        """The layer of a key; None when nobody kept one or its bytes are gone. They count as in use from now on."""
        try:
            with open_plain(self._path(key)) as stream:
                document = json.loads(stream.read(_LARGEST_RECORD))
            layer = StoredLayer(
                Descriptor.from_json(document["descriptor"]),
                str(document["diffId"]),
                int(document["uncompressedSize"]),
            )
            require_digest(layer.diff_id)
            if document["key"] != key or not store.has(layer.descriptor):
                return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        store.touch(layer.descriptor.digest)
        return layer

    def sizes(self) -> dict[str, int]:
        """Bytes of the tars of layers that were kept, by diff id."""
        sizes = {}
        for path in self._folder.glob("*.json"):
            with (
                contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError),
                open_plain(path) as stream,
            ):
                document = json.loads(stream.read(_LARGEST_RECORD))
                sizes[str(document["diffId"])] = int(document["uncompressedSize"])
        return sizes

    def keep(self, key: str, layer: StoredLayer) -> None:
        """Raises ScoredockError `disk-full`, `io-failed`."""
        document = {
            "key": key,
            "descriptor": layer.descriptor.to_json(),
            "diffId": layer.diff_id,
            "uncompressedSize": layer.uncompressed_size,
        }
        path = self._path(key)
        with storing(path):
            make_folder(self._folder)
            replace_file(path, json.dumps(document, sort_keys=True).encode())

    def ensure(
        self, key: str, store: ContentStore, make: Callable[[], StoredLayer], progress: Progress, cancel: CancelToken
    ) -> StoredLayer:
        """The layer of a key, made and kept where there is none; another process that makes the same is waited for.

        Raises what `make` raises, and ScoredockError `cancelled`, `disk-full`, `io-failed`.
        """
        if (layer := self.get(key, store)) is not None:
            return layer
        with hold_lock(self._path(key).with_suffix(".lock"), "image", progress, cancel):
            if (layer := self.get(key, store)) is None:
                layer = make()
                self.keep(key, layer)
        return layer

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()}.json"


def make_layer(blocks: Iterable[bytes], store: ContentStore, compression: Compression) -> StoredLayer:
    """Store a tar stream as a layer, in one pass. The bytes depend on the stream, its compression and the release of
    what compresses; not on how the stream is cut into blocks.

    Holds at most 16 MB besides the block at hand, and uses at most two threads. Docker before 23 reads no zstd. Raises
    what the stream raises, ScoredockError `disk-full`, `io-failed`, and `package-export-invalid` for zstd where nothing
    is installed that writes it.
    """
    compress = _compressor(compression)
    diff_id, size = hashlib.sha256(), 0
    with store.writing(None, _MEDIA_TYPES[compression]) as writer, _pool() as pool:
        under_way: deque[Future[bytes | bytearray]] = deque()
        for piece in _pieces(blocks):
            under_way.append(pool.submit(compress, piece))
            diff_id.update(piece)
            size += len(piece)
            if len(under_way) >= _AHEAD:
                writer.write(under_way.popleft().result())
        if not size:
            under_way.append(pool.submit(compress, b""))  # an empty stream is a whole one, too
        for future in under_way:
            writer.write(future.result())
    return StoredLayer(writer.descriptor, f"sha256:{diff_id.hexdigest()}", size)


@contextlib.contextmanager
def _pool() -> Iterator[Executor]:
    pool = threads.pool(_THREADS, "layer")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes | bytearray]:
    """The same bytes in pieces of PIECE bytes, the last one shorter."""
    piece = bytearray()
    for block in blocks:
        view = memoryview(block)
        while view:
            part = view[: PIECE - len(piece)]
            piece += part
            view = view[len(part) :]
            if len(piece) == PIECE:
                yield piece
                piece = bytearray()
    if piece:
        yield piece


def _compressor(compression: Compression) -> Callable[[bytes | bytearray], bytes | bytearray]:
    if compression == "none":
        return lambda piece: piece
    if compression == "zstd":
        return _zstd()
    import deflate  # only who makes layers needs it

    # Without name and time, and of no operating system (255): libdeflate writes no other header.
    return lambda piece: deflate.gzip_compress(piece, _GZIP_LEVEL)


def _zstd() -> Callable[[bytes | bytearray], bytes | bytearray]:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise ScoredockError(
                "package-export-invalid",
                l10n.t("Nothing is installed that compresses layers with zstd."),
                l10n.t("Choose gzip, or install {package}.", package="backports.zstd"),
            ) from None
    return lambda piece: bytes(zstd.compress(piece, _ZSTD_LEVEL))
