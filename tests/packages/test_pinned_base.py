"""A folder names its base by digest, and begins from what the service ran on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.containers.image_calls import Login
from scoredock.images.base_images import pinned_reference
from scoredock.packaging.image import installed_in
from scoredock.progress import CancelToken, Silent
from scoredock.services.packaging.service_package import Packaged, PackageRequest, package_folder

from docker_daemon import BASE, docker
from private_registry import PASSWORD, USER, private_registry

from .conftest import ACCOUNT, Shop

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def pushed(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Name of the base image in a registry, as the daemon has it after a push, and its digest there."""
    with private_registry(tmp_path_factory.mktemp("registry")) as registry:
        name = f"{registry.address}/team/base"
        image_calls.tag(docker(), BASE, name, "12")
        login = Login(registry.address, USER, PASSWORD)
        digest = image_calls.push(docker(), f"{name}:12", login, Silent(), CancelToken())
        yield f"{name}:12", digest
        image_calls.remove(docker(), f"{name}:12")


def dockerfile(made: Packaged) -> list[str]:
    assert made.folder is not None
    return (made.folder / "Dockerfile").read_text().splitlines()


def test_a_base_that_a_registry_has_is_named_by_its_digest(shop: Shop, pushed: tuple[str, str], tmp_path: Path) -> None:
    name, digest = pushed
    made = shop.package(tmp_path / "out", name)
    assert f"FROM {name}@{digest}" in dockerfile(made)
    assert made.base_image == name
    assert not any("named by its tag alone" in note for note in made.notes)
    bill = json.loads((tmp_path / "out" / "sbom.cdx.json").read_text())
    (base,) = [each for each in bill["components"] if each["type"] == "container"]
    assert base["hashes"] == [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]
    assert pinned_reference(docker(), f"{name}@{digest}") == f"{name}@{digest}"


def test_a_base_that_was_built_here_has_none_and_that_is_told(shop: Shop, tmp_path: Path) -> None:
    made = shop.package(tmp_path / "out", BASE)
    assert f"FROM {BASE}" in dockerfile(made)
    assert any(f"{BASE} is named by its tag alone" in note for note in made.notes)


def test_an_image_that_nobody_has_stays_as_it_is_named() -> None:
    assert pinned_reference(docker(), "127.0.0.1:1/team/none:3") == "127.0.0.1:1/team/none:3"


def test_the_folder_of_a_service_in_a_container_has_its_base_and_packages(shop: Shop, tmp_path: Path) -> None:
    shop.deployments.deploy(replace(shop.wanted, name="on-a-base", engine="docker"))
    try:
        revision = shop.deployments.ledger.require("on-a-base").current
        assert revision is not None
        image = shop.deployments.images.existing(revision.environment_key)
        assert image is not None
        request = PackageRequest(service="on-a-base", name=shop.name, label="based")
        made = package_folder(
            shop.deployments,
            request,
            tmp_path / "out",
            account=ACCOUNT,
            base_image="",
            progress=Silent(),
            cancel=CancelToken(),
        )
        lock, licences = installed_in(docker(), image.id)
    finally:
        shop.deployments.delete("on-a-base")
    assert made.base_image == image.base == BASE
    assert f"FROM {BASE}" in dockerfile(made)
    ran = {line.split(" ")[0] for line in lock.splitlines() if "==" in line} - {""}
    packed = {line.split(" ")[0] for line in (tmp_path / "out" / "requirements.txt").read_text().splitlines()}
    assert {each for each in ran if not each.startswith("scoredock")} <= packed
    assert licences["h11"] == "MIT"
