"""Measuring a service under requests."""

from __future__ import annotations

import dataclasses

from scoredock.features.arguments import SERVICE
from scoredock.features.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb


@verb(
    "service/profile",
    progress="Profiling service",
    terminal=CliCommand(
        "service profile",
        "Send requests and measure latency, CPU and memory.",
        (
            SERVICE,
            argument(
                "--rows",
                help=(
                    "text file with one request body per line, or dataset:NAME[:VERSION]; by"
                    " default the sample of the service"
                ),
                default="",
                metavar="FILE",
            ),
            argument("--requests", help="number of requests; 200 without --duration", type=int, metavar="N"),
            argument(
                "--duration", help="seconds for which requests are sent", type=float, default=0.0, metavar="SECONDS"
            ),
            argument(
                "--connections",
                help="requests under way at the same time; 1 by default",
                type=int,
                default=1,
                metavar="N",
            ),
            argument(
                "--rate",
                help="requests per second; by default as many as are answered",
                type=float,
                default=0.0,
                metavar="N",
            ),
        ),
        (
            "scoredock service profile diabetes",
            "scoredock service profile diabetes --rows rows.txt --requests 1000",
            "scoredock service profile diabetes --connections 8 --duration 30 --rate 100",
        ),
    ),
    editor=(
        EditorCommand(
            "profileService",
            "Profile…",
            "services/profile",
            icon="dashboard",
            menus=(rows("services", "answering", "1_tools@2", menu="scoredock.service.tools"),),
        ),
    ),
)
def profile(params: messages.ServiceProfileParams, context: Context, operation: Operation) -> messages.ServiceProfile:
    """Sends it requests and measures how it did."""
    from scoredock.services.access.dataset_samples import DATASET
    from scoredock.services.load import LoadPlan
    from scoredock.services.profile import profile as measure

    report = measure(
        context.deployments(params.workspace_id),
        params.name,
        rows=str(absolute(params.rows)) if params.rows and not params.rows.startswith(DATASET) else params.rows,
        plan=LoadPlan(params.requests, params.connections, params.rate, params.duration),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    values = {name.replace("_in_gb", "_in_g_b"): value for name, value in dataclasses.asdict(report).items()}
    return messages.ServiceProfile(name=params.name, **values)
