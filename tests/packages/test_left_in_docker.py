"""What a workspace has put into Docker goes with its images, and nothing of anybody else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.containers.image_calls import look
from scoredock.containers.networks import CLOSED, ensure_closed

from docker_daemon import base_image, docker, docker_host
from pace import patience
from packages.conftest import Shop, new_name, opened

pytestmark = pytest.mark.docker


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path / "own", base_image(), new_name()) as shop:
        yield shop


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Shop]:
    """A workspace of the same name in another data folder."""
    with opened(tmp_path / "other", base_image(), new_name()) as shop:
        yield shop


def run(shop: Shop, *words: str) -> subprocess.CompletedProcess[str]:
    home = str(shop.folder / "home")
    return subprocess.run(
        [sys.executable, "-m", "scoredock.cli", *words],
        env={**os.environ, "LC_ALL": "C.UTF-8", "SCOREDOCK_HOME": home, "DOCKER_HOST": docker_host()},
        capture_output=True,
        text=True,
        timeout=patience(120),
    )


def answer(shop: Shop, *words: str) -> Any:
    done = run(shop, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def is_there(reference: str) -> bool:
    return look(docker(), reference) is not None


@pytest.fixture
def container() -> Iterator[list[str]]:
    """Ids of containers that are removed at the end."""
    ids: list[str] = []
    yield ids
    for each in ids:
        docker().api.remove_container(each, force=True)


def test_a_deleted_package_goes_from_docker_and_those_of_others_stay(own: Shop, other: Shop) -> None:
    first, theirs = own.image("1"), other.image("1")
    second = own.image("2")
    docker().api.tag(first.image_id, f"{own.name}-kept", "mine")
    done = run(own, "image", "delete", first.record)
    assert done.returncode == 0, done.stderr
    assert f"Removed {first.name.reference} from Docker" in done.stdout + done.stderr
    assert not is_there(first.name.reference)
    assert is_there(f"{own.name}-kept:mine"), "a name that a person gave"
    assert answer(own, "workspace", "gc", "--dry-run")["docker"] in ([], [CLOSED])
    assert is_there(theirs.name.reference)
    assert is_there(second.name.reference)


def test_an_image_in_a_container_is_told_and_goes_when_that_is_gone(own: Shop, container: list[str]) -> None:
    packaged = own.image("1")
    reference = packaged.name.reference
    container.append(docker().api.create_container(reference, name=f"{own.name}-user")["Id"])
    done = run(own, "image", "delete", packaged.record)
    assert done.returncode == 0, done.stderr
    assert f"Docker keeps {reference} ({own.name}-user)" in done.stdout + done.stderr
    kept = answer(own, "workspace", "gc")
    assert (reference in kept["docker"], kept["dockerInUse"]) == (False, [f"{reference} ({own.name}-user)"])
    docker().api.remove_container(container.pop())
    would = answer(own, "workspace", "gc", "--dry-run")
    assert (reference in would["docker"], is_there(reference)) == (True, True)
    assert reference in answer(own, "workspace", "gc")["docker"]
    assert not is_there(reference)


def test_what_somebody_else_has_put_under_the_name_stays(own: Shop, other: Shop) -> None:
    packaged = own.image("1")
    reference = packaged.name.reference
    (other.folder / "src" / "more.py").write_text("THEIRS = True\n")
    theirs = other.image("1")
    docker().api.remove_image(reference)
    docker().api.tag(theirs.image_id, own.name, "1")
    answer(own, "image", "delete", packaged.record)
    answer(own, "workspace", "gc")
    assert (look(docker(), reference) or {})["Id"] == theirs.image_id


def test_the_network_of_closed_services_stays_while_a_container_has_it(own: Shop, container: list[str]) -> None:
    """One that was made and does not run counts: it could not start again without."""
    ensure_closed(docker())
    api = docker().api
    holder = api.create_container(
        base_image(), command=["true"], host_config=api.create_host_config(network_mode=CLOSED)
    )
    container.append(holder["Id"])
    assert CLOSED not in answer(own, "workspace", "gc")["docker"]
    assert api.networks(names=[CLOSED])
    api.start(holder["Id"])
    assert api.wait(holder["Id"])["StatusCode"] == 0
