"""Runs an entry script for real, once: its own environment, its models, a worker that nobody else sees, some
requests."""

from __future__ import annotations

import contextlib
import json
import re
import time
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.engines.base import Launch
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.log_files import read_log
from scoredock.engines.probe import Address
from scoredock.engines.tethered import TetheredService, tethered_service
from scoredock.environments.cache import EnvironmentCache
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.services.access import calls
from scoredock.services.access.bodies import proposed
from scoredock.services.access.body_facts import body_facts
from scoredock.services.access.calls import example_in, headers_of, send
from scoredock.services.lifecycle.failures import Origins, advised
from scoredock.services.planning.findings import LocatedFinding
from scoredock.services.request import DeployRequest, DeploySettings
from scoredock.services.trying.run_findings import (
    Body,
    Event,
    Exchange,
    MemoryGrowth,
    RunLimits,
    RunObservations,
    findings_of,
)
from scoredock.services.trying.script_texts import ScriptTexts, open_findings
from scoredock.services.trying.staged_script import StagedScript, Staging, staged_script
from scoredock_runtime.contract import OBSERVE_VARIABLE, SERVICE_CRASHED, Failure

SERVICE = "tried-script"
"""What the script finds as SERVICE_NAME."""
_EVENTS = "events.jsonl"
_SAMPLE_NAME = re.compile(
    r"(?:sample|request|test|input)(?:[-_. ]?\w+)*\.json|\w[-_. \w]*[-_. ](?:sample|request|input|payload)s?\.json",
    re.IGNORECASE,
)
_SAMPLE_FILES = 3
_SAMPLE_BYTES = 1_000_000
_SWAGGER_SECONDS = 5.0
_EVENT_BYTES = 20_000_000
_LAST_WORDS_SECONDS = 3.0
_REPEATS, _REPEAT_SECONDS, _WARM = 30, 3.0, 10
"""Requests that show whether memory grows, for how long at most, and how many of them only warm up."""
_LOG_LINES = 200
_SETTING = "SCORING_TIMEOUT_MS"


@dataclass(frozen=True, slots=True)
class TryRequest:
    """Request to try a script. `deploy` is as for a deployment; its name, port and flags do not count."""

    deploy: DeployRequest
    body: bytes | None = None
    """The only request to send; None looks for some."""
    timeout: float = 60.0
    """Seconds for each answer."""
    memory_bytes: int = 4 << 30
    limits: RunLimits = field(default_factory=RunLimits)


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """Findings and observations of a run."""

    script: Path
    findings: tuple[LocatedFinding, ...]
    observations: RunObservations
    models: tuple[str, ...]
    environment: str
    log_lines: tuple[str, ...]


def try_script(
    request: TryRequest,
    registry: Registry,
    environments: EnvironmentCache,
    settings: DeploySettings,
    progress: Progress,
    cancel: CancelToken,
) -> ScriptRun:
    """Blocks until the worker has gone again; nothing of it stays but the environment, which the next deployment finds.

    Findings of the checks do not stop it. Raises what a deployment raises before its script is started
    (`model-known-bad`, `file-not-found`, `environment-…`), and ScoredockError `try-batch-script` and `cancelled`.
    """
    deploy = replace(request.deploy, name=SERVICE)
    with staged_script(deploy, Staging(registry, environments, settings), progress, cancel) as staged:
        plan, origins, folder = staged.plan, staged.origins, staged.launch.folder
        variables = {
            _SETTING: str(int(request.timeout * 1000)),
            **staged.launch.environment,
            OBSERVE_VARIABLE: str(folder / _EVENTS),
        }
        launch = replace(staged.launch, environment=variables)
        with storing(folder):
            observations = _WorkerRun(request, staged, registry, launch, progress, cancel).seen()
        lines = tuple(record.m for record in read_log(folder))[-_LOG_LINES:]
    cancel.raise_if_cancelled()
    texts = ScriptTexts()
    findings = findings_of(observations, str(plan.spec.script.path), texts.read, request.limits)
    return ScriptRun(
        script=plan.spec.script.path,
        findings=tuple(open_findings(findings, texts)),
        observations=observations,
        models=tuple(plan.model_ids),
        environment=staged.environment,
        log_lines=tuple(origins.mapped(line) for line in lines),
    )


class _WorkerRun:
    """The life of the throw-away worker, from its start to the last request."""

    def __init__(
        self,
        request: TryRequest,
        staged: StagedScript,
        registry: Registry,
        launch: Launch,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._request, self._staged, self._registry = request, staged, registry
        self._plan, self._launch, self._origins = staged.plan, launch, staged.origins
        self._progress, self._cancel = progress, cancel
        self._events = _Events(launch.folder / _EVENTS, staged.origins)
        self._exchanges: list[Exchange] = []
        self._schema: Any = None
        self._growth: MemoryGrowth | None = None

    def seen(self) -> RunObservations:
        failure: Failure | None = None
        fix = ""
        self._progress.report(l10n.t("Starting the script"))
        begun = time.monotonic()
        started: float | None = None
        with tethered_service(self._launch, self._request.memory_bytes, self._cancel) as service:
            try:
                port = service.await_ready(self._cancel)
                started = time.monotonic() - begun
                self._send_all(service, port)
            except LaunchFailed as error:
                failure = error.failure
                fix = advised(error, self._plan.spec.environment, self._staged.loaded).fix
            service.memory()
            exceeded = service.exceeded
        self._cancel.raise_if_cancelled()
        if exceeded and failure is not None:
            failure, fix = Failure(SERVICE_CRASHED, self._too_much()), ""
        events = self._events.all()
        seconds_by_phase = {each.phase: each.seconds for each in events if each.event == "passed"}
        return RunObservations(
            failure=failure,
            failure_message=self._origins.mapped(failure.message) if failure else "",
            failure_frames=tuple((self._origins.own(f.file), f.line) for f in failure.frames) if failure else (),
            fix=fix,
            start_seconds=sum(seconds_by_phase.values()) if seconds_by_phase else started,
            warnings=tuple(each for each in events if each.event == "warned"),
            exchanges=tuple(self._exchanges),
            output_schema=self._schema,
            growth=self._growth,
            peak_bytes=service.peak or None,
        )

    def _send_all(self, service: TetheredService, port: int) -> None:
        description = self._swagger(service, port)
        for body in self._bodies(description):
            self._progress.report(l10n.t("Sending {origin}", origin=body.origin))
            exchange = self._exchange(service, port, body)
            self._exchanges.append(exchange)
            if exchange.status == 0:
                return
        good = next((each for each in self._exchanges if each.status == 200 and not each.body.guess), None)
        if good is not None:
            self._progress.report(l10n.t("Watching memory"))
            self._growth = self._watch_growth(service, port, good.body)

    def _exchange(self, service: TetheredService, port: int, body: Body) -> Exchange:
        self._events.skip()
        start = time.monotonic()
        try:
            call = calls.OutgoingCall(
                "/score" + (f"?{body.content.decode()}" if body.method == "GET" else ""),
                body.method,
                b"" if body.method == "GET" else body.content,
                headers_of(body.content_type, ""),
                self._request.timeout + 5,
            )
            answer = send(SERVICE, Address(port, service.nonce), call)
        except ScoredockError:
            self._cancel.raise_if_cancelled()
            failure = service.await_failure(_LAST_WORDS_SECONDS)
            reason = (
                self._too_much()
                if service.exceeded
                else failure.message
                if failure
                else l10n.t("no answer came in time")
            )
            took = (time.monotonic() - start) * 1000
            return Exchange(body, 0, took, b"", "", tuple(self._events.fresh()), self._origins.mapped(reason))
        kind = answer.headers.get("content-type", "")
        return Exchange(body, answer.status, answer.milliseconds, answer.body, kind, tuple(self._events.fresh()))

    def _too_much(self) -> str:
        return l10n.t(
            "the worker used more than {megabytes:,.0f} MB of memory and was ended",
            megabytes=self._request.memory_bytes / 1e6,
        )

    def _swagger(self, service: TetheredService, port: int) -> Any:
        with contextlib.suppress(ScoredockError, ValueError, RecursionError):
            asked = calls.OutgoingCall("/swagger.json", timeout=_SWAGGER_SECONDS)
            answer = send(SERVICE, Address(port, service.nonce), asked)
            if answer.status == 200:
                description = json.loads(answer.body)
                self._schema = _output_schema(description)
                return description
        return None

    def _bodies(self, description: Any) -> list[Body]:
        if self._request.body is not None:
            return [Body(l10n.t("the given data"), self._request.body)]
        bodies: list[Body] = []
        script, models = self._plan.spec.script.path, self._plan.model_ids
        facts = body_facts(self._registry, models, script, schema=example_in(description))
        if facts.dataset is not None:
            bodies.append(Body(l10n.t("the sample of the model"), facts.dataset.content))
        if facts.schema is not None:
            bodies.append(Body(l10n.t("the sample of the schema"), json.dumps(facts.schema).encode()))
        bodies += _sample_files(script.parent)
        if bodies:
            return bodies
        made = proposed(facts)
        origin = l10n.t("a sample of what the model takes") if made.source == "model" else l10n.t("a guess")
        return [Body(origin, made.content, True, made.content_type, "GET" if made.method == "GET" else "POST")]

    def _watch_growth(self, service: TetheredService, port: int, body: Body) -> MemoryGrowth | None:
        """Sends the same request again and again for a moment."""
        begun = time.monotonic()
        before = 0
        for number in range(_REPEATS):
            if number == _WARM:
                before = service.memory()
            if time.monotonic() - begun > _REPEAT_SECONDS:
                return None  # too slow to tell
            if self._exchange(service, port, body).status != 200:
                return None
        return MemoryGrowth(service.memory() - before, _REPEATS - _WARM)


class _Events:
    """Events that the worker recorded."""

    def __init__(self, path: Path, origins: Origins) -> None:
        self._path = path
        self._origins = origins
        self._skipped_count = 0

    def all(self) -> list[Event]:
        try:
            with self._path.open("rb") as stream:
                lines = stream.read(_EVENT_BYTES).split(b"\n")
        except OSError:
            return []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                found.append(Event.from_json(json.loads(line), self._origins.own, self._origins.mapped))
        return found

    def skip(self) -> None:
        self._skipped_count = len(self.all())

    def fresh(self) -> list[Event]:
        """Those since `skip`."""
        return self.all()[self._skipped_count :]


def _sample_files(folder: Path) -> list[Body]:
    """Request bodies that lie beside the script, by name."""
    bodies: list[Body] = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            if not _SAMPLE_NAME.fullmatch(path.name) or len(bodies) >= _SAMPLE_FILES:
                continue
            with contextlib.suppress(OSError, ValueError, RecursionError):
                if path.is_file() and path.stat().st_size <= _SAMPLE_BYTES:
                    content = path.read_bytes()
                    json.loads(content)
                    bodies.append(Body(path.name, content))
    return bodies


def _output_schema(description: Any) -> Any:
    """JSON schema that @output_schema declared; None if it declared nothing."""
    definitions = description.get("definitions") if isinstance(description, dict) else None
    declared = definitions.get("ServiceOutput") if isinstance(definitions, dict) else None
    return declared if isinstance(declared, dict) and declared.get("example") not in (None, {}) else None
