"""The engines of this machine, made when they are first asked for: some need more than this program."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from importlib import import_module

from scoredock import l10n
from scoredock.containers.settings import DockerSettings
from scoredock.engine_table import ENGINES, Ability, engine_kind
from scoredock.engines.base import Engine
from scoredock.errors import DockerUnavailable, ScoredockError


class Engines(Mapping[str, Engine]):
    """Engines by name, in the order of their table. Asking for names makes none. Thread-safe."""

    def __init__(self, docker: DockerSettings) -> None:
        self._docker = docker
        self._made: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Engine:
        with self._lock:
            if name not in self._made:
                folder = ENGINES[name].name.replace("-", "_")
                self._made[name] = import_module(f"scoredock.engines.{folder}.engine").new_engine(self._docker)
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENGINES)

    def __len__(self) -> int:
        return len(ENGINES)


def require_ready(engine: Engine, ability: Ability | None = None) -> None:
    """Raises ScoredockError with the reason when the engine cannot work here now, and `engine-unable` when it has not
    the ability at all."""
    kind = engine_kind(engine.name)
    if ability is not None and ability not in kind.abilities:
        text = l10n.t("Services in {places} do not support {ability}.", places=l10n.t(kind.places), ability=ability)
        raise ScoredockError("engine-unable", text)
    ready = engine.ready()
    if ready.ready:
        return
    if kind.needs_docker:
        raise DockerUnavailable(ready.reason, ready.next_step)
    raise ScoredockError("engine-not-available", ready.reason, ready.next_step)
