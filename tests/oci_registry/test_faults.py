"""One fault at a time, and what becomes of it."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.content import EMPTY, LAYER, MANIFEST, Descriptor, Manifest, descriptor_of
from scoredock.oci.push_image import push
from scoredock.oci.registry_client import BlobOutcome
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.progress import CancelToken, Silent

from oci_registry.fault_proxy import Fault, FaultProxy, fault_proxy
from oci_registry.real_registry import PASSWORD, USER, accounts, real_registry
from oci_registry.registry_bench import QUICK, Contents, client_of, image, require_complete
from oci_registry.small_registry import SmallRegistry, small_registry
from pace import within
from silent_server import SilentServer

CHUNK = 40_000


@pytest.fixture
def registry() -> Iterator[SmallRegistry]:
    with small_registry() as server:
        yield server


@pytest.fixture
def proxy(registry: SmallRegistry) -> Iterator[FaultProxy]:
    with fault_proxy(registry.address) as server:
        yield server


def only(method: str, part: str, fault: Fault, times: int = 1) -> Callable[[str, str], Fault | None]:
    """The fault for the first requests of a kind."""
    counts: Counter[str] = Counter()

    def decide(request_method: str, path: str) -> Fault | None:
        if request_method != method or part not in path:
            return None
        counts["all"] += 1
        return fault if counts["all"] <= times else None

    return decide


def cancelling(cancel: CancelToken, after: int) -> Callable[[str, str], Fault | None]:
    """No fault; the work is cancelled with the request of that number."""
    numbers = itertools.count(1)

    def decide(method: str, path: str) -> Fault | None:
        if next(numbers) == after:
            cancel.cancel()
        return None

    return decide


def take_all(pieces: Iterator[bytes], into: bytearray) -> None:
    """Piece by piece: what came before an error is there."""
    for piece in pieces:
        into += piece


def blob_of(size: int) -> tuple[Descriptor, Contents]:
    contents = Contents()
    return contents.add(LAYER, (bytes(index * 7 % 251 for index in range(251)) * (size // 251 + 1))[:size]), contents


@pytest.mark.parametrize("keeps_partial_chunks", [True, False])
def test_an_upload_goes_on_where_it_was_cut(
    registry: SmallRegistry, proxy: FaultProxy, keeps_partial_chunks: bool
) -> None:
    registry.keeps_partial_chunks = keeps_partial_chunks
    blob, contents = blob_of(10 * CHUNK)
    counts: Counter[str] = Counter()

    def fault(method: str, path: str) -> Fault | None:
        counts[method] += 1
        return Fault(cut_request_after=30_000) if method == "PATCH" and counts[method] in (2, 5, 6) else None

    proxy.fault = fault
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
    assert len(registry.uploads) == 0
    assert counts["POST"] == 1
    assert proxy.sent_bytes() <= blob.size + 3 * CHUNK


def test_an_answer_that_is_lost_costs_nothing_that_the_registry_has(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(5 * CHUNK)
    proxy.fault = only("PATCH", "", Fault(cut_answer_after=0), 3)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
    assert proxy.sent_bytes() == blob.size


def test_a_closing_answer_that_is_lost(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(3 * CHUNK)
    proxy.fault = only("PUT", "uploads", Fault(cut_answer_after=0))
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        assert client.has_blob(blob)
    assert proxy.sent_bytes() == blob.size


@pytest.mark.parametrize("size", [5 << 20, 40 << 20])
def test_chunks_as_small_as_a_proxy_in_between_wants_them(
    registry: SmallRegistry, proxy: FaultProxy, size: int
) -> None:
    blob, contents = blob_of(size)
    contents.piece_bytes = 1 << 20
    proxy.largest_body = 1 << 20
    with client_of(f"{proxy.address}/a:1") as client:
        client.chunk_bytes = 16 << 20
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
    assert registry.blobs["a", blob.digest] == contents.blobs[blob.digest]


def test_a_registry_that_keeps_nothing_of_what_it_accepts(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(3 * CHUNK)
    proxy.fault = only("PATCH", "", Fault(status=202, keeps="0-0"), 100)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
    assert [each.method for each in proxy.requests].count("PATCH") == 3


def test_connections_are_used_again(registry: SmallRegistry, proxy: FaultProxy) -> None:
    manifest, contents = image(10)
    with client_of(f"{proxy.address}/a:1") as client:
        push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
    assert len(proxy.requests) > 20
    assert proxy.connections <= 5  # three blobs at a time, and one that asks whether TLS is spoken


@pytest.mark.parametrize("status", [404, 405, 400, 416, 501])
def test_a_registry_that_refuses_chunks_gets_the_blob_in_one(
    registry: SmallRegistry, proxy: FaultProxy, status: int
) -> None:
    blob, contents = blob_of(3 * CHUNK)
    proxy.fault = only("PATCH", "", Fault(status=status), 100)
    with client_of(f"{proxy.address}/a:1") as client:
        assert client.push_blob(blob, lambda offset: contents.open(blob, offset), id) is BlobOutcome.SENT
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
    assert [each.method for each in proxy.requests if "uploads" in each.path] == ["POST", "PATCH", "POST", "PUT"]


def test_a_registry_that_refuses_the_second_chunk(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(3 * CHUNK)
    counts: Counter[str] = Counter()

    def fault(method: str, path: str) -> Fault | None:
        counts[method] += 1
        return Fault(status=416) if method == "PATCH" and counts[method] > 1 else None

    proxy.fault = fault
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]


def test_chunks_as_large_as_the_registry_wants_them(registry: SmallRegistry, proxy: FaultProxy) -> None:
    registry.chunk_minimum = 100_000
    blob, contents = blob_of(250_000)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
    assert [length for _, _, length in registry.chunks] == [100_000, 100_000, 50_000]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
@pytest.mark.parametrize(
    ("method", "part"),
    [("HEAD", "blobs"), ("POST", "uploads"), ("PATCH", "uploads"), ("PUT", "uploads"), ("PUT", "manifests")],
)
def test_what_fails_for_now_is_tried_again(
    registry: SmallRegistry, proxy: FaultProxy, status: int, method: str, part: str
) -> None:
    manifest, contents = image(status)
    proxy.fault = only(method, part, Fault(status=status, retry_after="0"), 2)
    with client_of(f"{proxy.address}/a:1") as client:
        push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
    assert proxy.faults == 2


def test_a_registry_says_how_long_to_wait(registry: SmallRegistry, proxy: FaultProxy) -> None:
    proxy.fault = only("GET", "tags", Fault(status=429, retry_after="1"))
    begun = time.monotonic()
    with client_of(f"{proxy.address}/a:1") as client:
        assert client.tags() == ()
        assert time.monotonic() - begun >= 1
        proxy.fault = only("GET", "tags", Fault(status=429, retry_after="86400"), 100)
        with pytest.raises(ScoredockError) as refused:
            client.tags()
    assert refused.value.code == "registry-busy"


def test_a_registry_that_keeps_failing_ends_in_an_error(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(3 * CHUNK)
    proxy.fault = only("PATCH", "", Fault(cut_request_after=0), 1000)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)  # it may refuse chunks unread
        proxy.fault = lambda method, path: Fault(cut_request_after=0) if method in ("PATCH", "PUT") else None
        other, contents = blob_of(3 * CHUNK + 1)
        with pytest.raises(ScoredockError) as refused:
            client.push_blob(other, lambda offset: contents.open(other, offset), id)
    assert refused.value.code == "registry-unreachable"
    assert proxy.address in refused.value.message


def test_nobody_is_there() -> None:
    with client_of("127.0.0.1:9/a:1") as client, pytest.raises(ScoredockError) as refused:
        client.tags()
    assert refused.value.code == "registry-unreachable"
    assert "refused" in refused.value.message


# ---------------------------------------------------------------------------------------------- reading


def test_a_download_goes_on_where_it_was_cut(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(200_000)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        proxy.fault = lambda method, path: Fault(cut_answer_after=30_000) if method == "GET" else None
        before = len(proxy.requests)
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
    assert 7 <= len(proxy.requests) - before <= 14  # a reset may take bytes with it that had come already


@pytest.mark.parametrize("fault", [Fault(flip_byte=150_000), Fault(flip_byte=199_999)])
def test_content_with_another_digest_is_refused_before_all_of_it_is_out(
    registry: SmallRegistry, proxy: FaultProxy, fault: Fault
) -> None:
    blob, contents = blob_of(200_000)
    received = bytearray()
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        proxy.fault = only("GET", "blobs", fault)
        pieces = client.open_blob(blob)
        with pytest.raises(ScoredockError) as refused:
            take_all(pieces, received)
    assert refused.value.code == "registry-content-damaged"
    assert len(received) < blob.size


def test_a_body_that_ends_too_early_or_too_late(registry: SmallRegistry, proxy: FaultProxy) -> None:
    blob, contents = blob_of(100_000)
    with client_of(f"{proxy.address}/a:1") as client:
        client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
        proxy.fault = only("GET", "blobs", Fault(truncate_to=60_000))
        assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
        proxy.fault = only("GET", "blobs", Fault(truncate_to=0), 100)
        with pytest.raises(ScoredockError) as refused:
            list(client.open_blob(blob))
        assert refused.value.code == "registry-unreachable"
        proxy.fault = lambda method, path: None
        with pytest.raises(ScoredockError) as refused:
            list(client.open_blob(replace(blob, size=99_999)))
        assert refused.value.code == "registry-content-damaged"


@pytest.mark.parametrize("by_tag", [True, False])
def test_a_manifest_with_another_digest_is_refused(registry: SmallRegistry, proxy: FaultProxy, by_tag: bool) -> None:
    manifest, contents = image(3)
    with client_of(f"{proxy.address}/a:1") as client:
        digest = push(client, manifest, contents, "1", Silent()).digest
        proxy.fault = only("GET", "manifests", Fault(flip_byte=20))
        if by_tag:  # without a header that says otherwise it is another manifest, and no JSON of one
            with pytest.raises(ScoredockError):
                client.manifest("1")
        else:
            with pytest.raises(ScoredockError) as refused:
                client.resolve(digest)
            assert refused.value.code == "registry-content-damaged"


def test_credentials_stay_with_the_registry(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Blobs come from another host, as those of cloud registries do."""
    folder = tmp_path_factory.mktemp("private")
    blob, contents = blob_of(100_000)
    with (
        real_registry(folder, auth=accounts(folder)) as private,
        fault_proxy(private) as front,
        small_registry() as storage,
        fault_proxy(storage.address) as storage_front,
    ):
        storage.blobs["a", blob.digest] = contents.blobs[blob.digest]
        with client_of(f"{front.address}/a:1", RegistryAccount(front.address, USER, PASSWORD)) as client:
            client.tags()
            front.fault = only("GET", "blobs", Fault(redirect_to=f"http://{storage_front.address}"), 100)
            storage_front.fault = only("GET", "blobs", Fault(cut_answer_after=50_000))
            assert b"".join(client.open_blob(blob)) == contents.blobs[blob.digest]
    assert front.requests[-1].authorization.startswith("Basic ")
    assert [each.authorization for each in storage_front.requests] == ["", ""]


# ---------------------------------------------------------------------------------------------- referrers


@pytest.mark.parametrize("has_referrers", [True, False])
def test_referrers_by_the_api_and_without(registry: SmallRegistry, proxy: FaultProxy, has_referrers: bool) -> None:
    registry.has_referrers = has_referrers
    manifest, contents = image(4)
    empty = contents.add(EMPTY, b"{}")
    with client_of(f"{proxy.address}/a:1") as client:
        subject = descriptor_of(MANIFEST, manifest.to_bytes())
        push(client, manifest, contents, "1", Silent())
        client.push_blob(empty, lambda offset: contents.open(empty, offset), id)
        entries = [
            client.attach(Manifest(empty, (empty,), artifact_type=f"application/{n}", subject=subject)) for n in "abc"
        ]
        assert {each.digest for each in client.referrers(subject.digest)} == {each.digest for each in entries}
        assert [each.digest for each in client.referrers(subject.digest, "application/b")] == [entries[1].digest]
        with pytest.raises(ValueError, match="subject"):
            client.attach(manifest)
    assert (subject.digest.replace(":", "-") in client.tags()) is not has_referrers


def test_two_who_attach_at_the_same_time(registry: SmallRegistry, proxy: FaultProxy) -> None:
    manifest, contents = image(5)
    empty = contents.add(EMPTY, b"{}")
    subject = descriptor_of(MANIFEST, manifest.to_bytes())

    def attach(name: str) -> Descriptor:
        with client_of(f"{proxy.address}/a:1") as client:
            return client.attach(Manifest(empty, (empty,), artifact_type=f"application/{name}", subject=subject))

    with client_of(f"{proxy.address}/a:1") as client:
        push(client, manifest, contents, "1", Silent())
        client.push_blob(empty, lambda offset: contents.open(empty, offset), id)
        others: list[Descriptor] = []

        def meanwhile(method: str, path: str) -> Fault | None:
            if method == "PUT" and "/manifests/sha256-" in path and not others:
                proxy.fault = lambda method, path: None
                others.append(attach("second"))
            return None

        proxy.fault = meanwhile
        own = attach("first")
        assert {each.digest for each in client.referrers(subject.digest)} >= {own.digest}


# ---------------------------------------------------------------------------------------------- giving up


def test_a_cancel_leaves_nothing_tagged(registry: SmallRegistry, proxy: FaultProxy) -> None:
    manifest, contents = image(6, (400_000, 300_000))
    for after in (1, 3, 8, 12):
        cancel = CancelToken()
        proxy.fault = cancelling(cancel, after)
        with client_of(f"{proxy.address}/a:1", cancel=cancel) as client, pytest.raises(ScoredockError) as refused:
            push(client, manifest, contents, "1", Silent())
        assert refused.value.code == "cancelled"
        assert not registry.manifests


@pytest.mark.parametrize("mode", ["silent", "head", "trickle", "slow head"])
@pytest.mark.parametrize("what", ["resolve", "download", "upload"])
def test_a_registry_that_never_ends_can_be_left(mode: str, what: str) -> None:
    cancel = CancelToken()
    blob, contents = blob_of(100_000)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SilentServer(listener, mode)
        client = client_of(f"127.0.0.1:{listener.getsockname()[1]}/a:1", cancel=cancel)
        client._transport._schemes[client.address.registry] = "http"

        def resolve_or_transfer() -> None:
            if what == "resolve":
                client.resolve()
            elif what == "download":
                list(client.open_blob(blob))
            else:
                client.push_blob(blob, lambda offset: contents.open(blob, offset), id)
                client.tags()

        def cancel_when_reached() -> None:
            server.reached.wait(20)
            time.sleep(0.2)
            cancel.cancel()

        threading.Thread(target=cancel_when_reached).start()
        begun = time.monotonic()
        with client, pytest.raises(ScoredockError) as refused:
            resolve_or_transfer()
        server.close()
    assert refused.value.code == "cancelled"
    assert within(time.monotonic() - begun, 3)


def test_a_pause_can_be_cancelled(registry: SmallRegistry, proxy: FaultProxy) -> None:
    cancel = CancelToken()
    proxy.fault = lambda method, path: Fault(status=503, retry_after="50")
    threading.Timer(0.5, cancel.cancel).start()
    begun = time.monotonic()
    with client_of(f"{proxy.address}/a:1", cancel=cancel) as client, pytest.raises(ScoredockError) as refused:
        client.tags()
    assert refused.value.code == "cancelled"
    assert within(time.monotonic() - begun, 5)


def test_silence_ends_in_an_error(registry: SmallRegistry, proxy: FaultProxy) -> None:
    proxy.fault = lambda method, path: Fault(delay_seconds=2)
    limits = replace(QUICK, silence_seconds=0.2, attempts=2)
    with client_of(f"{proxy.address}/a:1", limits=limits) as client, pytest.raises(ScoredockError) as refused:
        client.tags()
    assert refused.value.code == "registry-unreachable"
    assert "time" in refused.value.message


def test_a_source_that_fails_is_no_failure_of_the_registry(registry: SmallRegistry, proxy: FaultProxy) -> None:
    manifest, contents = image(7, (300_000, 300_000))

    class Broken(Contents):
        def open(self, descriptor: Descriptor, offset: int) -> Iterator[bytes]:
            yield contents.blobs[descriptor.digest][:10]
            raise PermissionError(13, "Permission denied", "/models/weights")

    with client_of(f"{proxy.address}/a:1") as client:
        with pytest.raises(PermissionError):
            push(client, manifest, Broken(), "1", Silent())
        blob = replace(manifest.layers[0], size=300_001)
        with pytest.raises(ScoredockError) as refused:
            client.push_blob(blob, lambda offset: contents.open(manifest.layers[0], offset), id)
    assert refused.value.code == "image-push-failed"
    assert not registry.manifests


def test_a_blob_that_is_dropped_before_the_manifest_comes_is_sent_again(
    registry: SmallRegistry, proxy: FaultProxy
) -> None:
    manifest, contents = image(8)

    def fault(method: str, path: str) -> Fault | None:
        if method == "PUT" and "/manifests/" in path:
            proxy.fault = lambda method, path: None
            del registry.blobs["a", manifest.layers[1].digest]
        return None

    proxy.fault = fault
    with client_of(f"{proxy.address}/a:1") as client:
        report = push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
    assert report.sent_bytes == sum(map(len, contents.blobs.values()))
    assert contents.openings[manifest.layers[1].digest] == 2


def test_a_proxy_of_the_environment(
    registry: SmallRegistry, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "daemon.json").write_text('{"insecure-registries": ["registry.invalid"]}')
    monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
    settings = RegistrySettings(daemon_files=(tmp_path / "daemon.json",))
    manifest, contents = image(9)
    with client_of("registry.invalid/a:1", settings=settings) as client:
        push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
    assert all(each.path.startswith("http://registry.invalid/v2/a/") for each in proxy.requests)


def test_a_proxy_is_not_asked_for_this_machine(registry: SmallRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with client_of(f"{registry.address}/a:1") as client:
        assert client.tags() == ()
