"""A registry in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry

import hypothesis_profiles  # noqa: F401
from bounded import bounded_memory


@pytest.fixture(autouse=True, scope="module")
def limits() -> Iterator[None]:
    """What is made to look like an archive, a pickle or a backup is read in this very process."""
    with bounded_memory():
        yield


@pytest.fixture(scope="session")
def new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as it is made; copying it costs a tenth of making one."""
    registry = Registry(tmp_path_factory.mktemp("new") / "workspace")
    registry.store.close()
    return registry.folder


@pytest.fixture
def registry(new_workspace: Path, tmp_path: Path) -> Iterator[Registry]:
    shutil.copytree(new_workspace, tmp_path / "workspace")
    registry = Registry(tmp_path / "workspace")
    yield registry
    registry.store.close()


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "model.pkl"
    path.parent.mkdir()
    path.write_bytes(b"weights" * 1000)
    return path


@pytest.fixture
def refused() -> Callable[..., ScoredockError]:
    """`refused(code, call, *arguments)` gives the error, which must have this code and be worth reading."""

    def check(code: str, call: Callable[..., object], *arguments: object, **named: object) -> ScoredockError:
        with pytest.raises(ScoredockError) as caught:
            call(*arguments, **named)
        error = caught.value
        assert error.code == code, error
        assert error.message.endswith(".")
        assert "\n" not in error.message
        assert error.fix
        return error

    return check
