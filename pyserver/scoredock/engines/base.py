"""What every engine does, and the plain data that goes in and comes out. An engine knows nothing of who calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from scoredock.progress import CancelToken, Progress
from scoredock_runtime.contract import Failure, LogRecord

Handle = Mapping[str, Any]
"""What finds a running service again from any process: plain JSON, kept in the ledger. Holds no secret in clear but the nonce."""

State = Literal["Transitioning", "Healthy", "Unhealthy", "Unschedulable", "Failed", "Stopped"]


@dataclass(frozen=True, slots=True)
class Launch:
    """One revision of one service, ready to start: everything is staged and built."""

    service: str
    workspace: str
    revision: int
    folder: Path
    """The service's own folder: spec, status, logs."""
    app_root: Path
    """Holds the source directory or script, and `azureml-models/`."""
    entry_script: str
    """Relative to `app_root`."""
    source_directory: str | None
    model_dir: str
    python: Path
    """Interpreter of the built environment."""
    port: int | None
    """The port asked for, or None for any free one."""
    nonce: str
    environment: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an engine can work here."""

    ready: bool
    reason: str = ""
    """One sentence when it cannot."""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """How a service is right now, asked of the thing that runs it."""

    state: State
    phase: str = ""
    port: int | None = None
    revision: int = 0
    failure: Failure | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    """CPU time that its processes of now have used so far."""
    restarts: int = 0


class Engine(Protocol):
    """A place where services run. Every verb may block; callers run it off the event loop."""

    name: str

    def ready(self) -> Readiness:
        """Can it work on this machine? Never raises."""

    def start(self, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        """Start it and return as soon as it can be found again; it need not be healthy yet.

        Raises ScoredockError (`port-in-use`, `runtime-missing`, …) and leaves nothing behind then.
        """

    def observe(self, handle: Handle) -> Observation:
        """Ask the service itself; a handle whose process is gone or is somebody else's gives Failed or Stopped."""

    def logs(self, handle: Handle, since: int = 0) -> Iterator[LogRecord]:
        """What is stored of the log after sequence number `since`, oldest first; does not wait for more."""

    def replace(self, handle: Handle, launch: Launch, progress: Progress, cancel: CancelToken) -> Handle:
        """Serve `launch` instead; the old revision serves until the new one is healthy, and goes on when it fails.

        Raises ScoredockError with the cause when the new revision failed.
        """

    def stop(self, handle: Handle, grace: float) -> None:
        """End it and free the port; logs and status stay to be looked at. Stopping what is stopped is harmless."""

    def remove(self, handle: Handle) -> None:
        """Stop it and leave nothing of it on the machine."""

    def find(self, owner: str) -> list[Handle]:
        """What of ours still runs, for a workspace folder `owner`, also when the ledger has forgotten it."""
