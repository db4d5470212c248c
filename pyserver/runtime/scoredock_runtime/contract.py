"""Contract of the server and the runtime. Standard library only: the one module of the runtime the server imports."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Type, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

_Record = TypeVar("_Record")

CONTRACT_VERSION = 1
"""Raised when an older server could no longer understand a newer runtime or the reverse."""

SPEC_FILE = "spec.json"
"""In the service folder, mode 0600: the `ServiceSpec` of the revision that runs."""
STATUS_FILE = "status.json"
"""In the service folder, replaced atomically by the parent at every change: the `ServiceStatus`."""
LOG_FOLDER = "logs"
"""In the service folder: `service.jsonl` (newest), `service.jsonl.1` … one JSON record a line, see `LogRecord`."""
LOG_FILE = "service.jsonl"
SWITCH_FILE = "switch.json"
"""In the service folder while files are switched (see `ServiceStatus.control_port`): what is meant, for the next
parent."""
DATA_FOLDER, COLLECTED_FOLDER = "data", "modeldata"
"""In the service folder, unless the spec says otherwise: `data/modeldata/…` with what was collected (see
collection.py)."""

CHALLENGE_HEADER = "x-scoredock-challenge"
"""A health request (`GET /`) may carry a random text here ..."""
PROOF_HEADER = "x-scoredock-proof"
"""... and a service of ours then answers with `proof(nonce, challenge)` here, so the nonce itself is never sent."""

# Phases of a service as its parent sees them.
STARTING, READY, FAILED, STOPPED = "starting", "ready", "failed", "stopped"
RETIRED = "retired"
PREPARED = "prepared"
"""Every worker is ready and no port is open: `POST /open` decides (see `bind_late`)."""
"""Another parent serves in its place; this one only answers control requests until it is stopped (`POST /retire`)."""

# Causes in `Failure.cause`; the same words are error codes of the server.
IMPORT_FAILED = "import-failed"
SCRIPT_INVALID = "script-invalid"
INIT_FAILED = "init-failed"
INIT_EXITED = "init-exited"
INIT_TIMEOUT = "init-timeout"
PORT_IN_USE = "port-in-use"
SERVICE_CRASHED = "service-crashed"
DEBUGGER_FAILED = "debugger-failed"
SCRIPT_PYTHON_FAILED = "script-python-failed"
"""The interpreter of `ServiceSpec.script_python` cannot be used, or what runs in it does not keep to the protocol."""
TLS_INVALID = "tls-invalid"
VARIABLE_INVALID = "variable-invalid"
OUT_OF_PROCESSES = "service-out-of-processes"
OUT_OF_MEMORY = "service-out-of-memory"
OUT_OF_DESCRIPTORS = "service-out-of-descriptors"
STORAGE_FULL = "service-disk-full"
TMP_FULL = "service-tmp-full"
"""Of a place for files that are kept in memory."""
CANCELLED = "cancelled"
"""Of a change that was given up by `POST /cancel`."""

DEBUG_PORT_VARIABLE = "AZUREML_DEBUG_PORT"
"""In a service's environment: where a debugger listens on 127.0.0.1. The worker connects and waits for it before the
script is imported; the start time-out does not run from then on."""

ALLOWED_HOSTS = "SCOREDOCK_ALLOWED_HOSTS"
"""Variable of a service that others may reach: the names that it answers to, separated by commas."""

CONSOLE_VARIABLE, CONSOLE_RECORDS = "SCOREDOCK_LOG_FORMAT", "records"
"""Variable of a parent in the foreground: with this value it prints its log as the JSON lines of `LogRecord`, so that
whoever reads there has time, stream and level; with any other one as plain text. What it prints before it has a log,
and the failure at its end, is plain text in any case."""
FAST_JSON_VARIABLE = "SCOREDOCK_FAST_JSON"
"""In a service's environment: `off` leaves the script's `json.loads` to the standard library."""
OBSERVE_VARIABLE = "SCOREDOCK_OBSERVE"
"""In the environment of a script that is only tried: the file that its worker tells facts to, one JSON object a line.
Each has an `event` and the phase `during` which it happened."""
TRIED_PASSED, TRIED_WARNED, TRIED_RAISED = "passed", "warned", "raised"
TRIED_IMPORT, TRIED_INIT, TRIED_RUN = "import", "init", "run"

HIDDEN_FOLDER = ".scoredock"
"""Below the application's root: new files before they are switched in, old ones until they are removed."""
MODELS_FOLDER = "azureml-models"
"""Below the application's root; a switch of files never touches it."""
LOGS_AT_ONCE = 4_000_000
"""Bytes of one answer to `GET /logs`, but for a single record that is larger."""
FAILURE_LINE_BYTES = 15_000
"""A failure line is not longer, so that the log drivers of containers keep it in one piece."""

SECRETS_FOLDER = "/run/secrets/scoredock"
"""In a container of a cluster: a mounted Secret, each value a file. What the spec leaves open is taken from it."""
NONCE_SECRET, KEY_DIGESTS_SECRET, TOKEN_SECRET = "nonce", "key-digests", "token-secret"
"""Its files: `ServiceSpec.nonce`, `Authentication.key_digests` one a line, `Authentication.token_secret`."""

CODE_HEADER = "x-scoredock-code"
"""In answers of a service with `ServiceSpec.code`: which code has answered."""
CODE_FILE = "code"
"""The files of a service for development, in the folder `ServiceSpec.code_folder` and, once it has taken others while
it runs, in its service folder; `POST /code` takes the same bytes. A line of JSON, {"code", "revision", "turn"}, then a
tar archive compressed with gzip. `code` is `code_mark` of the archive, `revision` the one that these files make, and a
higher `turn` is newer. The archive has files and folders only, with paths below the app root that are neither absolute
nor lead through `..`, and nothing of MODELS_FOLDER and HIDDEN_FOLDER."""
CODE_LIMIT, CODE_UNPACKED_LIMIT = 900_000, 64_000_000
"""Bytes of all that, and of the archive when it is decompressed: a ConfigMap takes 1,048,576."""

# Start arguments: `python -m scoredock_runtime start SERVICE_FOLDER` puts the parent in the background (no descendant
# of the caller), waits until it has written its first status, prints that status as one JSON line and ends with 0.
# `python -m scoredock_runtime serve SERVICE_FOLDER [SPEC]` stays in the foreground and prints the log; it reads the
# spec from the file SPEC where one is named, and there the spec may leave open `nonce` and `python` (empty) and give
# paths relative to the folder (see packaged_spec.py). It ends with 0 after a stop (SIGTERM, SIGINT, `POST /stop`) and
# with 1 after a failure, whose `failure_line` then is the last line of its standard error. Of the log that it prints
# lines are left out when nobody takes them; the stored log has them.
# `python -m scoredock_runtime try SERVICE_FOLDER` stays in the foreground, prints nothing, and stops when its standard
# input ends.


TOKEN_PREFIX = "sdt1."  # noqa: S105 (how tokens begin)
"""A token is `sdt1.BEGINS.ENDS.SERVICE.SIGNATURE`: seconds since the epoch in hexadecimal, and the hex HMAC-SHA256 of
all before the last point. The beginning says how it is signed; nothing in it can ask for another way."""


def make_token(secret_hex: str, service: str, seconds: float, now: float) -> str:
    """A token that opens the service from `now` (seconds since the epoch) for `seconds`.

    Raises ValueError when the secret is not hexadecimal or empty, or the name has a point.
    """
    secret = bytes.fromhex(secret_hex)
    if not secret or not service or "." in service or not service.isascii():
        raise ValueError("a token needs a secret and the name of a service")
    import hashlib
    import hmac

    text = f"{TOKEN_PREFIX}{max(0, int(now)):x}.{max(0, int(now + seconds)):x}.{service}"
    return f"{text}.{hmac.new(secret, text.encode('ascii'), hashlib.sha256).hexdigest()}"


def code_mark(archive: bytes) -> str:
    """Mark of the files of a service for development: 12 hex digits of the SHA-256 of their tar archive."""
    import hashlib

    return hashlib.sha256(archive).hexdigest()[:12]


def proof(nonce: str, challenge: str) -> str:
    """The answer that only the holder of the nonce can give: hex HMAC-SHA256."""
    # Imported late, as every service loads this module when it starts.
    import hashlib
    import hmac

    return hmac.new(nonce.encode(), challenge.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Authentication:
    """Callers of a service. Any of the keys or a valid token opens it."""

    key_digests: List[str] = field(default_factory=list)
    """Hex SHA-256 of each key in UTF-8; the keys themselves are not part of the spec."""
    token_secret: str = ""
    """Hex secret that tokens are signed with; empty when tokens are not taken."""


@dataclass(frozen=True)
class Liveness:
    """Rules by which a worker that no longer answers is taken for hung and replaced (`livenessProbeRequirements`);
    seconds."""

    period: float = 10.0
    initial_delay: float = 310.0
    timeout: float = 2.0
    success_threshold: int = 1
    failure_threshold: int = 3
    """0 for workers that are never asked."""


@dataclass(frozen=True)
class Readiness:
    """Rules by which a worker gets requests (`readiness_probe` of Azure ML v2); seconds."""

    period: float = 10.0
    initial_delay: float = 10.0
    timeout: float = 2.0
    success_threshold: int = 1
    failure_threshold: int = 0
    """0 for workers that get requests as soon as init() has returned, without a probe."""


@dataclass(frozen=True)
class WithdrawalLimits:
    """Above which a version is withdrawn by its router. The default version never is."""

    armed: int
    """Another number each time that the version is given traffic: a withdrawal holds for one."""
    errors: int = 0
    """Percent of its responses that may be errors; 0 for any."""
    milliseconds: int = 0
    """That 95 percent of its responses may take at most; 0 for any time."""
    seconds: int = 60
    """So far back is looked."""
    requests: int = 20
    """Fewer responses decide nothing."""


@dataclass(frozen=True)
class Route:
    """One version of an endpoint: a service of its own that the router passes requests on to."""

    name: str
    port: int
    share: int = 0
    """Percent of the requests, 0 to 100. What all versions together leave goes to the default version."""
    host: str = "127.0.0.1"
    limits: Optional[WithdrawalLimits] = None
    revision: int = 0
    """That the service serves. A free connection of before another one may still end at a worker that leaves."""


@dataclass(frozen=True)
class Routes:
    """Routes of an endpoint: which version answers which request. A request that names a version in the header
    `azureml-model-deployment` goes to that one; answers name theirs in the same header."""

    versions: List[Route]
    default: str
    sticky_header: str = ""
    """Requests with the same value of this header go to the same version, as long as the shares stay; empty for
    none."""
    mirror: str = ""
    """The version that gets copies of requests that others answer; its answers are compared with theirs, and nobody
    waits for them. Empty for none."""
    mirror_share: int = 0
    """Percent of the requests that are copied, 0 to 100."""
    takeover: bool = True
    """Whether others answer the share of the default version while that takes no connection."""
    turn: int = 0
    """Counts the changes, where several routers of one endpoint have them: a higher one is newer, and a router refuses
    those that are older than its own. 0 where nobody counts."""


DIFFERENCES_FILE = "differences.jsonl"
"""In the folder of a router: the first answers to copies that differ, one JSON object a line."""
WITHDRAWALS_FILE = "withdrawals.jsonl"
"""In the folder of a router: the versions that it has withdrawn by itself, one JSON object a line."""
ROUTES_FILE = "routes.json"
"""In `ServiceSpec.routes_folder`: the Routes of a router in a container, as JSON."""
ROUTES_LIMIT = 32
"""Versions that a router takes."""

LOG_PLAIN, LOG_IDS, LOG_OFF = "plain", "ids", "off"


@dataclass(frozen=True)
class ServiceSpec:
    """Service for a parent to start. Paths are absolute."""

    name: str
    revision: int
    nonce: str
    """Secret of this service: proves identity on the health route and opens the control endpoint."""
    python: str
    """Interpreter of the environment that runs the worker."""
    app_root: str
    """Parent of the source directory; AML_APP_ROOT and working directory where `working_directory` names no other."""
    entry_script: str
    """Relative to `app_root`, forward slashes."""
    source_directory: Optional[str] = None
    """Basename under `app_root`, or None when only a script was given."""
    model_dir: str = ""
    """AZUREML_MODEL_DIR, absolute."""
    port: int = 0
    """0 takes a free one; the port in the status then holds for the life of the service."""
    host: str = "127.0.0.1"
    loopback_only: bool = False
    """The Host header of a request must name this machine even where `host` is every address, as in a container whose
    port is published on 127.0.0.1. With a `host` of loopback that holds anyway."""
    control_host: str = "127.0.0.1"
    """Where the control endpoint listens; every request to it carries the nonce, whatever the address."""
    control_port: int = 0
    """0 takes a free one. One that is taken fails the service with PORT_IN_USE."""
    reuse_port: bool = False
    """The ports are bound so that another parent of the same account that asks for the same can bind them beside this
    one (SO_REUSEPORT, Linux). Both must ask, the first one too. Needs a `port`."""
    bind_late: bool = False
    """No connection is taken before `POST /open`; all go to the parent that shares the port. Once all workers are ready
    the phase is PREPARED. Else connections wait from the start, and health answers before init() has ended."""
    environment: Dict[str, str] = field(default_factory=dict)
    """Environment variables that the person asked for."""
    worker_count: int = 1
    start_timeout: float = 300.0
    """Seconds for import and init()."""
    stop_grace: float = 30.0
    """Seconds for requests under way when a worker has to end."""
    restart_limit: int = 5
    """Restarts of a crashed worker within `restart_window` seconds before the service is given up as failed."""
    restart_window: float = 600.0
    log_file_bytes: int = 10_000_000
    log_file_count: int = 3
    strict: bool = False
    """Correct HTTP and JSON where Azure's server is faulty; off, clients get what v1 gave them."""
    health_port: int = 0
    """A second port that answers as well, for probes; 0 for none."""
    authentication: Optional[Authentication] = None
    """None lets every caller in, as in v1's local services."""
    max_concurrent_requests: int = 0
    """Requests that a worker has admitted at one time; more wait for `max_queue_wait`. 0 for no limit."""
    max_queue_wait: float = 0.0
    """Seconds that a request waits for admission before it is answered with 503. 0 waits without limit."""
    scoring_timeout: float = 0.0
    """Seconds that an admitted request may take before it is answered with 504, as v1's front end did. 0 for no limit;
    SCORING_TIMEOUT_MS of the environment holds besides."""
    body_limit: int = 100 * 1024 * 1024
    """Bytes of a request's body; a larger one is answered with 413."""
    tls_certificate: str = ""
    """PEM file with the certificate chain; with `tls_key` the port speaks HTTPS only."""
    tls_key: str = ""
    """PEM file with the private key, without a pass phrase."""
    liveness: Liveness = field(default_factory=lambda: Liveness())
    readiness: Readiness = field(default_factory=lambda: Readiness())
    recycle_requests: int = 0
    """A worker that has answered so many requests is replaced by a fresh one. 0 for never."""
    recycle_megabytes: int = 0
    """A worker whose resident memory has grown beyond this is replaced by a fresh one. 0 for never."""
    metrics: bool = False
    """Whether `GET /metrics` and `GET /ready` answer; v1's server has neither route."""
    collect_data: bool = False
    """Inputs and outputs are collected, and ModelDataCollector works (AML_MODEL_DC_STORAGE_ENABLED)."""
    data_folder: str = ""
    """Where `modeldata/` goes; empty for `data` in the service folder."""
    request_log: str = LOG_PLAIN
    """The line that each request leaves in the log: `plain` as v1 wrote it, `ids` with the request id after it,
    `off`."""
    reload: bool = False
    """The parent watches `app_root` and replaces the workers when a file changes."""
    template: bool = True
    """Workers are forked from a process that has imported the script's packages, where the system can."""
    debug_token: str = ""
    """For a container: the debugger listens where only whoever started this can reach it, who carries its connections
    by `POST /debugger`. DEBUG_PORT_VARIABLE is the port there; workers get one of the parent's instead. 16 to 64
    characters that no other start has, or empty."""
    script_python: str = ""
    """Interpreter of the environment that the script runs in, 3.6 or newer, in a process of its own beside the worker;
    empty for the worker's own Python. It needs its standard library and what the script imports, nothing of ours. A
    runtime of before this field passes over it, as over every field that it does not know, and imports the script
    itself: whoever sets it also sees to it that `python` has a runtime with the field."""
    routes: Optional[Routes] = None
    """Of a router, which runs no script: the worker passes requests on to other services. None for every service."""
    code_folder: str = ""
    """Of a service for development in a container: where its files are mounted (see CODE_FILE). They take the place of
    those of the image before any worker starts, and `POST /code` changes them while it runs. Empty for every other
    service."""
    working_directory: str = ""
    """AML_APP_ROOT and working directory of the script, relative to `app_root` with forward slashes: in v2 the folder
    of the script. Empty for `app_root` itself, as in v1."""
    code: str = ""
    """The `code_mark` of the files that this service runs, which answers carry in CODE_HEADER; empty for none."""
    routes_folder: str = ""
    """Of a router in a container: where ROUTES_FILE is mounted. What it was given while it ran stands in its service
    folder; of the two the newer ones hold when it starts again. Empty for every other service."""
    limit_names: Dict[str, str] = field(default_factory=dict)
    """What the person calls the limits of a container: by `pids`, `memory`, and the folders that are kept in memory.
    Files in these are removed when the memory is used up. Empty where nobody but the system sets any."""
    contract_version: int = CONTRACT_VERSION

    @property
    def root(self) -> str:
        """AML_APP_ROOT and working directory of the script."""
        return os.path.join(self.app_root, *filter(None, self.working_directory.split("/")))

    @property
    def script_below_root(self) -> str:
        """The entry script relative to `root`, forward slashes."""
        return self.entry_script[len(f"{self.working_directory}/") if self.working_directory else 0 :]

    @property
    def import_path(self) -> List[str]:
        """Folders in which the modules of the script are looked for."""
        source = [os.path.join(self.app_root, self.source_directory)] if self.source_directory else []
        return list(dict.fromkeys([self.root, self.app_root, *source]))


@dataclass(frozen=True)
class Frame:
    """One frame of the user's traceback, outermost first; lines are one-based as Python counts them."""

    file: str
    line: int
    function: str
    text: str = ""


@dataclass(frozen=True)
class Failure:
    """Failure for which a service (or the newest revision of it) does not run."""

    cause: str
    message: str
    """One line: the exception's type and text, the exit code, the signal."""
    frames: List[Frame] = field(default_factory=list)
    """Frames in the user's own files; the last is where it happened."""
    log_lines: List[str] = field(default_factory=list)
    """Up to 50 last lines the worker printed before it failed."""


@dataclass(frozen=True)
class Exhaustion:
    """Resource that a service has run out of while it goes on."""

    cause: str
    """OUT_OF_PROCESSES, OUT_OF_MEMORY, OUT_OF_DESCRIPTORS, STORAGE_FULL or TMP_FULL."""
    message: str
    """What happened, with the name of the limit and its figure."""
    time: float
    """When it was seen last; seconds since the epoch."""


ENDED_TWICE = "All of the service has ended twice within"
"""How the message of a failure begins that the guard of a container tells (see guard.py)."""
LEAST_PROCESSES = 32
"""Processes and threads that a service with one worker needs to start and to take an update, and a few for its script.
"""
MORE_PROCESSES = 14
"""The same for each further worker: itself, and what the parent has for it, twice while an update goes on."""
EXHAUSTION_SECONDS = 600.0
"""So long it is told."""


@dataclass(frozen=True)
class RequestFailure:
    """A request to `/score` that the service answered with a status of 500 or above."""

    id: str
    """Its x-ms-request-id."""
    time: float
    """Seconds since the epoch."""
    message: str
    """One line: the exception's type and text, or the status that the script chose."""
    frames: List[Frame] = field(default_factory=list)
    """Frames in the user's own files; the last is where it happened. Empty without an exception."""


@dataclass(frozen=True)
class RecentRequests:
    """Results of the newest requests to `/score`, as far as the workers that serve have answered any."""

    answered: int = 0
    """With success or failure, the newest RECENT_REQUESTS of each worker; not those that were refused before run().
    Sent anew only when one fails, or is answered after others failed."""
    failed: int = 0
    """Of these, those with a status of 500 or above."""
    failure: Optional[RequestFailure] = None
    """The newest failure; None once another request was answered."""


RECENT_REQUESTS = 20


@dataclass(frozen=True)
class ServiceStatus:
    """State of a service, as its parent publishes it."""

    phase: str
    revision: int
    """The revision that answers requests; while a newer one starts, still the old one."""
    parent_pid: int
    parent_started: float
    """When the parent began: `beginning` of its process, else seconds since the epoch as psutil.create_time tells
    it."""
    port: int = 0
    control_port: int = 0
    """Port of the control endpoint (HTTP, `Authorization: Bearer <nonce>`), 0 for none. Answers are JSON, a refusal
    (4xx) is {"error": sentence}; all but `/logs` answer with the status:

    `GET /status`;
    `POST /replace {"spec": path, "switch": …}` starts the spec beside the old worker, moves traffic when it is ready,
    keeps the old one when it fails, and answers when that is decided. An empty `nonce` or `python` in the spec means
    that of now; `name` of the file does not matter, it is read once;
    `POST /reload {"switch": …}` does the same with the spec as it is, for changed files;
    `POST /code {"bundle": base64}` has a service for development serve the files of CODE_FILE as its `revision`, as
    `/replace` does, and keeps them for its next start; another service refuses it;
    `POST /cancel {"revision": N}` gives up the change under way, if there is one: its workers end, and `/replace` or
    `/reload` is answered as for workers that failed, with the cause CANCELLED. With `revision` a `/replace` to that one
    that comes later is refused, too: whoever asked for it is gone;
    `POST /authentication {"key_digests": [...], "token_secret": hex}` changes who may call, without a restart;
    `POST /routes {"routes": Routes, "grace": seconds}` is for a router: which version answers, from the next request
    on. It is answered once versions that are not among the routes any more have answered all that they had, or after
    `grace` seconds;
    `GET /traffic` tells of a router what its versions have answered, which it has withdrawn, and the `turn` of its
    routes, as JSON (see route_changes.py); `GET /differences` the lines of DIFFERENCES_FILE, as a JSON list;
    `GET /history?since=N&origin=M` is answered with {"rows": base64} of rows of the service's history (see
    contract_history.py), one of now included: those above N of the counters M, and all of other counters;
    `GET /data` is answered with {"files": [[name, size], …]} of what the service has collected, and `GET
    /data?name=…&from=N` with {"data": base64} of a piece of one from a byte on, empty at its end;
    `POST /stop {"grace": seconds}`;
    `POST /open {"predecessor": control port, "grace": seconds}` lets a parent that is PREPARED serve: it listens, takes
    all new connections of the shared port, keeps that in its spec, and then has the `predecessor` retire, a parent in
    the same network namespace with the same nonce, whose control port is given up with that. It does so whether or not
    the client waits for the answer. Asking again completes what is left of it;
    `POST /retire {"grace": seconds, "release_control": false}` hands over to another parent on the
    same port (see `reuse_port`; that one must be READY): new
    connections go there from now on, those that wait in the backlog are taken and answered here, then the listeners
    close, the workers finish within `grace` and end. The answer comes then, with the phase RETIRED. The parent stays,
    without workers, until it is stopped; started again, it is RETIRED at once, as long as the spec has the same
    revision. With `release_control` its control port is given up after the answer, for the next parent in the same
    network namespace; a signal still stops it;
    `POST /debugger {"token": debug_token}` is answered with 101 once a debugger in a worker has connected; then the
    bytes of both connections are passed on until they end. Each connection of a debugger takes a request of its own.
    The end of a request that waits, or of the last connection, ends this way to the debugger for good;
    `GET /logs?since=N&limit=M&wait=S`: stored LogRecords above N, oldest first, as JSON lines (`application/x-ndjson`),
    at most M of them and LOGS_AT_ONCE bytes; ask again with the last number until nothing comes. Where there is nothing
    yet, the answer waits up to S seconds (0 to 30) for it.

    `switch` is {"from": folder, "names": [name, …]}. `from` is absolute, below HIDDEN_FOLDER of the app root, and holds
    the new tree of files. Before new workers start, the top-level entries `names` of the app root (without `names`, or
    where it is null: all) and those that `from` has too are moved aside, then all entries of `from` are moved in.
    MODELS_FOLDER and HIDDEN_FOLDER stay where they are, and a MODELS_FOLDER in `from` is passed over. When the new
    workers fail, all is moved back. Either way `from` and what was moved aside are removed then. A parent that was
    killed in between finishes or undoes it at its next start, by what had been decided."""
    worker_pids: List[int] = field(default_factory=list)
    script_pids: List[int] = field(default_factory=list)
    """Of scripts that have a Python of their own, beside their workers."""
    since: float = 0.0
    """When this phase began, seconds since the epoch."""
    restarts: int = 0
    """How often a crashed worker was started again."""
    reloads: int = 0
    """How often changed files were taken up; a change that was refused shows in `failure` and `failed_revision`, which
    then is the revision that serves."""
    failure: Optional[Failure] = None
    """Of the service when `phase` is failed; of the newest revision when an update was refused and the old one
    serves."""
    failed_revision: int = 0
    requests: RecentRequests = field(default_factory=RecentRequests)
    exhaustion: Optional[Exhaustion] = None
    code: str = ""
    """Of the files that answer requests (see `ServiceSpec.code`)."""
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


def record_from_line(line: str) -> Optional[LogRecord]:
    """The record of a JSON line; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        raw = json.loads(line)
        return LogRecord(n=int(raw["n"]), t=float(raw["t"]), s=str(raw["s"]), l=str(raw["l"]), m=str(raw["m"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


BOOT = 2.0**32
"""Figures of `beginning` are above it and those of the wall clock, in seconds since the epoch, below."""


def make_private(folder: str) -> None:
    """Creates a folder with its parents, each readable by its owner only, unless they are there. Raises OSError.

    `os.makedirs(mode=…)` gives the mode to the last one alone.
    """
    if not os.path.isdir(folder):
        parent = os.path.dirname(os.path.abspath(folder))
        if parent != folder:
            make_private(parent)
        make_private_inside(folder)


def make_private_inside(folder: str) -> None:
    """The same in a folder that is there: one that was taken away while this process began does not come back. Raises
    OSError."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:  # by another process, meanwhile
        if not os.path.isdir(folder):
            raise


def beginning(pid: int) -> float:
    """Start of a process, on Linux: seconds since the system started, and a multiple of BOOT that stands for that
    start.

    Unlike a time since the epoch, which follows every correction of the clock, it tells for good one process from
    another one with its number. 0.0 when the process is gone, and where the system does not tell.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot_id:
            boot = 1 + int(boot_id.read(3), 16)
        with open(f"/proc/{pid}/stat", "rb") as stat:
            ticks = float(stat.read().rpartition(b")")[2].split()[19])
        return boot * BOOT + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def failure_line(failure: Failure) -> str:
    """One JSON line of at most FAILURE_LINE_BYTES that `failure_from_line` reads; old log lines are left out if need
    be."""
    fields = dataclasses.asdict(failure)
    fields["message"] = fields["message"][:2000]
    fields["frames"] = fields["frames"][-20:]
    while True:
        text = json.dumps({"scoredock": FAILED, **fields}, separators=(",", ":"))
        lines = fields["log_lines"] or fields["frames"]
        if len(text) <= FAILURE_LINE_BYTES or not lines:
            return text
        del lines[0]


def failure_from_line(line: str) -> Optional[Failure]:
    """Failure in a line that `failure_line` made; None for any other line."""
    try:
        raw = json.loads(line)
        return _record(Failure, raw) if raw.get("scoredock") == FAILED else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def to_json(record: Any) -> str:
    """One of the dataclasses above as one JSON line."""
    return json.dumps(dataclasses.asdict(record), ensure_ascii=False, separators=(",", ":"))


def spec_from_json(text: str) -> ServiceSpec:
    """Spec in a JSON text. Raises ValueError when the text is not a spec; unknown keys of a newer writer are
    ignored."""
    return _record(ServiceSpec, json.loads(text))


def status_from_json(text: str) -> ServiceStatus:
    """Status in a JSON text. Raises ValueError when the text is not a status; unknown keys of a newer writer are
    ignored."""
    return _record(ServiceStatus, json.loads(text))


def authentication_from(raw: Any) -> Authentication:
    """Authentication in a value of JSON. Raises ValueError when the value is not one."""
    return _record(Authentication, raw)


def routes_from(raw: Any) -> Routes:
    """Routes in a value of JSON. Raises ValueError when the value is none, or does not hold together."""
    return _record(Routes, raw)


def recent_requests_from(raw: Any) -> RecentRequests:
    """Recent requests in a value of JSON. Raises ValueError when the value is not one."""
    return _record(RecentRequests, raw)


def routes_fault(routes: Routes) -> str:
    """Reason why a router cannot work with these; empty when it can."""
    names = [each.name for each in routes.versions]
    numbers = [routes.mirror_share, *(number for each in routes.versions for number in (each.share, each.port))]
    if isinstance(routes.turn, bool) or not isinstance(routes.turn, int) or routes.turn < 0:
        return "a turn is a whole number"
    texts = [routes.default, routes.mirror, routes.sticky_header, *names, *(each.host for each in routes.versions)]
    if any(isinstance(each, bool) or not isinstance(each, int) for each in numbers):
        return "shares and ports are whole numbers"
    if not all(isinstance(each, str) and each.isascii() and len(each) <= 64 for each in texts):
        return "names are short texts"
    if not names or len(names) > ROUTES_LIMIT or len(set(names)) != len(names) or "" in names:
        return f"there are 1 to {ROUTES_LIMIT} versions, each with a name of its own"
    return _shares_fault(routes, names)


def _shares_fault(routes: Routes, names: List[str]) -> str:
    if routes.default not in names or (routes.mirror and routes.mirror not in names):
        return "the default version and the mirrored one are among the versions"
    shares = [each.share for each in routes.versions]
    if not all(0 <= each <= 100 for each in [*shares, routes.mirror_share]) or sum(shares) > 100:
        return "shares are percentages, which come to 100 at most together"
    if not all(0 < each.port < 65536 for each in routes.versions):
        return "a port is between 1 and 65535"
    return ""


def _limits_fault(limits: WithdrawalLimits) -> str:
    numbers = dataclasses.astuple(limits)
    are_whole = all(type(each) is int and each >= 0 for each in numbers) and limits.seconds >= 1
    return "" if are_whole else "limits are whole numbers"


def read_status(service_folder: Path) -> Optional[ServiceStatus]:
    """The last status a parent wrote, or None when there is none (yet)."""
    try:
        return status_from_json((service_folder / STATUS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


_PARTS: Dict[Any, Dict[str, Any]] = {
    ServiceSpec: {"authentication": Authentication, "routes": Routes, "liveness": Liveness, "readiness": Readiness},
    Routes: {"versions": [Route]},
    Route: {"limits": WithdrawalLimits},
    ServiceStatus: {"failure": Failure, "requests": RecentRequests, "exhaustion": Exhaustion},
    RecentRequests: {"failure": RequestFailure},
    RequestFailure: {"frames": [Frame]},
    Failure: {"frames": [Frame]},
}
"""The fields of records that are records themselves, or lists of them."""
_FAULTS: Dict[Any, Callable[[Any], str]] = {Routes: routes_fault, WithdrawalLimits: _limits_fault}
"""Why a record does not hold together, though its fields are there; empty when it does."""


def _record(kind: Type[_Record], raw: Any) -> _Record:
    """One of the dataclasses above of its JSON. Raises ValueError for what is none."""
    if not isinstance(raw, dict):
        raise ValueError("expected a JSON object")
    parts, values, missing = _PARTS.get(kind, {}), {}, []
    for each in dataclasses.fields(kind):  # type: ignore[arg-type]
        if each.name not in raw:
            if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
                missing.append(each.name)
        elif each.name not in parts or (raw[each.name] is None and each.default is None):
            values[each.name] = raw[each.name]
        else:
            values[each.name] = _part(each.name, parts[each.name], raw[each.name])
    if missing:
        raise ValueError(f"missing {', '.join(missing)}")
    record = kind(**values)
    fault = _FAULTS[kind](record) if kind in _FAULTS else ""
    if fault:
        raise ValueError(fault)
    return record


def _part(name: str, kind: Any, raw: Any) -> Any:
    if not isinstance(kind, list):
        return _record(kind, raw)
    if not isinstance(raw, list):
        raise ValueError(f"{name} is a list")
    return [_record(kind[0], each) for each in raw]
