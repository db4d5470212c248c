"""Images that Docker has are the very images that are made without it, and it is sent what it lacks alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import image_calls, image_files
from scoredock.containers.layer import Layer
from scoredock.errors import ScoredockError
from scoredock.images import daemon_store
from scoredock.images.daemon_store import DaemonStore
from scoredock.packaging.package import Packaged
from scoredock.progress import CancelToken, Silent
from scoredock.services.packaging.content_package import ImageTarget, package_content
from scoredock.services.packaging.service_package import PackageRequest

from docker_daemon import base_image, base_of_its_own, docker, docker_host
from oci_registry.real_registry import real_registry
from packages.conftest import ACCOUNT, Shop, new_name, opened
from packages.test_contents import remove_all_on

SMALL = 100_000
"""Bytes of what a changed script may send."""


@dataclass
class Sent:
    """What went to Docker."""

    sizes: list[int] = field(default_factory=list)
    """Bytes of each archive."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the daemon is given; it is given all of it."""
    counted = Sent()

    def load(docker: Any, archive: Iterator[bytes], *others: Any) -> None:
        counted.sizes.append(0)

        def blocks() -> Iterator[bytes]:
            for block in archive:
                counted.sizes[-1] += len(block)
                yield block

        image_files.load(docker, blocks(), *others)

    monkeypatch.setattr(daemon_store, "load", load)
    return counted


def described(image: str) -> dict[str, Any]:
    return dict(image_calls.look(docker(), image) or {})


def changed(shop: Shop, folder: Path, line: str) -> Packaged:
    """A package whose script has one more line."""
    folder.mkdir()
    (folder / "score.py").write_text(f"{(shop.folder / 'src' / 'score.py').read_text()}\n# {line}\n")
    wanted = replace(shop.wanted, entry_script=str(folder / "score.py"), source_directory=str(folder))
    return shop.image("changed", deploy=wanted)


def test_it_is_the_image_that_is_made_without_docker(tmp_path: Path) -> None:
    name = new_name()
    with real_registry(tmp_path / "registry") as address:
        base = f"{address}/base/python:1"
        docker().api.tag(base_image(), f"{address}/base/python", "1")
        try:
            subprocess.run(["docker", "-H", docker_host(), "push", "--quiet", base], check=True, capture_output=True)
            with opened(tmp_path / "one", base, name) as shop:
                ready = shop.image("1")
            with opened(tmp_path / "two", base, name) as other:
                request = PackageRequest(deploy=other.wanted, name=name, label="1")
                layout = tmp_path / "layout"
                target = ImageTarget(to=[f"oci:{layout}"])
                made = package_content(
                    other.deployments, request, target, account=ACCOUNT, progress=Silent(), cancel=CancelToken()
                )
        finally:
            docker().api.remove_image(base, noprune=True)
    manifest = json.loads((layout / "blobs" / "sha256" / made.digest.removeprefix("sha256:")).read_text())
    assert ready.image_id == manifest["config"]["digest"]


def test_a_changed_script_sends_one_small_layer(shop: Shop, ready: Packaged, sent: Sent, tmp_path: Path) -> None:
    before = described(ready.name.reference)["RootFS"]["Layers"]
    made = changed(shop, tmp_path / "src", "another line")
    (size,) = sent.sizes
    assert size < SMALL
    after = described(made.image_id)["RootFS"]["Layers"]
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]


def test_what_docker_has_not_is_sent_once(shop: Shop, sent: Sent, tmp_path: Path) -> None:
    """On a base that nothing of ours lies on, of one layer as well."""
    with base_of_its_own(docker()) as base, opened(tmp_path, base, new_name()) as own:
        own.image("1")
        assert len(sent.sizes) == 1
        remove_all_on(base)


def test_only_the_newest_of_a_name_is_kept(shop: Shop, ready: Packaged, tmp_path: Path) -> None:
    first = changed(shop, tmp_path / "one", "one")
    second = changed(shop, tmp_path / "two", "two")
    assert first.image_id != second.image_id
    assert described(first.image_id) == {}
    assert described(second.name.reference)["Id"] == second.image_id
    assert described(ready.image_id) != {}


@pytest.mark.parametrize("labels", [{}, {image_calls.ROLE: "package"}], ids=["plain", "made from a package"])
def test_an_image_of_somebody_else_only_loses_its_name(
    shop: Shop, ready: Packaged, labels: dict[str, str], tmp_path: Path
) -> None:
    repository, _, tag = changed(shop, tmp_path / "name", "a name").name.reference.partition(":")
    with Layer(docker(), ready.image_id, shop.name) as layer:
        theirs = layer.commit(repository, tag, {"Labels": labels, "Env": [f"OWN={shop.name}"]}, "by hand")
    try:
        made = changed(shop, tmp_path / "src", f"for {labels}")
        assert described(made.name.reference)["Id"] == made.image_id
        assert described(theirs) != {}
    finally:
        image_calls.remove(docker(), theirs)


def test_an_image_that_had_the_layers_goes_meanwhile(
    shop: Shop, ready: Packaged, sent: Sent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Docker is believed to have all but the uppermost layer of a model that it never saw."""
    (tmp_path / "factor.txt").write_text("12")
    model = shop.registry.register([tmp_path / "factor.txt"], "factor")

    def present(store: DaemonStore, reference: str, config: bytes) -> int:
        return len(json.loads(config)["rootfs"]["diff_ids"]) - 1

    monkeypatch.setattr(DaemonStore, "_present", present)
    made = shop.image("raced", deploy=replace(shop.wanted, models=(model.id,)))
    assert len(sent.sizes) == 2
    assert sent.sizes[0] < sent.sizes[1]
    assert described(made.name.reference)["Id"] == made.image_id


@pytest.mark.long("few daemons are so old")
def test_a_daemon_that_takes_whole_images_only_gets_the_same_one(
    shop: Shop, ready: Packaged, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DaemonStore, "_takes_parts", lambda _: False)
    made = shop.image("whole")
    assert made.image_id == ready.image_id
    (size,) = sent.sizes
    assert size > 10_000_000, "the base is in it"


def test_damaged_bytes_make_no_image(shop: Shop, ready: Packaged, tmp_path: Path) -> None:
    (tmp_path / "factor.txt").write_text(f"damaged {shop.name}")
    model = shop.registry.register([tmp_path / "factor.txt"], "damaged")
    path = shop.registry.blobs.path(model.files[0].sha256)
    path.chmod(0o644)
    path.write_bytes(b"!" * path.stat().st_size)
    with pytest.raises(ScoredockError) as refused:
        shop.image("damaged", deploy=replace(shop.wanted, models=(model.id,)))
    assert refused.value.code == "model-damaged"
    assert described(f"{shop.name}:damaged") == {}
