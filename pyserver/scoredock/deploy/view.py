"""What is told of a service, an answer, a sample and a notice: plain data for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoredock.engines.base import State
from scoredock.engines.front_end import Authenticated
from scoredock_runtime.contract import Frame


@dataclass(frozen=True, slots=True)
class FailureView:
    """Why a service or its newest revision does not run."""

    code: str
    message: str
    fix: str
    frames: tuple[Frame, ...] = ()
    """In the files the person edits, not their staged copies; outermost first."""
    log_lines: tuple[str, ...] = ()
    revision: int = 0
    """The revision that failed."""
    during: str = ""
    """`update` or `reload` when that was refused and what served before goes on; else empty."""
    content: str = ""
    """Digest of the files that a refused reload would have served."""


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A service and how it is right now."""

    name: str
    workspace: str
    """Id of the workspace: the name of its folder."""
    engine: str
    state: State
    phase: str
    models: tuple[str, ...]
    revision: int
    """The one that serves, or served last; 0 when none ever did."""
    revisions: tuple[int, ...]
    created: float
    updated: float
    port: int | None = None
    scoring_uri: str = ""
    swagger_uri: str = ""
    entry_script: str = ""
    """Absolute path of the person's own file."""
    environment: str = ""
    """Name and key of the environment, for people."""
    image: str = ""
    """`name:version` of the image that brought models, script and environment; empty without one."""
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    restarts: int = 0
    failure: FailureView | None = None
    log_file: str = ""
    data_folder: str = ""
    """Where collected inputs and outputs lie; empty while there are none."""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    authentication: Authenticated = ""
    """What callers must show: keys, tokens, or nothing."""
    reloaded: float = 0.0
    """When the files that are served were taken by a reload, seconds since the epoch; 0 when by a deployment or update."""
    changing: str = ""
    """The verb of a change that is under way, or empty."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened while nobody looked."""

    service: str
    code: str
    message: str
    created: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered to one request."""

    status: int
    milliseconds: float
    """From sending to the last byte."""
    headers: Mapping[str, str]
    body: bytes
    problem: str = ""
    """The error code of a refusal by the service itself, before the script was asked; empty otherwise."""
    advice: str = ""
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request body that fits a service."""

    body: str
    reason: str
    """Where it comes from."""
