"""The service that a parent runs: its spec, its log, its status and how it stands. Used by the parent's main thread."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Optional

from scoredock_runtime import contract
from scoredock_runtime.log.log_writer import LogWriter
from scoredock_runtime.parent.limit_watch import LimitWatch
from scoredock_runtime.service_folder.spec_file import write_spec
from scoredock_runtime.service_folder.status_file import StatusFile
from scoredock_runtime.template.template_process import Event


class Service:
    """Built once the log is there; what the parts of the parent share."""

    def __init__(
        self,
        folder: str,
        spec: contract.ServiceSpec,
        log: LogWriter,
        status_file: StatusFile,
        events: SimpleQueue[Event],
    ) -> None:
        self.folder = folder
        self.spec = spec
        """Of the revision that serves."""
        self.log = log
        self.status_file = status_file
        self.events = events
        self.limits = LimitWatch(log, status_file, lambda: self.spec.limit_names)
        self.failure: Optional[contract.Failure] = None
        """Why the service has failed; its parent ends."""
        self.was_ready = False
        self.stopping = False
        self.retiring = False
        """Another parent serves on the same port, or did so once this one had retired."""

    def begins_again(self, cause: str, message: str) -> None:
        """A parent before this one was ended by the kernel, and all of the service with it."""
        self.was_ready = self.status_file.was_ready
        self.log.tell("All of the service had ended, and it starts again, for the last time within 10 minutes.", "W")
        self.limits.note(cause, message)
        self.status_file.publish(restarts=self.status_file.previous_restarts + 1)

    @property
    def status(self) -> contract.ServiceStatus:
        """Status as it was published last."""
        return self.status_file.status

    def save_spec(self) -> bool:
        """True if the stored one is that of now."""
        try:
            write_spec(self.folder, self.spec)
        except OSError as fault:
            self.log.tell(f"{contract.SPEC_FILE} could not be written: {fault}.", "E")
            return False
        return True
