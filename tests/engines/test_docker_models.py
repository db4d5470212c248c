"""Models of services in containers: volumes that are shared, whole and read-only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers import objects
from scoredock.engines.docker.identity import MODEL, ROLE_FILL, labels
from scoredock.engines.docker.models import volume_of
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import docker_daemon
from engines.contained_calls import READ, model, score


def test_models_are_where_scripts_expect_them_and_read_only(contained: Any, tmp_path: Path) -> None:
    iris = model(tmp_path / "blobs")
    folder = "/var/azureml-app/azureml-models/iris/1"
    handle = contained.healthy(READ, models=(iris,), model_dir=folder)
    assert score(contained.engine.observe(handle).port) == ["weights", ["deep", "empty"], False, folder]


def test_a_model_is_sent_once_and_goes_with_its_last_user(contained: Any, tmp_path: Path) -> None:
    iris = model(tmp_path / "blobs", content=os.urandom(64))
    first = contained.healthy(name="first", models=(iris,))
    iris.files[0][1].unlink()  # it cannot be sent again
    second = contained.healthy(name="second", models=(iris,))
    contained.engine.remove(first)
    known = [each["Name"] for each in docker_daemon.docker().api.volumes()["Volumes"]]
    assert volume_of(iris) in known
    contained.engine.remove(second)
    known = [each["Name"] for each in docker_daemon.docker().api.volumes()["Volumes"] or []]
    assert not [name for name in known if name.startswith(volume_of(iris))]


def test_a_damaged_model_is_never_served(contained: Any, tmp_path: Path) -> None:
    iris = model(tmp_path / "blobs", content=os.urandom(64))
    iris.files[0][1].write_bytes(b"x" * 64)
    with pytest.raises(ScoredockError) as damaged:
        contained.start(models=(iris,))
    assert damaged.value.code == "model-damaged"
    known = [each["Name"] for each in docker_daemon.docker().api.volumes()["Volumes"] or []]
    assert not [name for name in known if name.startswith(volume_of(iris))]
    docker_daemon.require_nothing_of(contained.owner)


@pytest.mark.chance
def test_half_a_model_is_made_anew(contained: Any, tmp_path: Path) -> None:
    text = secrets.token_hex(8)
    iris = model(tmp_path / "blobs", content=text.encode())
    # As a filling that was killed leaves it: the volume without its sign.
    docker_daemon.docker().api.create_volume(
        volume_of(iris), labels={"com.scoredock.role": "model", "com.scoredock.model": iris.key}
    )
    folder = "/var/azureml-app/azureml-models/iris/1"
    handle = contained.healthy(READ, models=(iris,), model_dir=folder)
    assert score(contained.engine.observe(handle).port)[0] == text


def test_a_cancelled_transfer_leaves_nothing(contained: Any, tmp_path: Path) -> None:
    cancel = CancelToken()

    class Impatient(Silent):
        def report(self, message: str, percentage: int | None = None) -> None:
            if percentage is not None:
                cancel.cancel()

    iris = model(tmp_path / "blobs", content=os.urandom(8 << 20))
    with pytest.raises(ScoredockError) as cancelled:
        contained.engine.start(contained.launch(models=(iris,)), Impatient(), cancel)
    assert cancelled.value.code == "cancelled"
    docker_daemon.require_nothing_of(contained.owner)
    known = [each["Name"] for each in docker_daemon.docker().api.volumes()["Volumes"] or []]
    assert not [name for name in known if name.startswith(volume_of(iris))]


@pytest.mark.chance
def test_a_sweep_takes_its_own_helpers_only(contained: Any, tmp_path: Path) -> None:
    """Another account, or one with another folder for temporary files, holds other locks on this daemon."""
    docker = docker_daemon.docker()

    def helper(owner: Path) -> str:
        owner.mkdir(parents=True, exist_ok=True)
        name = f"scoredock-fill-{'0' * 8}-{secrets.token_hex(4)}"
        config = {"Image": contained.image, "Cmd": ["true"], "Labels": labels(owner, name, ROLE_FILL) | {MODEL: name}}
        return objects.create(docker, name, config)

    theirs, left = helper(tmp_path / "theirs"), helper(contained.owner)
    try:
        contained.engine.sweep(str(contained.owner), lambda _: True)
        assert objects.inspect(docker, left) is None
        assert objects.inspect(docker, theirs) is not None
    finally:
        objects.remove_container(docker, theirs)
