"""Lines that carry a megabyte and break, and two who push one tag at the same time."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.blob_upload import CHUNK_BYTES
from scoredock.oci.push_image import push
from scoredock.progress import Silent

import depth
from oci_registry.real_registry import real_registry
from oci_registry.registry_bench import client_of, image, require_complete
from oci_registry.small_registry import small_registry

MEGABYTE = 1_000_000


class _Relay(socketserver.BaseRequestHandler):
    """Hands bytes on in both directions until so many have gone in one of them; then the connection breaks."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, CuttingRelay)
        server.connections += 1
        host, port = server.upstream.split(":")
        with socket.create_connection((host, int(port))) as upstream:
            back = threading.Thread(target=self._hand_on, args=(upstream, self.request), daemon=True)
            back.start()
            self._hand_on(self.request, upstream)
            back.join(10)

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        remaining = MEGABYTE
        with contextlib.suppress(OSError):
            while remaining and (piece := source.recv(min(65_536, remaining))):
                target.sendall(piece)
                remaining -= len(piece)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class CuttingRelay(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.upstream = upstream
        self.connections = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def cutting_relay(upstream: str) -> Iterator[CuttingRelay]:
    with CuttingRelay(upstream) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield relay
        finally:
            relay.shutdown()


def test_every_connection_breaks_after_a_megabyte() -> None:
    """What the registry keeps is not sent again: an image of nine megabytes comes through, up and down."""
    manifest, contents = image(1, (5 * MEGABYTE, 4 * MEGABYTE, 10))
    with small_registry() as registry, cutting_relay(registry.address) as relay:
        with client_of(f"{relay.address}/a:1") as client:
            client.chunk_bytes = CHUNK_BYTES
            push(client, manifest, contents, "1", Silent())
            require_complete(client, "1", manifest, contents)
        assert relay.connections >= 18
        # A megabyte that was taken is sent once; of the one that broke, what had not come.
        assert sum(length for _, _, length in registry.chunks) == 9 * MEGABYTE


def test_a_registry_that_forgets_what_was_cut_is_left_without_a_tag(tmp_path: Path) -> None:
    """Debian's forgets an upload with its connection: nothing larger than a megabyte can come through, and that is
    said in the end."""
    manifest, contents = image(2, (3 * MEGABYTE, 10))
    with real_registry(tmp_path / "registry") as address:
        with cutting_relay(address) as relay, client_of(f"{relay.address}/a:1") as client:
            client.chunk_bytes = CHUNK_BYTES
            with pytest.raises(ScoredockError) as refused:
                push(client, manifest, contents, "1", Silent())
        assert refused.value.code in ("registry-unreachable", "image-push-failed")
        with client_of(f"{address}/a:1") as client:
            assert client.tags() == ()
            push(client, manifest, contents, "1", Silent())
            require_complete(client, "1", manifest, contents)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def push_both(address: str, turn: int) -> None:
    """Two images under one tag at the same time: the tag names one of them, and both are whole by their digests."""
    images = [image(10 * turn + number, (60_000 + number, 90_000, 10)) for number in range(2)]
    start = threading.Barrier(2)

    def push_one(number: int) -> str:
        manifest, contents = images[number]
        with client_of(f"{address}/pairs/p{turn}:1") as client:
            start.wait()
            return push(client, manifest, contents, "1", Silent()).digest

    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(push_one, range(2)))
    with client_of(f"{address}/pairs/p{turn}:1") as client:
        winner = client.resolve()[0].digest
        require_complete(client, "1", *images[digests.index(winner)])
        for digest, (manifest, contents) in zip(digests, images, strict=True):
            require_complete(client, digest, manifest, contents)


@pytest.mark.chance
def test_two_pushes_of_one_tag_at_debians_registry(real: str) -> None:
    for turn in range(depth.rounds(gate=5, long=100)):
        push_both(real, turn)
