"""What the server and the runtime agree on. Standard library only: the one module of the runtime the server imports."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

CONTRACT_VERSION = 1
"""Raised when an older server could no longer understand a newer runtime or the reverse."""

SPEC_FILE = "spec.json"
"""In the service folder, mode 0600: the `ServiceSpec` of the revision that runs."""
STATUS_FILE = "status.json"
"""In the service folder, replaced atomically by the parent at every change: the `ServiceStatus`."""
LOG_FOLDER = "logs"
"""In the service folder: `service.jsonl` (newest), `service.jsonl.1` … one JSON record a line, see `LogRecord`."""
LOG_FILE = "service.jsonl"

CHALLENGE_HEADER = "x-scoredock-challenge"
"""A health request (`GET /`) may carry a random text here ..."""
PROOF_HEADER = "x-scoredock-proof"
"""... and a service of ours then answers with `proof(nonce, challenge)` here, so the nonce itself is never sent."""

# Phases of a service as its parent sees them.
STARTING, READY, FAILED, STOPPED = "starting", "ready", "failed", "stopped"

# Causes in `Failure.cause`; the same words are error codes of the server.
IMPORT_FAILED = "import-failed"
SCRIPT_INVALID = "script-invalid"
INIT_FAILED = "init-failed"
INIT_EXITED = "init-exited"
INIT_TIMEOUT = "init-timeout"
PORT_IN_USE = "port-in-use"
SERVICE_CRASHED = "service-crashed"
DEBUGGER_FAILED = "debugger-failed"

DEBUG_PORT_VARIABLE = "AZUREML_DEBUG_PORT"
"""In a service's environment: where a debugger listens on 127.0.0.1. The worker connects and waits for it before the
script is imported; the start time-out does not run from then on."""

OBSERVE_VARIABLE = "SCOREDOCK_OBSERVE"
"""In the environment of a script that is only tried: the file that its worker tells facts to, one JSON object a line.
Each has an `event` and the phase `during` which it happened."""
TRIED_PASSED, TRIED_WARNED, TRIED_RAISED = "passed", "warned", "raised"
TRIED_IMPORT, TRIED_INIT, TRIED_RUN = "import", "init", "run"

# Start arguments: `python -m scoredock_runtime start SERVICE_FOLDER` puts the parent in the background (no descendant
# of the caller), waits until it has written its first status, prints that status as one JSON line and ends with 0.
# `python -m scoredock_runtime serve SERVICE_FOLDER` stays in the foreground and prints the log; there the
# spec may leave open `nonce` and `python` (empty) and give paths relative to the folder (see packaged.py).
# `python -m scoredock_runtime try SERVICE_FOLDER` stays in the foreground, prints nothing, and stops when its standard
# input ends.


def proof(nonce: str, challenge: str) -> str:
    """The answer that only the holder of the nonce can give: hex HMAC-SHA256."""
    return hmac.new(nonce.encode(), challenge.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class ServiceSpec:
    """What the parent starts. Paths are absolute."""

    name: str
    revision: int
    nonce: str
    """Secret of this service: proves identity on the health route and opens the control endpoint."""
    python: str
    """Interpreter of the environment that runs the worker."""
    app_root: str
    """AML_APP_ROOT and working directory of the worker: parent of the source directory."""
    entry_script: str
    """Relative to `app_root`, forward slashes."""
    source_directory: Optional[str] = None
    """Basename under `app_root`, or None when only a script was given."""
    model_dir: str = ""
    """AZUREML_MODEL_DIR, absolute."""
    port: int = 0
    """0 takes a free one; the port in the status then holds for the life of the service."""
    host: str = "127.0.0.1"
    environment: Dict[str, str] = field(default_factory=dict)
    """Environment variables that the person asked for."""
    worker_count: int = 1
    start_timeout: float = 300.0
    """Seconds for import and init()."""
    stop_grace: float = 30.0
    """Seconds for requests under way when a worker is told to end."""
    restart_limit: int = 5
    """Restarts of a crashed worker within `restart_window` seconds before the service is given up as failed."""
    restart_window: float = 600.0
    log_file_bytes: int = 10_000_000
    log_file_count: int = 3
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True)
class Frame:
    """One frame of the user's traceback, outermost first; lines are one-based as Python counts them."""

    file: str
    line: int
    function: str
    text: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a service (or the newest revision of it) does not run."""

    cause: str
    message: str
    """One line: the exception's type and text, the exit code, the signal."""
    frames: List[Frame] = field(default_factory=list)
    """Frames in the user's own files; the last is where it happened."""
    log_lines: List[str] = field(default_factory=list)
    """Up to 50 last lines the worker printed before it failed."""


@dataclass(frozen=True)
class ServiceStatus:
    """What the parent tells about its service."""

    phase: str
    revision: int
    """The revision that answers requests; while a newer one starts, still the old one."""
    parent_pid: int
    parent_started: float
    """Start time of the parent in seconds since the epoch as the operating system tells it (psutil.create_time)."""
    port: int = 0
    control_port: int = 0
    """Loopback port of the control endpoint (HTTP, `Authorization: Bearer <nonce>`):
    `GET /status`; `POST /replace {"spec": path}` starts the spec beside the old worker, moves traffic when it is ready,
    keeps the old one when it fails, and answers with the status when that is decided; `POST /stop {"grace": seconds}`."""
    worker_pids: List[int] = field(default_factory=list)
    since: float = 0.0
    """When this phase began, seconds since the epoch."""
    restarts: int = 0
    """How often a crashed worker was started again."""
    failure: Optional[Failure] = None
    """Of the service when `phase` is failed; of the newest revision when an update was refused and the old one serves."""
    failed_revision: int = 0
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True)
class LogRecord:
    """One line of the service's log, as stored: {"n", "t", "s", "l", "m"}."""

    n: int
    """Sequence number, from 1, never reused, also across rotation and restarts of the parent."""
    t: float
    """Seconds since the epoch."""
    s: str
    """Stream: stdout, stderr or server."""
    l: str  # noqa: E741 (the field's name on disk is one letter, as lines are many)
    """Level: D, I, W, E."""
    m: str
    """The text, without line end; control characters other than tab are shown as escapes; cut at 16 KiB."""


def to_json(record: Any) -> str:
    """One of the dataclasses above as one JSON line."""
    return json.dumps(dataclasses.asdict(record), ensure_ascii=False, separators=(",", ":"))


def spec_from_json(text: str) -> ServiceSpec:
    """Raises ValueError when the text is not a spec; unknown keys of a newer writer are ignored."""
    return ServiceSpec(**_known(ServiceSpec, _object(text)))


def status_from_json(text: str) -> ServiceStatus:
    """Raises ValueError when the text is not a status; unknown keys of a newer writer are ignored."""
    raw = _known(ServiceStatus, _object(text))
    failure = raw.get("failure")
    if failure is not None:
        known = _known(Failure, failure)
        known["frames"] = [Frame(**_known(Frame, frame)) for frame in known.get("frames", [])]
        raw["failure"] = Failure(**known)
    return ServiceStatus(**raw)


def read_status(service_folder: Path) -> Optional[ServiceStatus]:
    """The last status a parent wrote, or None when there is none (yet)."""
    try:
        return status_from_json((service_folder / STATUS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _object(text: str) -> Dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")
    return value


def _known(kind: Any, raw: Dict[str, Any]) -> Dict[str, Any]:
    names = {f.name for f in dataclasses.fields(kind)}
    known = {key: value for key, value in raw.items() if key in names}
    missing = [
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and f.name not in known
    ]
    if missing:
        raise ValueError(f"missing {', '.join(missing)}")
    return known
