"""Number of replicas that a service needs, calculated as the documents of Azure ML do."""

from __future__ import annotations

import math

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, argument, verb


@verb(
    "compute/replicas",
    progress="Counting replicas",
    terminal=CliCommand(
        "compute replicas",
        "Calculate how many replicas a service needs, as the documents of Azure ML do.",
        (
            argument("--requests-per-second", help="requests that come in a second", type=float, required=True),
            argument("--seconds", help="seconds that one request takes", type=float, required=True),
            argument("--concurrent", help="requests that one replica works on at a time", type=int, default=1),
            argument("--target-utilization", help="percent of the replicas that are busy", type=int, default=70),
        ),
        ("scoredock compute replicas --requests-per-second 20 --seconds 10",),
    ),
)
def replicas(
    params: messages.ComputeReplicasParams, context: Context, operation: Operation
) -> messages.ComputeReplicas:
    """Requests per second, times the seconds of one, by the target utilization and the concurrent requests of a
    replica, rounded up. Raises request-invalid for numbers that mean nothing."""
    rate, seconds, concurrent = params.requests_per_second, params.seconds, params.concurrent
    if not (0 < rate <= 1e9 and 0 < seconds <= 1e6 and concurrent >= 1 and 1 <= params.target_utilization <= 100):
        raise ScoredockError(
            "request-invalid",
            l10n.t("Replicas cannot be calculated from these numbers."),
            l10n.t("Give requests, seconds and concurrent requests above 0, and a utilization from 1% to 100%."),
        )
    busy = rate * seconds / (params.target_utilization / 100) / concurrent
    count = max(1, math.ceil(round(busy, 6)))
    calculation = f"ceil({rate:g} * {seconds:g} / {params.target_utilization / 100:g} / {concurrent}) = {count}"
    return messages.ComputeReplicas(count, calculation)
