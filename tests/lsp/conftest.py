"""Servers over real pipes, with a data folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_lsp import pytest_runtest_call, pytest_runtest_makereport  # noqa: F401 (pytest.ini leaves its plugin out)

import hypothesis_profiles  # noqa: F401
from built_runtime import built_runtime
from lsp.client import Client


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def shared_environments(home: Path, environments: Path) -> None:
    """For tests that deploy, and to which it is all the same who has built the environment."""
    workspace = home / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(environments)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Client]]:
    """Starts servers; all are gone at the end."""
    clients: list[Client] = []

    def begin(**options: Any) -> Client:
        clients.append(Client(home, **options))
        return clients[-1]

    yield begin
    for client in clients:
        client.__exit__()


@pytest.fixture
def client(start: Callable[..., Client], project: Path) -> Client:
    """One server, initialized with the project folder."""
    found = start()
    found.initialize(project)
    return found
