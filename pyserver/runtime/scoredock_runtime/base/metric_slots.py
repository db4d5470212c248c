"""Slots of the numbers of a worker in its file of counters (see counters.py)."""

from __future__ import annotations

from typing import Dict

from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS

KINDS = ("authentication", "host", "origin", "size", "queue", "timeout", "malformed", "deadline")
"""Why a request was refused before or instead of run()."""
DROPPED = ("collection", "telemetry")
"""What loses records, not requests, when it cannot keep up."""

LAYOUT = 1.0
"""In slot 0; another number marks another arrangement of the slots below."""
PID, BORN, IN_FLIGHT, QUEUED, CPU, STARTS, SCRIPT_PID = 1, 2, 3, 4, 5, 6, 7
KINDS_AT, DROPPED_AT, BESIDE_AT = 10, 40, 50
# Slots 100 to 999 are the status codes themselves.
BUCKETS_AT = 1000
SECONDS = BUCKETS_AT + len(BOUNDS) + 1
SLOTS = 1024

BESIDE = len(ANSWER_KINDS) + len(BOUNDS) + 2
"""Of answers that are not requests to the service (health, readiness, metrics, its description): how many by kind, how
many by bucket, their seconds. They are among the status codes, too."""

NAMES: Dict[str, int] = {"cpu": CPU, "starts": STARTS, "seconds": SECONDS}
NAMES.update({f"code:{code}": code for code in range(100, 1000)})
NAMES.update({f"le:{bound}": BUCKETS_AT + index for index, bound in enumerate((*BOUNDS, "+Inf"))})
NAMES.update({f"refused:{kind}": KINDS_AT + index for index, kind in enumerate(KINDS)})
NAMES.update({f"dropped:{what}": DROPPED_AT + index for index, what in enumerate(DROPPED)})
NAMES.update({f"beside:{index}": BESIDE_AT + index for index in range(BESIDE)})
