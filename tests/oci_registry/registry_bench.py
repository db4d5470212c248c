"""What tests of the registry client share: small images, sources that count, and clients with short pauses."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scoredock.oci.content import CONFIG, LAYER_GZIP, Descriptor, Manifest, descriptor_of
from scoredock.oci.registry_address import read_address
from scoredock.oci.registry_client import RegistryClient
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.oci.registry_transport import TransportLimits
from scoredock.progress import CancelToken

QUICK = TransportLimits(
    connect_seconds=5,
    silence_seconds=10,
    closing_seconds=20,
    attempts=6,
    pause_seconds=0.01,
    longest_pause_seconds=0.05,
)
NOTHING = RegistrySettings()


class Pieces:
    """A stream that gives what an iterator gives."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1, /) -> bytes:
        piece = next(self._pieces, b"")
        assert size < 0 or len(piece) <= size
        return piece


class Contents:
    """Blobs in memory, as a source of content."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.openings: Counter[str] = Counter()
        self.piece_bytes = 10_000

    def add(self, media_type: str, content: bytes) -> Descriptor:
        descriptor = descriptor_of(media_type, content)
        self.blobs[descriptor.digest] = content
        return descriptor

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[Pieces]:
        yield Pieces(self.open(descriptor, 0))

    def open(self, descriptor: Descriptor, offset: int) -> Iterator[bytes]:
        self.openings[descriptor.digest] += 1
        content = self.blobs[descriptor.digest]
        for begin in range(offset, len(content), self.piece_bytes):
            yield content[begin : begin + self.piece_bytes]


def image(seed: int, sizes: tuple[int, ...] = (50_000, 120_000, 10)) -> tuple[Manifest, Contents]:
    """A manifest with layers of random bytes, and what it consists of."""
    chance = random.Random(seed)
    contents = Contents()
    layers = tuple(contents.add(LAYER_GZIP, chance.randbytes(size)) for size in sizes)
    config = contents.add(CONFIG, b'{"architecture":"amd64","os":"linux","seed":"%d"}' % seed)
    return Manifest(config, layers), contents


def client_of(
    reference: str,
    login: RegistryAccount | None = None,
    *,
    pushes: bool = True,
    cancel: CancelToken | None = None,
    settings: RegistrySettings = NOTHING,
    limits: TransportLimits = QUICK,
) -> RegistryClient:
    client = RegistryClient(
        read_address(reference), cancel or CancelToken(), login, pushes=pushes, settings=settings, limits=limits
    )
    client.chunk_bytes = 40_000
    return client


def require_complete(client: RegistryClient, tag: str, manifest: Manifest, contents: Contents) -> None:
    """The tag names exactly this image, and every blob can be read."""
    _, content = client.resolve(tag)
    assert content == manifest.to_bytes()
    for blob in (manifest.config, *manifest.layers):
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]


class Reports:
    """Progress that is kept."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.percentages: list[int] = []

    def report(self, message: str, percentage: int | None = None) -> None:
        self.texts.append(message)
        if percentage is not None:
            self.percentages.append(percentage)

    def output(self, line: str) -> None:
        self.texts.append(line)


def certificates_for(folder: Path, host: str, authority: Path) -> RegistrySettings:
    """Settings in which an authority is trusted for one host."""
    (folder / "certs.d" / host).mkdir(parents=True, exist_ok=True)
    (folder / "certs.d" / host / "ca.crt").write_bytes(authority.read_bytes())
    return RegistrySettings(certificate_folders=(folder / "certs.d",))
