"""Front end between callers and run(), as in v1's cloud: admission, limits, TLS, replicas. Holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from scoredock.late_dataclass import dataclass
from scoredock.service import Authenticated
from scoredock_runtime.contract import Liveness, Readiness

PATIENT = Liveness(failure_threshold=30)
"""Where no probe was asked for: 300 seconds without a sign of life, as long as v1's own server waits
(WORKER_TIMEOUT)."""

UNASKED = Readiness()


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """All of it is off until something asks for it, as in v1's local services. Times in seconds."""

    authentication: Authenticated = ""
    worker_count: int = 1
    max_concurrent_requests: int = 0
    """Of each worker; 0 for no limit."""
    max_queue_wait: float = 0.0
    scoring_timeout: float = 0.0
    certificate: str = ""
    """The person's own PEM file, absolute; empty for plain HTTP."""
    certificate_key: str = ""
    liveness: Liveness = PATIENT
    readiness: Readiness = UNASKED
    collect_data: bool = False
    telemetry: bool = False
    """`appInsightsEnabled`: requests are reported to the address in OTEL_EXPORTER_OTLP_ENDPOINT."""

    @property
    def readiness_seconds(self) -> float:
        """Seconds that the readiness probe adds to a start."""
        rule = self.readiness
        if not rule.failure_threshold:
            return 0.0
        return rule.initial_delay + (rule.success_threshold + rule.failure_threshold) * max(rule.period, rule.timeout)


PLAIN = FrontEnd()


def front_end_to_json(front: FrontEnd) -> dict[str, Any]:
    """JSON of a front end, for the ledger."""
    return asdict(front)


def front_end_from_json(raw: object) -> FrontEnd:
    """Front end from the JSON of `front_end_to_json`; PLAIN for revisions of an earlier release."""
    if not isinstance(raw, Mapping):
        return PLAIN
    names = {each.name for each in fields(FrontEnd)}
    known = {name: value for name, value in raw.items() if name in names}
    if isinstance(known.get("liveness"), Mapping):
        known["liveness"] = Liveness(**known["liveness"])
    front = FrontEnd(**known)
    return replace(front, readiness=Readiness(**front.readiness)) if isinstance(front.readiness, Mapping) else front
