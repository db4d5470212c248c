"""Last deployment from each folder, so that its choices are offered again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from scoredock.late_dataclass import dataclass
from scoredock.registry.store.store import Store
from scoredock.services.request import DeployRequest, request_from_json, request_to_json


@dataclass(frozen=True, slots=True)
class LastDeployments:
    """The rows of a workspace: one for each entry script and its folder."""

    store: Store

    def note(self, script: Path, request: DeployRequest) -> None:
        """An entry script was deployed with these choices."""
        with self.store.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO last_deployments (folder, entry_script, request, updated) VALUES (?, ?, ?, ?)",
                (str(script.parent), str(script), json.dumps(request_to_json(request)), time.time()),
            )

    def of_script(self, script: Path) -> DeployRequest | None:
        """The choices of the last deployment of an entry script."""
        return next((_request(text) for other, text in self._rows() if other == str(script)), None)

    def below(self, folder: Path) -> DeployRequest | None:
        """The choices of the newest deployment from a folder or one below it."""
        return next((_request(text) for script, text in self._rows() if _is_below(script, folder)), None)

    def script_below(self, folder: Path) -> str:
        """The entry script that was deployed last, of those in a folder or below; empty when none was."""
        return next((script for script, _ in self._rows() if _is_below(script, folder)), "")

    def _rows(self) -> Iterator[tuple[str, str]]:
        """Entry script and choices of each, the newest first."""
        with self.store.read() as connection:
            rows = connection.execute(
                "SELECT entry_script, request FROM last_deployments ORDER BY updated DESC"
            ).fetchall()
        return ((row["entry_script"], row["request"]) for row in rows)


def _is_below(script: str, folder: Path) -> bool:
    return script.startswith(str(folder).rstrip(os.sep) + os.sep)


def _request(text: str) -> DeployRequest:
    return request_from_json(json.loads(text))
