"""A wheelhouse that is made once, and caches of environments that tests may have for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.progress import CancelToken, Silent


@dataclass
class Told:
    """Progress that remembers."""

    messages: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def report(self, message: str, percentage: int | None = None) -> None:
        self.messages.append(message)

    def output(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runtime's wheel, built from this checkout."""
    return runtime_source().wheel(tmp_path_factory.mktemp("wheels"), Silent(), CancelToken()).parent


@pytest.fixture
def cache(tmp_path: Path, wheelhouse: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EnvironmentCache]:
    monkeypatch.setenv(VARIABLE, str(wheelhouse))
    made = EnvironmentCache(tmp_path / "environments", EnvironmentSettings())
    yield made
    if made.root.is_dir():
        assert [entry.name for entry in made.root.iterdir() if entry.name.startswith(".building")] == []
