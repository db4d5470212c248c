"""The engines of this machine. One that needs more than this program is made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

from scoredock.containers.connection import DockerSettings
from scoredock.engines.base import Engine
from scoredock.engines.process import ProcessEngine
from scoredock.errors import DockerUnavailable, ScoredockError

PROCESS, DOCKER = "process", "docker"


class Engines(Mapping[str, Engine]):
    """Engines by name, in the order in which a person meets them. Asking for names makes none. Thread-safe."""

    def __init__(self, docker: DockerSettings) -> None:
        self._makers: dict[str, Callable[[], Engine]] = {PROCESS: ProcessEngine, DOCKER: lambda: _docker(docker)}
        self._made: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Engine:
        with self._lock:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def require_ready(engine: Engine) -> None:
    """Raises ScoredockError with the reason when the engine cannot work here now."""
    ready = engine.ready()
    if ready.ready:
        return
    if engine.name == DOCKER:
        raise DockerUnavailable(ready.reason, ready.next_step)
    raise ScoredockError("engine-not-available", ready.reason, ready.next_step)


def _docker(settings: DockerSettings) -> Engine:
    from scoredock.engines.docker import DockerEngine  # a start of the server must not pay for it

    return DockerEngine(settings)
