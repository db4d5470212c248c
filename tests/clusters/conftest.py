"""The cluster of tests/cluster, seen by `scoredock.clusters`; kubeconfig files; an API server that says what it is
made to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from scoredock import confirmations
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.kubeconfig import select
from scoredock.clusters.login_facts import login_facts, place_key
from scoredock.clusters.rights import role
from scoredock.clusters.target import ClusterPlace
from scoredock.data_folder import use_home

import hypothesis_profiles  # noqa: F401
from cluster.conftest import archive, image  # noqa: F401 (fixtures)
from cluster.credentials import write_config
from cluster.running import Cluster as RealCluster

from .scripted import ScriptedApi


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ScriptedApi]:
    with ScriptedApi() as running:
        yield running


@pytest.fixture
def connected(shared_cluster: RealCluster, namespace: str, tmp_path: Path) -> Cluster:
    """With the rights of `rights.role` and no others."""
    rules = next(
        each for each in yaml.safe_load_all(role(ClusterPlace("", namespace), "own")) if each["kind"] == "Role"
    )
    file = shared_cluster.role_config(namespace, yaml.safe_dump(rules), tmp_path)
    return connect(ClusterPlace(shared_cluster.context, namespace, str(file)))


@pytest.fixture
def as_admin(shared_cluster: RealCluster, namespace: str) -> Cluster:
    return connect(ClusterPlace(shared_cluster.context, namespace, str(shared_cluster.kubeconfig)))


MakePlace = Callable[..., ClusterPlace]


@pytest.fixture
def to_api(api: ScriptedApi, tmp_path: Path) -> MakePlace:
    """A place at the scripted server, of a new kubeconfig with this user."""

    def make(user: dict[str, Any] | None = None, **of_cluster: Any) -> ClusterPlace:
        file = tmp_path / "scripted.conf"
        file.unlink(missing_ok=True)
        write_config(file, "scripted", {"server": api.address, **of_cluster}, user or {})
        return confirmed_place(ClusterPlace("scripted", "team", str(file)))

    return make


def confirmed_place(place: ClusterPlace) -> ClusterPlace:
    """As if a person had confirmed what it runs."""
    key = place_key(place)
    confirmations.confirm(key, login_facts(select(place), confirmations.confirmed_facts(key)))
    return place


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Path:
    """A data folder of each test, with what it confirms."""
    use_home(tmp_path / "home")
    return tmp_path / "home"
