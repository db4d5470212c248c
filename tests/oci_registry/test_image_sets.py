"""Images of several platforms, and what is said of them, to a registry: whatever goes wrong, the tag names what is
complete, or what it named before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.content import CONFIG, INDEX, LAYER_GZIP, MANIFEST, Index, Manifest, Platform, descriptor_of
from scoredock.oci.image_set import EMPTY_CONTENT, ImageSet, artifact
from scoredock.oci.push_image import PushReport, push_set
from scoredock.oci.sources import ImageDocuments
from scoredock.progress import CancelToken, Silent

from oci_registry.fault_proxy import Fault, FaultProxy, fault_proxy
from oci_registry.real_registry import real_registry
from oci_registry.registry_bench import Contents, client_of
from oci_registry.small_registry import SmallRegistry, small_registry

OWN = Platform("linux", "arm64")


@pytest.fixture
def registry() -> Iterator[SmallRegistry]:
    with small_registry() as server:
        yield server


@pytest.fixture
def proxy(registry: SmallRegistry) -> Iterator[FaultProxy]:
    with fault_proxy(registry.address) as server:
        yield server


def images(contents: Contents, seed: int = 1) -> ImageSet:
    """Two images with one layer in common, and an artifact about each."""
    common = contents.add(LAYER_GZIP, b"model" * 1000)
    made = []
    for architecture in ("amd64", "arm64"):
        layer = contents.add(LAYER_GZIP, f"{architecture} {seed}".encode() * 1000)
        config = contents.add(CONFIG, b'{"architecture":"%s","os":"linux"}' % architecture.encode())
        content = Manifest(config, (layer, common)).to_bytes()
        descriptor = replace(descriptor_of(MANIFEST, content), platform=Platform("linux", architecture))
        made.append(ImageDocuments(descriptor, Manifest.from_bytes(content), content))
    contents.add("application/vnd.oci.empty.v1+json", EMPTY_CONTENT)
    said = contents.add("application/vnd.tests", b"said")
    referrers = [artifact(each.descriptor, "application/vnd.tests", said, {"a": "b"}) for each in made]
    return ImageSet.of(made, referrers, {"title": "both"}, OWN)


def test_the_list_has_both_and_counts_each_blob_once(proxy: FaultProxy) -> None:
    contents = Contents()
    both = images(contents)
    assert both.main == 1, "the image of the machine's own platform"
    with client_of(f"{proxy.address}/a:1") as client:
        report = push_set(client, both, contents, "1", Silent())
        assert report == PushReport(both.descriptor.digest, sum(map(len, contents.blobs.values())))
        index = client.manifest("1")
        assert isinstance(index, Index)
        assert [str(each.platform) for each in index.manifests] == ["linux/amd64", "linux/arm64"]
        assert index.annotations == {"title": "both"}
        again = push_set(client, both, contents, "2", Silent())
        assert (again.sent_bytes, again.present_bytes) == (0, report.sent_bytes)
        for each in both.images:
            (entry,) = client.referrers(each.descriptor.digest)
            assert (entry.artifact_type, entry.annotations) == ("application/vnd.tests", {"a": "b"})
    puts = [
        each.path.rpartition("/")[2] for each in proxy.requests if each.method == "PUT" and "manifests" in each.path
    ]
    assert puts[-1] == "2", "the tag comes last"
    assert set(puts[: puts.index("1")]) >= {each.descriptor.digest for each in both.documents}


@pytest.mark.parametrize("part", ["first", "second", "artifact", "list", "blob"])
def test_whatever_is_refused_leaves_the_tag_as_it_was(registry: SmallRegistry, proxy: FaultProxy, part: str) -> None:
    contents = Contents()
    before, after = images(contents), images(contents, seed=2)
    with client_of(f"{proxy.address}/a:1") as client:
        push_set(client, before, contents, "1", Silent())
        refused = {
            "first": f"/manifests/{after.images[0].descriptor.digest}",
            "second": f"/manifests/{after.images[1].descriptor.digest}",
            "artifact": f"/manifests/{after.referrers[1].descriptor.digest}",
            "list": "/manifests/1",
            "blob": "/blobs/uploads/",
        }[part]
        proxy.fault = lambda method, path: Fault(status=400) if method in ("PUT", "POST") and refused in path else None
        with pytest.raises(ScoredockError) as error:
            push_set(client, after, contents, "1", Silent())
        assert error.value.code == "image-push-failed"
        proxy.fault = lambda method, path: None
        assert client.resolve("1")[0].digest == before.descriptor.digest
        push_set(client, after, contents, "1", Silent())
        assert client.resolve("1")[0].digest == after.descriptor.digest


def test_a_cancel_between_the_images(registry: SmallRegistry, proxy: FaultProxy) -> None:
    contents, cancel = Contents(), CancelToken()
    both = images(contents)

    def fault(method: str, path: str) -> Fault | None:
        if method == "PUT" and "/manifests/" in path:
            cancel.cancel()
        return None

    proxy.fault = fault
    with client_of(f"{proxy.address}/a:1", cancel=cancel) as client, pytest.raises(ScoredockError) as ended:
        push_set(client, both, contents, "1", Silent())
    assert ended.value.code == "cancelled"
    assert ("a", "1") not in registry.manifests


def test_blobs_that_were_collected_meanwhile_are_sent_again(registry: SmallRegistry, proxy: FaultProxy) -> None:
    contents = Contents()
    both = images(contents)
    dropped: list[str] = []

    def fault(method: str, path: str) -> Fault | None:
        if method == "PUT" and "/manifests/" in path and not dropped:
            layer = both.images[1].manifest.layers[0].digest
            dropped.append(layer)
            del registry.blobs["a", layer]
        return None

    proxy.fault = fault
    with client_of(f"{proxy.address}/a:1") as client:
        report = push_set(client, both, contents, "1", Silent())
        assert report.sent_bytes == sum(map(len, contents.blobs.values()))
        assert client.resolve("1")[0] == replace(both.descriptor, media_type=INDEX)
    assert dropped


def test_debians_registry_takes_a_list_after_its_images(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It refuses one whose images it has not."""
    contents = Contents()
    both = images(contents)
    with real_registry(tmp_path_factory.mktemp("registry")) as address, client_of(f"{address}/a:1") as client:
        with pytest.raises(ScoredockError):
            client.push_manifest(both.content, INDEX, "1")
        push_set(client, both, contents, "1", Silent())
        assert client.resolve("1")[1] == both.content
