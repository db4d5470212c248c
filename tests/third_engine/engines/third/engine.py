"""Services as processes of another place: a folder of its own, where only this engine looks. Log and data lie in the
folder of the service, as they do for every engine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from scoredock.containers.connection import DockerSettings
from scoredock.engines.base import Launch, Observation, Readiness
from scoredock.engines.handle import Handle
from scoredock.engines.process.engine import ProcessEngine
from scoredock.progress import CancelToken, Progress

from scoredock_runtime.contract import DATA_FOLDER, LOG_FOLDER, Authentication, LogRecord
from scoredock_runtime.contract_history import Row
from third_engine.third_row import NAME, place_of


def new_engine(docker: DockerSettings) -> ThirdEngine:
    return ThirdEngine()


class ThirdEngine:
    """See `engines.base.Engine`."""

    name, contained = NAME, False

    def __init__(self) -> None:
        self._processes = ProcessEngine()

    def ready(self) -> Readiness:
        return Readiness(True)

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        return _ours(self._processes.start(_there(launch), progress, cancel), launch.folder)

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        return _ours(self._processes.replace(_theirs(handle), _there(launch), progress, cancel), launch.folder)

    def observe(self, handle: Handle) -> Observation:
        return self._processes.observe(_theirs(handle))

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        return self._processes.logs(_theirs(handle), since)

    def history(self, handle: Handle) -> list[Row]:
        return self._processes.history(_theirs(handle))

    def settle(self, folder: Path, revision: int) -> None:
        self._processes.settle(place_of(folder), revision)

    def authenticate(self, handle: Handle, authentication: Authentication) -> None:
        self._processes.authenticate(_theirs(handle), authentication)

    def carries_debugger(self, handle: Handle) -> bool:
        return False

    def stop(self, handle: Handle, grace: float) -> None:
        self._processes.stop(_theirs(handle), grace)

    def remove(self, handle: Handle) -> None:
        self._processes.remove(_theirs(handle))
        shutil.rmtree(handle.folder, ignore_errors=True)

    def clear(self, folder: Path, *, data: bool = False) -> None:
        self._processes.clear(place_of(folder), data=data)

    def find(self, owner: str) -> list[Handle]:
        services = Path(owner) / "services"
        found = self._processes.find(str(place_of(services / "any").parent.parent))
        return [_ours(handle, services / handle.folder.name) for handle in found]

    def sweep(self, owner: str, exists: Callable[[str], bool], endpoint: str = "") -> bool:
        return self._processes.sweep(str(place_of(Path(owner) / "services" / "any").parent.parent), exists, endpoint)


def _there(launch: Launch) -> Launch:
    place = place_of(launch.folder)
    place.mkdir(parents=True, exist_ok=True)
    for shared in (LOG_FOLDER, DATA_FOLDER):
        (launch.folder / shared).mkdir(exist_ok=True)
        if not (place / shared).exists():
            (place / shared).symlink_to(launch.folder / shared)
    return replace(launch, folder=place)


def _ours(handle: Handle, folder: Path) -> Handle:
    return replace(handle, engine=NAME, folder=folder)


def _theirs(handle: Handle) -> Handle:
    return replace(handle, engine=ProcessEngine.name, folder=place_of(handle.folder))
