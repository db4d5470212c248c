"""Saved to a file, pushed to a registry with a password, got back; and nothing left when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from scoredock.containers import image_calls
from scoredock.containers.connection import DockerSettings
from scoredock.context import Context, Operation
from scoredock.contrib.exports.messages import ExportOptions, PackageExportParams
from scoredock.contrib.exports.verbs import packages as exporting
from scoredock.errors import ScoredockError
from scoredock.features.images import packages
from scoredock.packaging.transfer import container_registry, pull, push, save
from scoredock.progress import CancelToken, Silent
from scoredock.protocol import messages
from scoredock.services.deployments import Deployments
from scoredock.services.packaging.service_package import Packaged, PackageRequest, package_image
from scoredock.settings import Values

from docker_daemon import docker, docker_host, missing
from private_registry import PASSWORD, USER, private_registry

from .conftest import ACCOUNT, Shop

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Store:
    """A registry that asks for a password."""

    address: str

    @property
    def login(self) -> image_calls.Login:
        return image_calls.Login(self.address, USER, PASSWORD)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with private_registry(tmp_path_factory.mktemp("registry")) as made:
        yield Store(made.address)


@pytest.fixture
def sent(shop: Shop, ready: Packaged, store: Store) -> Iterator[str]:
    """The ready image under a name of the registry."""
    reference = f"{store.address}/team/{shop.name}:1"
    docker().api.tag(ready.name.reference, f"{store.address}/team/{shop.name}", "1")
    yield reference
    image_calls.remove(docker(), reference)


@pytest.mark.long("tests/images/test_registries.py pushes and pulls at the gate")
def test_pushed_and_got_back(ready: Packaged, sent: str, store: Store) -> None:
    digest = push(docker(), sent, store.login, Silent(), CancelToken())
    assert digest.startswith("sha256:")
    image_calls.remove(docker(), sent)
    assert image_calls.look(docker(), sent) is None
    assert pull(docker(), sent, store.login, Silent(), CancelToken()) == ready.image_id


def test_without_the_password_the_registry_refuses(sent: str, store: Store) -> None:
    for login in (None, replace(store.login, password="wrong")):
        for verb in (push, pull):
            with pytest.raises(ScoredockError) as refused:
                verb(docker(), sent, login, Silent(), CancelToken())
            assert refused.value.code == "registry-refused"
            assert "wrong" not in str(refused.value) + str(refused.value.details)


def test_a_registry_that_is_not_there(ready: Packaged, shop: Shop) -> None:
    reference = f"127.0.0.1:9/{shop.name}:1"
    docker().api.tag(ready.name.reference, f"127.0.0.1:9/{shop.name}", "1")
    try:
        with pytest.raises(ScoredockError) as refused:
            push(docker(), reference, None, Silent(), CancelToken())
        assert refused.value.code == "image-push-failed"
    finally:
        image_calls.remove(docker(), reference)


def test_a_name_without_a_registry_cannot_be_pushed() -> None:
    with pytest.raises(ScoredockError) as refused:
        push(docker(), "package:1", None, Silent(), CancelToken())
    assert refused.value.code == "package-name-invalid"


def test_the_registry_of_an_image_is_told_without_a_password() -> None:
    known = {"registry.example.com:5000": "ci"}
    found = container_registry("registry.example.com:5000/team/a:1", lambda address: known.get(address, ""))
    assert (found.address, found.username) == ("registry.example.com:5000", "ci")
    assert container_registry("package:1").address == "docker.io"


class Cancelling(Silent):
    """Cancels when told of a step."""

    def __init__(self, token: CancelToken, step: str) -> None:
        self.token, self.step = token, step

    def report(self, message: str, percentage: int | None = None) -> None:
        if message.startswith(self.step):
            self.token.cancel()


def test_a_cancelled_save_leaves_nothing(ready: Packaged, tmp_path: Path) -> None:
    token = CancelToken()
    with pytest.raises(ScoredockError) as refused:
        save(docker(), ready.name.reference, tmp_path / "image.tar", Cancelling(token, "Saved"), token)
    assert refused.value.code == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(ready: Packaged, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=False).returncode
    ):
        missing("the right to mount a small disk")
    try:
        with pytest.raises(ScoredockError) as refused:
            save(docker(), ready.name.reference, small / "image.tar", Silent(), CancelToken())
        assert refused.value.code == "disk-full"
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_file_is_not_overwritten_and_an_image_must_exist(ready: Packaged, tmp_path: Path) -> None:
    (tmp_path / "mine.tar").write_text("mine")
    for reference, target, code in (
        (ready.name.reference, tmp_path / "mine.tar", "package-target-not-empty"),
        (ready.name.reference, tmp_path / "none" / "a.tar", "file-not-found"),
        ("scoredock-no-such-image:1", tmp_path / "a.tar", "image-missing"),
    ):
        with pytest.raises(ScoredockError) as refused:
            save(docker(), reference, target, Silent(), CancelToken())
        assert refused.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tar"]
    assert (tmp_path / "mine.tar").read_text() == "mine"


def names(shop: Shop) -> set[str]:
    found = docker().api.images(filters={"reference": f"{shop.name}*"})
    return {tag for image in found for tag in image["RepoTags"] or ()}


@pytest.mark.parametrize("step", ["Checking", "Adding the code"])
def test_a_cancelled_package_leaves_no_image_and_no_record(shop: Shop, ready: Packaged, step: str) -> None:
    before, records = names(shop), len(shop.registry.assets.numbers("image"))
    token = CancelToken()
    request = PackageRequest(deploy=shop.wanted, name=shop.name, label="cancelled")
    with pytest.raises(ScoredockError) as refused:
        package_image(shop.deployments, request, account=ACCOUNT, progress=Cancelling(token, step), cancel=token)
    assert refused.value.code == "cancelled"
    assert names(shop) == before
    assert len(shop.registry.assets.numbers("image")) == records
    assert not docker().api.containers(all=True, filters={"ancestor": ready.image_id})


def test_without_docker_there_is_no_image(shop: Shop) -> None:
    settings = replace(shop.deployments.settings, docker=DockerSettings("unix:///nowhere/docker.sock"))
    alone = Deployments(shop.registry, settings=settings)
    request = PackageRequest(deploy=shop.wanted, name=shop.name, label="none")
    with pytest.raises(ScoredockError) as refused:
        package_image(alone, request, account=ACCOUNT, progress=Silent(), cancel=CancelToken())
    assert refused.value.code == "docker-unavailable"


@pytest.fixture
def context(shop: Shop) -> Context:
    values = Values({"scoredock.docker.host": docker_host()}, {})
    return Context(values, home=shop.registry.folder.parent.parent)


def test_what_v1_said_of_the_other_kind(ready: Packaged, folder: Packaged, context: Context, tmp_path: Path) -> None:
    with pytest.raises(ScoredockError) as refused:
        packages.pull(messages.PackageImageParams(str(folder.folder)), context, Operation())
    assert refused.value.message == "A Dockerfile package cannot be pulled. Use save() instead."
    with pytest.raises(ScoredockError) as refused:
        packages.save(messages.PackageSaveParams(ready.record, str(tmp_path)), context, Operation())
    assert refused.value.message == "Docker images cannot be saved to a local directory. Use pull() instead."


def test_a_record_is_exported_with_what_the_image_says(ready: Packaged, context: Context, tmp_path: Path) -> None:
    target = tmp_path / "group.yaml"
    options = ExportOptions(cpu=2)
    params = PackageExportParams(ready.record, "container-instances", str(target), options=options)
    made = exporting.export(params, context, Operation())
    assert made.fill_in == []
    assert f"image: {ready.name.reference}" in target.read_text()
    assert "cpu: 2" in target.read_text()
    with pytest.raises(ScoredockError) as refused:
        exporting.export(PackageExportParams(ready.record, "iot-edge", str(target)), context, Operation())
    assert refused.value.code == "package-target-not-empty"


def test_the_registry_by_the_record(ready: Packaged, context: Context) -> None:
    found = packages.registry(messages.PackageImageParams(ready.record), context, Operation())
    assert found.address == "docker.io"
    assert found.login[-1] == "--password-stdin"
