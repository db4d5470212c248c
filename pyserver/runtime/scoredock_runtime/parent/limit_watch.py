"""Resources that a service has run out of, as its workers and its control groups tell: in its status and its log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable, Dict

from scoredock_runtime import contract
from scoredock_runtime.base import limits

if TYPE_CHECKING:
    from scoredock_runtime.log.log_writer import LogWriter
    from scoredock_runtime.service_folder.status_file import StatusFile

_QUIET = 60.0
"""Seconds until the log says the same again."""
_SHARE_OF_FILES = 4
"""Files that take more than this part of the memory are removed when it has run out."""


class LimitWatch:
    """Used by the parent's main thread only."""

    def __init__(self, log: LogWriter, status_file: StatusFile, names: Callable[[], Dict[str, str]]) -> None:
        self._log = log
        self._status_file = status_file
        self._names = names
        self._groups = limits.ControlGroups()
        self._kills = self._groups.kills()
        use = self._groups.processes()
        self._refused = use.refused if use is not None else 0
        self._logged: Dict[str, float] = {}

    def note(self, cause: str, message: str) -> None:
        """The service has run out of something."""
        now = time.monotonic()
        last = self._logged.get(message)
        if last is None or now - last > _QUIET:
            self._logged = {text: at for text, at in self._logged.items() if now - at < _QUIET}
            self._logged[message] = now
            self._log.tell(message, "W")
        self._status_file.publish(exhaustion=contract.Exhaustion(cause, message, time.time()))

    def look(self) -> None:
        """Note it where the kernel has refused a process or a thread since the last look, also where nobody said so."""
        use = self._groups.processes()
        if use is None:
            return
        before, self._refused = self._refused, use.refused
        if use.refused > before:
            sentence = limits.out_of_processes(self._groups, self._names(), use.refused - before)
            self.note(contract.OUT_OF_PROCESSES, sentence)

    def killed(self) -> bool:
        """True if the kernel has ended a process of the service for its memory since this was asked last."""
        before, self._kills = self._kills, self._groups.kills()
        if self._kills <= before:
            return False
        names = self._names()
        self.note(contract.OUT_OF_MEMORY, limits.out_of_memory(self._groups, names))
        if limits.bytes_in_memory(names) > self._groups.memory() / _SHARE_OF_FILES > 0:
            # Of a worker that has ended, as nobody will; a fresh one would find no room.
            freed = limits.remove_files_in_memory(names)
            self._log.tell(f"Files in memory were removed, as they left no room for a worker: {freed >> 20} MB.", "W")
        return True
