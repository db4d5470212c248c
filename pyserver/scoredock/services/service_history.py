"""The histories of the services of one workspace, whether they run or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scoredock.engines.base import Engine
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock_runtime.contract_history import Row, read_history


class ServiceHistory:
    """Reads what the parents of services have written. `engine` gives the engine of a name."""

    def __init__(self, workspace: Path, ledger: Ledger, engine: Callable[[str], Engine]) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._engine = engine

    def rows(self, name: str) -> list[Row]:
        """Oldest first; of a service that runs, with one of now. Raises service-not-found."""
        known = self._ledger.require(name).service
        if known.handle is None:
            return read_history(str(service_folder(self._workspace, name)))
        return self._engine(known.engine).history(known.handle)
