"""The status of a service: what its parent tells, on disk and to whoever started it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from typing import Any, Callable, Optional

from scoredock_runtime import contract
from scoredock_runtime.service_folder.atomic_write import replace_text


class StatusFile:
    """Writes the status file and remembers what it says."""

    def __init__(self, folder: str, first_status: Callable[[str], None], parent_started: float) -> None:
        self._path = os.path.join(folder, contract.STATUS_FILE)
        self._first: Optional[Callable[[str], None]] = first_status
        previous = _previous(self._path)
        self.previous_port = 0 if previous is None else previous.port
        self.was_ready = previous is not None and previous.phase == contract.READY
        """As a former parent left it; also how often that had started a worker again."""
        self.previous_restarts = 0 if previous is None else previous.restarts
        retired = previous is not None and previous.phase == contract.RETIRED
        self.retired: Optional[int] = previous.revision if retired and previous is not None else None
        """The revision as which a former parent retired; None when the last one did not."""
        self.had_control = previous is not None and previous.control_port != 0
        self.status = contract.ServiceStatus(
            phase=contract.STARTING,
            revision=0,
            parent_pid=os.getpid(),
            parent_started=parent_started,
            port=self.previous_port,
            since=time.time(),
        )

    def publish(self, **changes: Any) -> None:
        """Publishes the status with the changes; `since` follows the phase."""
        if changes.get("phase", self.status.phase) != self.status.phase:
            changes.setdefault("since", time.time())
        self.status = dataclasses.replace(self.status, **changes)
        text = contract.to_json(self.status)
        # On a full disk the control endpoint still knows, and the next change writes again.
        with contextlib.suppress(OSError):
            replace_text(self._path, text + "\n")
        if self._first is not None:
            first, self._first = self._first, None
            first(text)

    def refuse(self, sentence: str) -> None:
        """Tells the caller only: the status file belongs to the parent that runs."""
        failure = contract.Failure(contract.SERVICE_CRASHED, sentence)
        if self._first is not None:
            self._first(contract.to_json(dataclasses.replace(self.status, phase=contract.FAILED, failure=failure)))

    def fail(self, revision: int, failure: contract.Failure) -> None:
        """The last status of a service that does not run."""
        self.publish(
            phase=contract.FAILED, revision=revision, failure=failure, worker_pids=[], script_pids=[], control_port=0
        )


def previous_restarts(folder: str) -> int:
    """Number of times that the parent that wrote the status last had started a worker again."""
    status = _previous(os.path.join(folder, contract.STATUS_FILE))
    return 0 if status is None else status.restarts


def _previous(path: str) -> Optional[contract.ServiceStatus]:
    try:
        with open(path, encoding="utf-8") as stream:
            return contract.status_from_json(stream.read())
    except (OSError, ValueError, TypeError):
        return None
