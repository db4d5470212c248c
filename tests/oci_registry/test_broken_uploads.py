"""Pushes over connections that break at random: afterwards the tag is complete or absent, never wrong."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.push_image import push
from scoredock.progress import Silent

import depth
from oci_registry.fault_proxy import Fault, FaultProxy, ProxiedRequest, fault_proxy
from oci_registry.real_registry import real_registry
from oci_registry.registry_bench import client_of, image, require_complete
from oci_registry.small_registry import SmallRegistry, small_registry

CHUNK = 40_000


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def random_faults(chance: random.Random) -> Callable[[str, str], Fault | None]:
    """A fault in every fourth request or so, and in some pushes in nearly all of them."""
    frequency = chance.choice((0.1, 0.25, 0.4, 0.9))

    def fault(method: str, path: str) -> Fault | None:
        if chance.random() > frequency:
            return None
        kinds = [
            Fault(status=chance.choice((500, 502, 503, 504))),
            Fault(status=429, retry_after="0"),
            Fault(delay_seconds=0.01),
            Fault(cut_answer_after=0),
        ]
        if method in ("PATCH", "PUT"):
            kinds += [Fault(cut_request_after=chance.randrange(0, 60_000)) for _ in range(4)]
        return chance.choice(kinds)

    return fault


def push_over(upstream: str, seed: int, repository: str) -> tuple[FaultProxy, bool]:
    """One push through faults, and whether it said that it succeeded; the tag is complete or absent."""
    chance = random.Random(seed)
    manifest, contents = image(seed, (CHUNK * 4 + 123, CHUNK, 70_001, 0, 10))
    succeeded = False
    with fault_proxy(upstream) as proxy:
        proxy.fault = random_faults(chance)
        try:
            with client_of(f"{proxy.address}/{repository}:1") as client:
                report = push(client, manifest, contents, "1", Silent())
                succeeded = report.digest == client.resolve()[0].digest
        except ScoredockError as error:
            if error.code not in ("registry-unreachable", "image-push-failed", "registry-busy", "image-pull-failed"):
                raise
    with client_of(f"{upstream}/{repository}:1") as client:
        if succeeded or "1" in client.tags():
            require_complete(client, "1", manifest, contents)
        else:
            with pytest.raises(ScoredockError) as refused:
                client.resolve()
            assert refused.value.details["status"] == "404"
    return proxy, succeeded


@pytest.mark.chance
def test_a_push_to_debians_registry_is_complete_or_absent(real: str) -> None:
    successes = 0
    for turn in range(depth.rounds(gate=10, long=150)):
        successes += push_over(real, depth.SEED + turn, f"broken/real{turn}")[1]
    assert successes


@pytest.mark.chance
@pytest.mark.parametrize("keeps_partial_chunks", [True, False])
def test_a_push_is_complete_or_absent_and_sends_again_only_what_was_cut(keeps_partial_chunks: bool) -> None:
    successes = 0
    for turn in range(depth.rounds(gate=5, long=75)):
        with small_registry() as registry:
            registry.keeps_partial_chunks = keeps_partial_chunks
            proxy, succeeded = push_over(registry.address, depth.SEED + 1000 + turn, f"broken/small{turn}")
            require_nothing_sent_twice(proxy.requests)
            successes += succeeded
            require_ordered(registry)
    assert successes


def require_nothing_sent_twice(requests: list[ProxiedRequest]) -> None:
    """Within one upload each chunk begins where the registry had come to, so what is sent again is one chunk."""
    reached: dict[str, int] = defaultdict(int)
    for each in requests:
        if each.method == "PATCH":
            upload = each.path.partition("?")[0]
            begin = int(each.content_range.partition("-")[0])
            assert reached[upload] - begin <= CHUNK, (each, reached[upload])
            reached[upload] = max(reached[upload], begin + each.body_bytes)


def require_ordered(registry: SmallRegistry) -> None:
    """The registry took no byte of an upload twice, but for those it dropped itself."""
    ends: dict[str, int] = defaultdict(int)
    for id, begin, length in registry.chunks:
        assert begin <= ends[id] if not registry.keeps_partial_chunks else begin == ends[id]
        ends[id] = begin + length
